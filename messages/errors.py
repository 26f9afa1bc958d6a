"""The error classes of a handler: rejected, unavailable, busy; anything else is a bug."""


class MessageRejected(Exception):
    """
    The message itself is wrong; trying again cannot help.

    It is dead-lettered with its bytes and this reason. `code` is the field's name for the
    kind of fault (`SameIdOtherContent`), the text one sentence for a person.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Unstorable(MessageRejected):
    """A text holds what PostgreSQL stores nowhere, a zero or half a character; whoever sent it has to change it."""

    def __init__(self) -> None:
        super().__init__("Invalid", "a text has a character in it that cannot be stored")


class Unavailable(Exception):
    """Something outside did not answer; the same message will succeed later."""


class Busy(Unavailable):
    """
    What a message needs is in use by others; nothing was tried, so no attempt is counted.

    `wait_seconds`: when it makes sense to come again.
    """

    def __init__(self, reason: str, *, wait_seconds: float) -> None:
        super().__init__(reason)
        self.wait_seconds = wait_seconds
