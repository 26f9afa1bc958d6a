"""What the admin pages are told by their composition root."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlsplit

from asgi.peers import Network
from broker.counts import BrokerCounts
from domain.access.oidc import IdentityProvider
from domain.access.passkey import Site
from store.engine import Engine
from web.passkey_site import site_of
from workers.context import Context


def no_counts() -> BrokerCounts:
    """Say of no queue how many messages it has; of a broker in the memory of a process nobody can be asked."""
    return BrokerCounts(())


LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True)
class Admin:
    """
    The context of its process, and the address that browsers know it by, without a slash at its end.

    Where that address is `https`, cookies are `Secure` and bound to the host by their names. `trusted_proxies`
    are believed about where a request comes from. `shown_settings` are shown
    to owners, secrets masked already. `broker` says how many messages are where; `timetable` names each job of the
    scheduler with its interval. `provider` signs operators in beside their passwords; None: nobody else does. `readers`
    is where statistics, lists and exports are read, by a role that may do nothing else; None: where all is.
    """

    context: Context
    address: str
    trusted_proxies: Sequence[Network] = ()
    shown_settings: Mapping[str, str] = field(default_factory=dict)
    broker: Callable[[], BrokerCounts] = no_counts
    timetable: Mapping[str, timedelta] = field(default_factory=dict)
    provider: IdentityProvider | None = None
    readers: Engine | None = None

    @property
    def is_secure(self) -> bool:
        """Tell whether browsers reach it by TLS."""
        return self.address.startswith("https://")

    @property
    def site(self) -> Site | None:
        """What passkeys are made for; None: the address is one that cannot have any."""
        return site_of(self.address, "Screph admin")

    @property
    def lists(self) -> Context:
        """Return the context by which statistics, lists and exports are read."""
        return self.context if self.readers is None else replace(self.context, engine=self.readers)

    @property
    def proving_provider(self) -> IdentityProvider | None:
        """Return the provider if it asks for a second factor and says so: then it can stand in for ours."""
        return self.provider if self.provider is not None and self.provider.second_factors else None

    @property
    def hosts(self) -> list[str]:
        """The names by which it may be called; any other is a page that leads here by a name of its own."""
        return [urlsplit(self.address).hostname or "", *LOOPBACK]
