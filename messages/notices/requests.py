"""What Screph's servers say of how an account wants to be told. Queue `minute-usage`, beside account news."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from messages.envelope import AboutAccount
from messages.fields import MAX_GRANT_SECONDS, Data
from messages.notices.kinds import ChannelName, NoticeKindName

TimeOfDay = Annotated[
    str,
    StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$"),
    Field(description="By the clocks where the account lives, such as 22:00"),
]
Base64Key = Annotated[str, StringConstraints(max_length=200, pattern=r"^[A-Za-z0-9_-]+={0,2}$")]


def _names_host(endpoint: str) -> str:
    try:
        host = urlsplit(endpoint).hostname
    except ValueError as error:
        raise ValueError(f"is no address: {error}") from error
    if not host:
        raise ValueError("names no host")
    return endpoint


Endpoint = Annotated[
    str,
    StringConstraints(max_length=1000, pattern=r"^https?://[!-~]+$"),
    AfterValidator(_names_host),
    Field(description="Where the browser's push service takes messages for it"),
]


class Wish(Data):
    """Whether notices of a kind, or of all kinds, are wanted by a channel."""

    kind: Annotated[NoticeKindName | Literal["all"], Field(description="What is said of a kind outweighs `all`")]
    channel: ChannelName
    is_wanted: Annotated[bool, Field(strict=True)]


class PreferencesData(Data):
    """How an account wants to hear of things; what is left out stays as it was."""

    wishes: Annotated[list[Wish], Field(max_length=50)] = Field(default_factory=list)
    quiet_from: TimeOfDay | None = None
    quiet_until: Annotated[TimeOfDay | None, Field(description="The same as quiet_from: no quiet hours")] = None
    low_balance_seconds: Annotated[
        int | None,
        Field(strict=True, ge=0, le=MAX_GRANT_SECONDS, description="Below so much the account hears of its balance"),
    ] = None

    @model_validator(mode="after")
    def _has_both_times(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("give both of quiet_from and quiet_until, or neither")
        return self


class NoticePreferencesSetRequested(AboutAccount):
    """An account has chosen how it wants to hear of things; the newest `time` of each choice wins."""

    type: Literal["screph.notice.preferences_set_requested.v1"]
    data: PreferencesData


class PushKeys(Data):
    """The keys of a browser, as its `PushSubscription` gives them."""

    p256dh: Base64Key
    auth: Base64Key


class PushSubscribedData(Data):
    """A browser's `PushSubscription.toJSON()`, without its time of expiry."""

    endpoint: Endpoint
    keys: PushKeys


class PushSubscribed(AboutAccount):
    """A browser of the account takes web push from now on; one that another account had is this one's now."""

    type: Literal["screph.push.subscribed.v1"]
    data: PushSubscribedData


class PushUnsubscribedData(Data):
    """Which browser."""

    endpoint: Endpoint


class PushUnsubscribed(AboutAccount):
    """A browser of the account takes no web push any more."""

    type: Literal["screph.push.unsubscribed.v1"]
    data: PushUnsubscribedData
