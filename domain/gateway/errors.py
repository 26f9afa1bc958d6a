"""What can go wrong when a gateway is called or speaks to us."""


class GatewayError(Exception):
    """A call of a gateway did not end well."""


class UnableToReach(GatewayError):
    """No clear answer came: whether it was done is unknown; ask again with the same key."""


class CallRefused(GatewayError):
    """
    The gateway understood and said no to the call itself: repeating it cannot help.

    `code` is the gateway's own word for the reason.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class NotFound(CallRefused):
    """The gateway does not know the object that we asked for."""


class Unverified(GatewayError):
    """A webhook is not proven to come from the gateway."""


class ForeignAddress(Unverified):
    """A webhook came from an address that is not the gateway's."""
