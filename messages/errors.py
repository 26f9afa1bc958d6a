"""The error classes of a handler: rejected, unavailable; anything else is a bug."""


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


class Unavailable(Exception):
    """Something outside did not answer; the same message will succeed later."""
