"""What Screph's log says of accounts' days."""

from dataclasses import dataclass
from datetime import date, datetime

import orjson
from sqlalchemy import text
from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class UsageDay:
    """A day of an account as the log has it; `session_list` has seconds by session, None where it names none."""

    day: date
    account: int
    revision: int
    seconds: int
    sessions: int
    time_zone: str
    session_list: dict[str, int] | None

    def says_the_same(self, other: "UsageDay") -> bool:
        """Tell whether another report says the same, whatever its revision."""
        return (self.seconds, self.sessions, self.session_list) == (other.seconds, other.sessions, other.session_list)


def save_usage_day(session: Session, wanted: UsageDay, *, message_id: int, at: datetime) -> UsageDay:
    """
    Save a day unless a revision as high is there, and return what counts.

    A report by days of another zone, from before BUSINESS_ZONE was changed, is replaced whatever its revision.
    """
    values = {name: getattr(wanted, name) for name in UsageDay.__dataclass_fields__}
    sessions = None if wanted.session_list is None else orjson.dumps(wanted.session_list).decode()
    session.execute(_SAVE, values | {"session_list": sessions, "message_id": message_id, "at": at})
    return UsageDay(**session.execute(_FIND, {"day": wanted.day, "account": wanted.account}).mappings().one())


_SAVE = text("""
    INSERT INTO usage_day (day, account, revision, seconds, sessions, time_zone, session_list, message_id, recorded_at)
    VALUES (:day, :account, :revision, :seconds, :sessions, :time_zone, CAST(:session_list AS jsonb), :message_id, :at)
    ON CONFLICT (day, account) DO UPDATE
    SET revision = EXCLUDED.revision, seconds = EXCLUDED.seconds, sessions = EXCLUDED.sessions,
        time_zone = EXCLUDED.time_zone, session_list = EXCLUDED.session_list, message_id = EXCLUDED.message_id,
        recorded_at = EXCLUDED.recorded_at
    WHERE usage_day.revision < EXCLUDED.revision OR usage_day.time_zone <> EXCLUDED.time_zone
""")

_FIND = text("""
    SELECT day, account, revision, seconds, sessions, time_zone, session_list FROM usage_day
    WHERE day = :day AND account = :account
""")
