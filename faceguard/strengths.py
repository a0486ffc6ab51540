"""How strong a protection is, in words."""

STRENGTHS = {"low": 4.0, "medium": 8.0, "high": 16.0}
"""Strength -> epsilon, in steps of 255."""
