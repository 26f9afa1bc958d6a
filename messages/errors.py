"""What can become of a message that cannot be applied: three fates, told apart by class."""


class MessageRejected(Exception):
    """
    The message itself is wrong; trying again cannot help.

    It is set aside with its bytes and this reason. `code` is the field's name for the
    kind of fault (`SameIdOtherContent`), the text one sentence for a person.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Unavailable(Exception):
    """Something outside did not answer; the same message will succeed later."""
