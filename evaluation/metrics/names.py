"""How figures are named in results."""

from __future__ import annotations


def tar_name(far: float) -> str:
    """Such as "tar@far=1e-3"."""
    return f"tar@far={power_text(far)}"


def fnir_name(fpir: float) -> str:
    """Such as "fnir@fpir=1e-2"."""
    return f"fnir@fpir={power_text(fpir)}"


def rank_name(rank: int) -> str:
    """Such as "rank1"."""
    return f"rank{rank}"


def power_text(rate: float) -> str:
    """A rate as a power of ten, in as few digits as tell it apart: 0.001 as "1e-3", 0.0025 as "2.5e-3"."""
    digits, exponent = f"{rate:.12e}".split("e")
    return f"{float(digits):g}e{int(exponent)}"
