"""Which dead letters an address asks for."""

from datetime import UTC, datetime

from pydantic import BaseModel, Field, field_validator

from store.read_letters import WantedLetters

STATES = (("waiting", "waiting"), ("replayed", "sent again"), ("discarded", "discarded"), ("any", "any"))


class Asked(BaseModel):
    """What the address asks for; what is empty does not matter."""

    state: str = Field(default="waiting", max_length=20)
    queue: str = Field(default="", max_length=100)
    code: str = Field(default="", max_length=100)
    type: str = Field(default="", max_length=100)
    source: str = Field(default="", max_length=300)
    since: str = Field(default="", max_length=30)
    until: str = Field(default="", max_length=30)
    cursor: str | None = Field(default=None, max_length=2_000)

    @field_validator("since", "until")
    @classmethod
    def _is_moment(cls, given: str) -> str:
        # Left out, a mistyped one would mean more letters than whoever typed it thinks.
        if given and _moment(given) is None:
            raise ValueError("a moment such as 2026-11-28T09:00 is wanted")
        return given

    @field_validator("state")
    @classmethod
    def _is_state(cls, given: str) -> str:
        if given not in dict(STATES):
            raise ValueError("there is no such state")
        return given

    @property
    def filters(self) -> dict[str, str]:
        """Those that are set, by their names in the address."""
        return {name: value for name, value in self.model_dump(exclude={"cursor"}).items() if value}

    @property
    def wanted(self) -> WantedLetters:
        """The letters that are meant."""
        return WantedLetters(
            state=None if self.state == "any" else self.state,
            queue=self.queue or None,
            code=self.code or None,
            type=self.type or None,
            source=self.source or None,
            since=_moment(self.since),
            until=_moment(self.until),
        )


def _moment(given: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
