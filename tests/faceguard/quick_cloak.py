"""A cloak that is there at once, and hardly protects."""

from __future__ import annotations

from dataclasses import replace

from faceguard.engine.budget import Budget
from faceguard.methods.cloak import FeatureCloak, usual_cloak

STEPS = 3


def quick_cloak(_name: str, epsilon: float) -> FeatureCloak:
    """The usual cloak with a few steps; stands in for `faceguard.methods.load_cloak`."""
    cloak = usual_cloak(Budget(epsilon))
    return replace(cloak, solver=replace(cloak.solver, steps=STEPS))
