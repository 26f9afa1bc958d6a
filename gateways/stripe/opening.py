"""Opening Stripe from its variables."""

from domain.gateway.port import Gateway
from domain.gateway.webhook import WebhookReader
from gateways.settings import GatewaySettings, UnableToOpen
from gateways.stripe.adapter import Stripe
from gateways.stripe.connection import open_client
from gateways.stripe.webhooks import StripeWebhookReader

API_BASE = "https://api.stripe.com"

VARIABLES: dict[str, str] = {
    "SECRET_KEY": "the secret key of the account (sk_… or, better, rk_… with only the rights that are needed)",
    "API_BASE": f"where Stripe's API is, {API_BASE} if not set",
    "WEBHOOK_SECRETS": "the secrets of the webhook endpoint (whsec_…), separated by commas; for the relay alone",
    "LIVEMODE": "true or false: of which mode keys and webhooks must be; not set: of either",
}


def open_gateway(settings: GatewaySettings) -> Gateway:
    """
    Return Stripe's gateway.

    Raises:
        UnableToOpen: a variable is missing or wrong.
    """
    key = settings.wanted("SECRET_KEY", VARIABLES["SECRET_KEY"])
    if not key.startswith(("sk_", "rk_")):
        raise UnableToOpen(f"{settings.prefix}SECRET_KEY is no secret key; that begins with sk_ or rk_")
    is_live = _livemode(settings)
    if is_live is not None and key.split("_")[1] != ("live" if is_live else "test"):
        raise UnableToOpen(f"{settings.prefix}SECRET_KEY is not of the mode that {settings.prefix}LIVEMODE tells")
    return Stripe(open_client(key, _api_base(settings)))


def open_reader(settings: GatewaySettings) -> WebhookReader:
    """
    Return the reader of Stripe's webhooks; it needs no secret key.

    Raises:
        UnableToOpen: a variable is missing or wrong.
    """
    secrets = settings.listed("WEBHOOK_SECRETS")
    if not secrets:
        raise UnableToOpen(f"{settings.prefix}WEBHOOK_SECRETS is not set; it is {VARIABLES['WEBHOOK_SECRETS']}")
    if not all(secret.startswith("whsec_") for secret in secrets):
        raise UnableToOpen(f"{settings.prefix}WEBHOOK_SECRETS has a part that does not begin with whsec_")
    return StripeWebhookReader(secrets, is_live=_livemode(settings))


def _api_base(settings: GatewaySettings) -> str:
    base = settings.given("API_BASE", API_BASE).rstrip("/")
    if not base.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        # Over plain HTTP anybody on the way could read the key.
        raise UnableToOpen(f"{settings.prefix}API_BASE is {base!r}; an https:// address is wanted")
    return base


def _livemode(settings: GatewaySettings) -> bool | None:
    match settings.given("LIVEMODE", ""):
        case "":
            return None
        case "true":
            return True
        case "false":
            return False
        case other:
            raise UnableToOpen(f"{settings.prefix}LIVEMODE is {other!r}; true or false is wanted")
