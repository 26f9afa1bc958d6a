"""Notices between our own processes. Queue `notice`, which no producer outside can write to."""

from typing import Annotated, Any, Literal

from pydantic import Field

from messages.envelope import AboutAccount, Envelope
from messages.fields import Data, Moment, Text128
from messages.notices.kinds import NoticeKindName


class NoticeOwedData(Data):
    """What the account is to hear of; at most once for its kind and subject."""

    kind: NoticeKindName
    subject: Text128
    content: Annotated[dict[str, Any], Field(description="What the kind's template says")]
    not_before: Moment | None = None


class NoticeOwed(AboutAccount):
    """An account is owed a notice for what was committed with this message."""

    type: Literal["screph.notice.owed.v1"]
    data: NoticeOwedData


class SendingData(Data):
    """Nothing: the work is whatever is due when it runs."""


class NoticesSendingRequested(Envelope):
    """Notices that wait and are due are to be sent."""

    type: Literal["screph.notices_sending.requested.v1"]
    data: SendingData
