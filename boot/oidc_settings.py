"""Settings of an organisation's own provider of identities, by which operators may sign in."""

from pydantic import Field
from pydantic_settings import BaseSettings


class OidcSettings(BaseSettings):
    """What an installation says of its provider; without an issuer there is none."""

    oidc_issuer: str | None = Field(default=None, pattern=r"^https?://[^\s?#]+$")
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = None
    oidc_name: str = Field(default="your organisation", min_length=1, max_length=60)
    oidc_second_factors: str = ""
