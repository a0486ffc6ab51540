"""`faceguard bench compare`: two results side by side."""

from __future__ import annotations

import argparse
import json

from evaluation.compare import compare
from evaluation.compare_text import comparison_text
from evaluation.result_files import read_result
from faceguard.cli.console import say


def run_compare(arguments: argparse.Namespace) -> int:
    """Runs the command; returns the exit status.

    Raises:
        ResultError: A result cannot be read.
        SettingsError: The two cannot be compared.
    """
    comparison = compare(read_result(arguments.first), read_result(arguments.second))
    say(json.dumps(comparison.to_json(), indent=2) if arguments.json else comparison_text(comparison))
    return 0
