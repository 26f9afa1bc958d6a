"""Stripe's variables."""

from gateways.settings import GatewaySettings, UnableToOpen

IS_FOR_DEVELOPMENT = False

API_BASE = "https://api.stripe.com"

VARIABLES = {
    "SECRET_KEY": "the secret key of the account (sk_… or, better, rk_… with only the rights that are needed)",
    "API_BASE": f"where Stripe's API is, {API_BASE} if not set",
    "WEBHOOK_SECRETS": "the secrets of the webhook endpoint (whsec_…), separated by commas; for the relay alone",
    "LIVEMODE": "true or false: of which mode keys and webhooks must be; not set: of either",
}


def secret_key(settings: GatewaySettings) -> str:
    """
    Return the secret key.

    Raises:
        UnableToOpen: it is missing, it is not a secret key, or it is of the wrong mode.
    """
    key = settings.required("SECRET_KEY", VARIABLES["SECRET_KEY"])
    if not key.startswith(("sk_", "rk_")):
        raise UnableToOpen(f"{settings.prefix}SECRET_KEY is no secret key; that begins with sk_ or rk_")
    wants_live = is_live(settings)
    if wants_live is not None and key.split("_")[1] != ("live" if wants_live else "test"):
        raise UnableToOpen(f"{settings.prefix}SECRET_KEY is not of the mode that {settings.prefix}LIVEMODE says")
    return key


def api_base(settings: GatewaySettings) -> str:
    """
    Return where the API is, without a slash at its end.

    Raises:
        UnableToOpen: the address would carry the key unencrypted.
    """
    return settings.address("API_BASE", API_BASE)


def webhook_secrets(settings: GatewaySettings) -> tuple[str, ...]:
    """
    Return the secrets of the webhook endpoint; there are several while one replaces another.

    Raises:
        UnableToOpen: there are none, or one of them is not such a secret.
    """
    secrets = settings.listed("WEBHOOK_SECRETS")
    if not secrets:
        raise UnableToOpen(f"{settings.prefix}WEBHOOK_SECRETS is not set; it is {VARIABLES['WEBHOOK_SECRETS']}")
    if not all(secret.startswith("whsec_") for secret in secrets):
        raise UnableToOpen(f"{settings.prefix}WEBHOOK_SECRETS has a part that does not begin with whsec_")
    return secrets


def is_live(settings: GatewaySettings) -> bool | None:
    """
    Return the mode that keys and webhooks must have; None: either.

    Raises:
        UnableToOpen: LIVEMODE is neither true nor false.
    """
    match settings.optional("LIVEMODE", ""):
        case "":
            return None
        case "true":
            return True
        case "false":
            return False
        case other:
            raise UnableToOpen(f"{settings.prefix}LIVEMODE is {other!r}; true or false is wanted")
