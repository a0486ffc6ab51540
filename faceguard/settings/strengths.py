"""How strong a protection is, in words."""

from __future__ import annotations

from faceguard.errors import SettingsError

STRENGTHS = {"low": 4.0, "medium": 8.0, "high": 16.0}
"""Strength -> epsilon, in steps of 255."""


def epsilon_of(strength: str, epsilon: float | None = None) -> float:
    """The budget in steps of 255: epsilon where it is given, else a strength's.

    Raises:
        SettingsError: There is no such strength, or epsilon is no number.

    Examples:
        >>> epsilon_of("medium"), epsilon_of("medium", 6)
        (8.0, 6.0)
    """
    if not isinstance(strength, str) or strength not in STRENGTHS:
        raise SettingsError(f"no strength {strength!r}; there are {', '.join(STRENGTHS)}")
    return STRENGTHS[strength] if epsilon is None else number_of_steps(epsilon)


def number_of_steps(epsilon: float) -> float:
    """Epsilon as a plain `float`; whether a budget can be as large is another question.

    Raises:
        SettingsError: It is no number.
    """
    try:
        return float(epsilon)
    except (TypeError, ValueError, OverflowError) as error:
        raise SettingsError(f"epsilon is a number, not {epsilon!r}") from error
