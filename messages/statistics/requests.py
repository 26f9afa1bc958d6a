"""What Screph's own log says was used on a day. Queue `minute-usage`, from Screph's servers alone."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from messages.envelope import AboutAccount
from messages.fields import Data, Text64, Text128, UsageSeconds

MAX_SESSIONS_LISTED = 300
"""So many sessions are listed at the most; an event of 64 KiB holds as many."""

MAX_DAY_SECONDS = 31 * 86_400
"""As of one usage: sessions of a day may run side by side."""


def _is_day(value: Any) -> Any:
    # A number would be taken for seconds since 1970, a moment for its day in whatever zone.
    if isinstance(value, str) and len(value) == 10 and value[:4] >= "2000" and value[:1] == "2":
        return value
    raise ValueError("is not a day such as 2026-11-23")


Day = Annotated[date, BeforeValidator(_is_day), Field(description="A day of `time_zone`, from midnight to midnight")]


class Session(Data):
    """One session of Screph's log."""

    session_id: Text128
    seconds: UsageSeconds


class UsageDayData(Data):
    """The sum of a day, and its sessions where the log has them."""

    day: Day
    time_zone: Annotated[Text64, Field(description="By whose midnights the day is cut; that of BUSINESS_ZONE here")]
    seconds: Annotated[int, Field(strict=True, ge=0, le=MAX_DAY_SECONDS)]
    sessions: Annotated[int, Field(strict=True, ge=0, le=100_000, description="How many sessions there were")]
    revision: Annotated[
        int, Field(strict=True, ge=1, le=2**31 - 1, description="A later report of the same day has a higher one")
    ] = 1
    session_list: Annotated[
        tuple[Session, ...],
        Field(max_length=MAX_SESSIONS_LISTED, description="All sessions of the day, or none: then days alone compare"),
    ] = ()

    @model_validator(mode="after")
    def _adds_up(self) -> "UsageDayData":
        if not self.session_list:
            return self
        if len({one.session_id for one in self.session_list}) != len(self.session_list):
            raise ValueError("`session_list` names a session twice; add its parts up")
        if sum(one.seconds for one in self.session_list) != self.seconds:
            raise ValueError("`seconds` is not the sum of `session_list`")
        if len(self.session_list) != self.sessions:
            raise ValueError("`sessions` is not the length of `session_list`; list all of them, or none")
        return self


class UsageDayReported(AboutAccount):
    """
    What an account used on one day, as Screph's own log has it; it changes no minutes, it is compared with them.

    The highest revision of a day counts, whatever comes first.
    """

    type: Literal["screph.usage.day_reported.v1"]
    data: UsageDayData
