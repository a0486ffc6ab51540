"""A search for the least number for which something holds."""

from __future__ import annotations

from collections.abc import Callable


def first_true(holds: Callable[[int], bool], most: int) -> int | None:
    """The least whole number from 1 on for which something holds, if it holds from there on.

    Doubles until it holds, then halves the gap: what is asked costs as much as the number is large.

    Args:
        holds: What is asked of each number.
        most: The largest number to ask about.

    Returns:
        The number; None where it does not hold for `most`.

    Examples:
        >>> first_true(lambda number: number >= 11, most=60)
        11
        >>> first_true(lambda number: number >= 61, most=60)
    """
    below, number = 0, 1
    while not holds(number):
        if number == most:
            return None
        below, number = number, min(2 * number, most)
    while number - below > 1:
        middle = (below + number) // 2
        if holds(middle):
            number = middle
        else:
            below = middle
    return number
