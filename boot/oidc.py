"""The provider of identities of an installation, opened from the settings; its package is an extra."""

from urllib.parse import urlsplit

from boot.settings import Settings, UnableToStart
from domain.access.oidc import IdentityProvider


def open_provider(settings: Settings) -> IdentityProvider | None:
    """
    Return the provider by which operators may sign in; None: the settings name none. Nothing is asked of it yet.

    Raises:
        UnableToStart: a part of its settings is missing or wrong, or the extra `oidc` is not installed.
    """
    wanted = {
        "OIDC_ISSUER": settings.oidc_issuer,
        "OIDC_CLIENT_ID": settings.oidc_client_id,
        "OIDC_CLIENT_SECRET": settings.oidc_client_secret,
    }
    missing = [name for name, value in wanted.items() if not value]
    if len(missing) == len(wanted):
        return None
    if missing:
        raise UnableToStart(f"{', '.join(wanted)} go together: set {' and '.join(missing)}, too, or none of them")
    try:
        from oidc.provider import Provider, ProviderSettings, is_safe_address
    except ModuleNotFoundError as error:
        raise UnableToStart(
            "OIDC_ISSUER names a provider of identities, and what reads its tokens is not installed: "
            "install screph-billing[oidc], or build the image with BILLING_LOCK=oidc"
        ) from error
    for name, address in (("OIDC_ISSUER", settings.oidc_issuer), ("ADMIN_URL", settings.admin_url)):
        is_secure = urlsplit(str(address)).scheme == "https"
        if not is_secure and (settings.environment == "production" or not is_safe_address(str(address))):
            raise UnableToStart(
                f"{name} has to begin with https:// where operators sign in by a provider; http:// is for this machine "
                "alone, and not for ENVIRONMENT=production"
            )
    return Provider(
        ProviderSettings(
            settings.oidc_name,
            str(settings.oidc_issuer),
            str(settings.oidc_client_id),
            str(settings.oidc_client_secret),
            frozenset(part.strip() for part in settings.oidc_second_factors.split(",") if part.strip()),
        )
    )
