"""Examples of the contracts of dead letters: what operators decide about many, and our own reminder."""

from messages.asyncapi.example import Example
from messages.letters import LetterDecisionsRunRequested, LettersDecisionRequested

LETTERS = (
    Example(
        LettersDecisionRequested,
        "0b0f6f5e-6d0e-4c0e-9a35-6f7c3f0d7a11",
        "Sixty usages with a wrong time are sent again, now that it is taken",
        "2026-09-08T10:00:00Z",
        {
            "does": "replay",
            "wanted": {"queue": "minute-usage", "code": "Invalid"},
            "up_to": 5120,
            "expected": 60,
            "reason": "the recorder's clock was an hour fast",
            "decided_by": "ann",
        },
        source="operator/ann",
        subject=None,
    ),
    Example(LetterDecisionsRunRequested, "letters:17", "Workers begin", "2026-09-08T10:00:00Z", {}, subject=None),
)
