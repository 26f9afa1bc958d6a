"""Every setting, from the environment or a `.env` file; `.env.example` explains each."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from boot.oidc_settings import OidcSettings
from broker.address import WrongAddress, check_address
from broker.byte_budget import MAX_BYTES_IN_FLIGHT
from domain.minutes.burn import BurnPolicy
from domain.minutes.rules import Rules
from gateways.settings import GatewaySettings
from store.engine import UnableToConnect, read_address


class UnableToStart(Exception):
    """A setting is wrong or missing; the text says which, and what would be right."""


LEAST_SECRET_CHARACTERS = 32
"""Of each of ACCESS_SECRETS."""


class Settings(OidcSettings):
    """What an installation may choose."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    database_url: str | None = None
    database_read_url: str | None = None
    amqp_url: str | None = None
    rabbitmq_api_url: str | None = None
    embedded_dir: Path = Path(".billing")

    burn_policy: BurnPolicy = BurnPolicy.OLDEST_FIRST
    late_window_hours: int = Field(default=72, ge=0, le=24 * 365)
    forgive_below_seconds: int = Field(default=60, ge=0, le=3_600)
    forgive_daily_seconds: int = Field(default=120, ge=0, le=86_400)

    worker_threads: int = Field(default=25, ge=1, le=64)
    coalesce: int = Field(default=1_000, ge=1, le=5_000)
    prefetch: int = Field(default=4_000, ge=1, le=65_535)
    max_bytes_in_flight: int = Field(default=MAX_BYTES_IN_FLIGHT, ge=1_048_576)
    statement_timeout_ms: int = Field(default=30_000, ge=1_000)

    environment: Literal["development", "production"] | None = None
    billing_clock: Path | None = None
    gateways: str = ""
    gateway_routes: str = ""
    shop_currency: str = Field(default="RUB", pattern=r"^[A-Z]{3}$")
    shop_return_url: str = Field(default="http://127.0.0.1:8001/receipts", pattern=r"^https?://")
    shop_cancel_url: str = Field(default="http://127.0.0.1:8001/buy", pattern=r"^https?://")

    smtp_url: str | None = None
    mail_from: str = "Screph <screph@localhost>"
    mail_reply_to: str | None = None
    mail_folder: Path | None = None
    portal_url: str = Field(default="http://127.0.0.1:8001", pattern=r"^https?://[^\s]+[^/\s]$")
    unsubscribe_secret: str | None = None
    vapid_private_key: str | None = None
    vapid_contact: str | None = None
    push_hosts: str = "fcm.googleapis.com,*.push.services.mozilla.com,*.notify.windows.com,web.push.apple.com"

    renewal_threads: int = Field(default=16, ge=1, le=64)
    gateways_without_renewals: str = ""

    campaign_approval_minutes: int = Field(default=10_000, ge=0, le=10**9)
    grant_approval_minutes: int = Field(default=600, ge=0, le=10**9)
    refund_approval_above: str = "RUB=10000,USD=100,EUR=100"
    grant_approval_day_minutes: int = Field(default=3_000, ge=0, le=10**9)
    refund_approval_day_above: str = "RUB=50000,USD=500,EUR=500"

    business_zone: str = "UTC"

    retention_days: int = Field(default=400, ge=30, le=36_500)

    webhooks_host: str = "127.0.0.1"
    webhooks_port: int = Field(default=8080, ge=0, le=65_535)
    webhooks_path_secret: str | None = None
    webhooks_trusted_proxies: str = ""
    webhooks_max_bytes: int = Field(default=262_144, ge=1_024, le=524_288)
    webhooks_per_second: int = Field(default=200, ge=1)

    web_host: str = "127.0.0.1"
    web_threads: int = Field(default=16, ge=1, le=64)
    web_slow_statement_ms: int = Field(default=500, ge=0, le=60_000)
    web_api_port: int = Field(default=8000, ge=0, le=65_535)
    web_api_hosts: str = "*"
    web_api_return_origins: str = ""
    web_api_reads_per_minute: int = Field(default=120, ge=1, le=1_000_000)
    web_api_writes_per_minute: int = Field(default=30, ge=1, le=1_000_000)
    web_api_server_requests_per_minute: int = Field(default=6_000, ge=1, le=10_000_000)
    web_api_url: str = Field(default="http://127.0.0.1:8000", pattern=r"^https?://[^\s]+[^/\s]$")
    web_push_key: str | None = None
    web_widget_origins: str = Field(default="", pattern=r"^\s*(https?://[^\s/,]+\s*(,\s*|$))*$")
    web_trusted_proxies: str = ""
    web_portal_port: int = Field(default=8001, ge=0, le=65_535)
    web_admin_host: str = "127.0.0.1"
    web_admin_port: int = Field(default=8002, ge=0, le=65_535)
    access_secrets: str = ""
    admin_url: str = Field(default="http://127.0.0.1:8002", pattern=r"^https?://[^\s]+[^/\s]$")

    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(default=None, ge=0, le=65_535)

    otel_exporter_otlp_endpoint: str | None = Field(default=None, pattern=r"^https?://[^\s]+$")
    otel_exporter_otlp_headers: str | None = None
    otel_traces_sampler_arg: float = Field(default=1.0, ge=0, le=1)

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"

    @field_validator("business_zone")
    @classmethod
    def _is_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("a name of the time zone database is wanted, such as Europe/Moscow") from error
        return name

    @field_validator("database_url", "database_read_url", "amqp_url")
    @classmethod
    def _is_not_blank(cls, url: str | None) -> str | None:
        return url if url and url.strip() else None

    @model_validator(mode="after")
    def _addresses_follow_ports(self) -> "Settings":
        """Let an address that nobody named be that of its port on this machine, and buyers come back to the portal."""
        named = self.model_fields_set
        for address, port in (
            ("web_api_url", self.web_api_port),
            ("portal_url", self.web_portal_port),
            ("admin_url", self.web_admin_port),
        ):
            # Port 0 is any free one, which is not known yet.
            if address not in named and port:
                setattr(self, address, f"http://127.0.0.1:{port}")
        for address, page in (("shop_return_url", "receipts"), ("shop_cancel_url", "buy")):
            if address not in named:
                setattr(self, address, f"{self.portal_url}/{page}")
        return self

    @property
    def values_for_people(self) -> dict[str, str]:
        """What people may see of each setting, by the name of its variable: of secrets only whether they are set."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {
            name.upper(): ("set" if value else "not set") if _is_secret(name) else "" if value is None else str(value)
            for name, value in values.items()
        }

    @property
    def rules(self) -> Rules:
        """The settings that decide about minutes."""
        return Rules(
            policy=self.burn_policy,
            late_window=timedelta(hours=self.late_window_hours),
            forgive_below_seconds=self.forgive_below_seconds,
            forgive_daily_seconds=self.forgive_daily_seconds,
        )

    @property
    def gateway_names(self) -> tuple[str, ...]:
        """The gateways of this installation, by the names of their folders."""
        return _listed(self.gateways)

    @property
    def without_renewals(self) -> frozenset[str]:
        """The gateways that may not charge without the buyer."""
        return frozenset(_listed(self.gateways_without_renewals))

    @field_validator("access_secrets")
    @classmethod
    def _are_long(cls, secrets: str) -> str:
        if any(len(secret) < LEAST_SECRET_CHARACTERS for secret in _listed(secrets)):
            raise ValueError(f"each has {LEAST_SECRET_CHARACTERS} characters or more; `openssl rand -hex 32` makes one")
        return secrets

    @property
    def access_secret_list(self) -> tuple[str, ...]:
        """What keys of the audit log and of operators' apps are made from, the newest first."""
        return _listed(self.access_secrets)

    @property
    def api_host_names(self) -> tuple[str, ...]:
        """The names by which the API may be called."""
        return _listed(self.web_api_hosts)

    @property
    def api_return_origins(self) -> tuple[str, ...]:
        """The origins to which programs may send buyers back after a payment, beside the portal's own."""
        return _listed(self.web_api_return_origins)

    @property
    def widget_pages(self) -> tuple[str, ...]:
        """The origins of pages that may show a balance."""
        return _listed(self.web_widget_origins)

    @property
    def trusted_proxies(self) -> tuple[str, ...]:
        """The networks whose X-Forwarded-For the webhook endpoint believes."""
        return _listed(self.webhooks_trusted_proxies)

    @property
    def web_proxies(self) -> tuple[str, ...]:
        """The networks whose X-Forwarded-For the portal believes."""
        return _listed(self.web_trusted_proxies)


def _is_secret(name: str) -> bool:
    # Addresses of servers hold passwords, and headers of exporters tokens.
    named = ("database_url", "database_read_url", "amqp_url", "smtp_url", "otel_exporter_otlp_headers")
    return name in named or "secret" in name or "private_key" in name


def gateway_settings(name: str, *, is_development: bool = False) -> GatewaySettings:
    """Return what the environment and `.env` say under a gateway's prefix, such as `STRIPE_`."""
    prefix = f"{name.upper()}_"
    found = {key: value or "" for key, value in dotenv_values(".env").items()} | dict(os.environ)
    values = {key.removeprefix(prefix): value for key, value in found.items() if key.startswith(prefix)}
    return GatewaySettings(prefix, values, is_development=is_development)


def load_settings(*, with_database: bool = True) -> Settings:
    """
    Read the settings.

    Args:
        with_database: whether the command uses one; only the webhook endpoint does not.

    Raises:
        UnableToStart: one of them is wrong, or they do not go together.
    """
    try:
        settings = Settings()
        _check_addresses(settings)
        _check_clock(settings)
        if with_database:
            check_servers(settings)
        return settings
    except ValidationError as error:
        faults = "; ".join(
            f"{str(fault['loc'][0]).upper()}: {fault['msg']} (it is {fault['input']!r})" for fault in error.errors()
        )
        raise UnableToStart(f"the environment has a wrong setting: {faults}") from error


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _check_addresses(settings: Settings) -> None:
    for name, url in (("DATABASE_URL", settings.database_url), ("DATABASE_READ_URL", settings.database_read_url)):
        try:
            if url is not None:
                read_address(url)
        except UnableToConnect as error:
            raise UnableToStart(f"{name}: {error}") from error
    try:
        if settings.amqp_url is not None:
            check_address(settings.amqp_url)
    except WrongAddress as error:
        raise UnableToStart(f"AMQP_URL: {error}") from error


def _check_clock(settings: Settings) -> None:
    if settings.billing_clock is not None and settings.environment == "production":
        raise UnableToStart(
            "BILLING_CLOCK moves the time for tests, and ENVIRONMENT=production refuses it: leave it out"
        )


def check_servers(settings: Settings) -> None:
    """
    Refuse a mixture of real and embedded servers: what RabbitMQ has confirmed would end in a database that ends, too.

    Raises:
        UnableToStart: only one of the two servers is named, or none in production.
    """
    servers = {"DATABASE_URL": settings.database_url, "AMQP_URL": settings.amqp_url}
    missing = [name for name, url in servers.items() if url is None]
    if len(missing) == 1:
        [present] = servers.keys() - missing
        raise UnableToStart(
            f"{present} is set and {missing[0]} is not: set both, or neither for the embedded parts, which are for "
            "development and lose what waits in them"
        )
    if missing and settings.environment == "production":
        raise UnableToStart(
            "DATABASE_URL and AMQP_URL are not set, and ENVIRONMENT=production refuses the embedded parts: set both"
        )
