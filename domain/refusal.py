"""Refusals: an expected no, as a value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """An expected no: its code and a sentence with what would be right."""

    code: str
    reason: str
