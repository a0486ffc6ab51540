"""How far crafting for a whole album has come, in words."""

from __future__ import annotations


def crafting_text(method: str, number: int, share: float) -> str:
    """Words for what a method tells after each round.

    Args:
        method: Its name.
        number: The round's number, from 1.
        share: What it tells with it, 0..1: see the method's `on_round`.
    """
    if method == "person-mask":
        return f"crafting, mask {number}: the surrogates lose {share:.1%} of the faces that wear it"
    if method == "combined":
        return f"crafting, group {number}: {1 - share:.1%} of the faces done"
    return f"crafting, round {number}: the model names {share:.1%} of the faces wrongly"
