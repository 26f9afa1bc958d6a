"""What can go wrong when we call a gateway, or when a gateway calls us."""


class GatewayError(Exception):
    """A gateway could not be used; the subclasses say why."""


class UnableToReach(GatewayError):
    """The gateway gave no clear answer, so the outcome is unknown: repeat the call with the same key."""


class Unreadable(UnableToReach):
    """The gateway answered, with an object that cannot be read; it answers other calls as ever."""


class NotAllowed(UnableToReach):
    """The gateway answered that our key may not make this call; what the key may do it answers as ever."""


class CallRefused(GatewayError):
    """
    The gateway understood the call and refused it; a repetition cannot help.

    `code` is the gateway's own word for the reason.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class NotFound(CallRefused):
    """
    The gateway does not know the object that we asked for.

    An object of ours that it knew before is unknown to it too while our key is another account's.
    """


class Unverified(GatewayError):
    """Nothing proves that a webhook comes from the gateway."""


class ForeignAddress(Unverified):
    """A webhook came from an address that does not belong to the gateway."""
