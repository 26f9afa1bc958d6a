"""What the portal is told by its composition root."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from asgi.peers import Network
from domain.access.passkey import Site
from web.passkey_site import site_of
from workers.context import Context


@dataclass(frozen=True, slots=True)
class Portal:
    """
    The context of its process, and the address that browsers know it by, without a slash at its end.

    Where that address is `https`, cookies are `Secure` and bound to the host by their names.
    `trusted_proxies` are believed about where a request comes from. `api_address` is where the widget finds the API, on
    pages of `widget_origins`. `push_key` is what browsers subscribe to web push with; None: there is none.
    `first_look` makes the secret of an entry link for a made-up buyer; None wherever buyers are real: no `/demo` then.
    """

    context: Context
    address: str
    trusted_proxies: Sequence[Network] = ()
    api_address: str = "http://127.0.0.1:8000"
    widget_origins: Sequence[str] = ()
    push_key: str | None = None
    first_look: Callable[[Context], str] | None = None

    @property
    def site(self) -> Site | None:
        """What passkeys are made for; None: the address is one that cannot have any."""
        return site_of(self.address, "Screph")

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names by which the portal may be called: that of its address, and this machine's own."""
        return (urlsplit(self.address).hostname or "", "localhost", "127.0.0.1")

    @property
    def is_secure(self) -> bool:
        """Tell whether browsers reach it by TLS."""
        return self.address.startswith("https://")
