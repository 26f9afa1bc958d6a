"""Every setting, from the environment or a `.env` file; `.env.example` explains each."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Literal

from dotenv import dotenv_values
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.minutes.burn import BurnPolicy
from domain.minutes.rules import Rules
from gateways.settings import GatewaySettings


class UnableToStart(Exception):
    """A setting is wrong or missing; the text says which, and what would be right."""


class Settings(BaseSettings):
    """What an installation may choose."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    database_url: str | None = None
    amqp_url: str | None = None
    embedded_dir: Path = Path(".billing")

    burn_policy: BurnPolicy = BurnPolicy.OLDEST_FIRST
    late_window_hours: int = Field(default=72, ge=0, le=24 * 365)
    forgive_below_seconds: int = Field(default=60, ge=0, le=3_600)

    worker_threads: int = Field(default=12, ge=1, le=32)
    coalesce: int = Field(default=1_000, ge=1, le=5_000)
    prefetch: int = Field(default=4_000, ge=1, le=65_535)
    statement_timeout_ms: int = Field(default=30_000, ge=1_000)

    environment: Literal["development", "production"] = "production"
    gateways: str = ""
    gateway_routes: str = ""
    shop_currency: str = Field(default="RUB", pattern=r"^[A-Z]{3}$")
    shop_return_url: str = Field(default="http://127.0.0.1:8080/paid", pattern=r"^https?://")
    shop_cancel_url: str = Field(default="http://127.0.0.1:8080/not-paid", pattern=r"^https?://")

    webhooks_host: str = "127.0.0.1"
    webhooks_port: int = Field(default=8080, ge=0, le=65_535)
    webhooks_path_secret: str | None = None
    webhooks_trusted_proxies: str = ""
    webhooks_max_bytes: int = Field(default=262_144, ge=1_024, le=524_288)
    webhooks_per_second: int = Field(default=200, ge=1)

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"

    @property
    def rules(self) -> Rules:
        """The settings that decide about minutes."""
        return Rules(
            policy=self.burn_policy,
            late_window=timedelta(hours=self.late_window_hours),
            forgive_below_seconds=self.forgive_below_seconds,
        )

    @property
    def gateway_names(self) -> tuple[str, ...]:
        """The gateways of this installation, by the names of their folders."""
        return tuple(name.strip() for name in self.gateways.split(",") if name.strip())

    @property
    def trusted_proxies(self) -> tuple[str, ...]:
        """The networks whose X-Forwarded-For is believed."""
        return tuple(part.strip() for part in self.webhooks_trusted_proxies.split(",") if part.strip())


def gateway_settings(name: str, *, is_development: bool = False) -> GatewaySettings:
    """Return what the environment and `.env` say under a gateway's prefix, such as `STRIPE_`."""
    prefix = f"{name.upper()}_"
    found = {key: value or "" for key, value in dotenv_values(".env").items()} | dict(os.environ)
    values = {key.removeprefix(prefix): value for key, value in found.items() if key.startswith(prefix)}
    return GatewaySettings(prefix, values, is_development=is_development)


def load_settings() -> Settings:
    """
    Read the settings.

    Raises:
        UnableToStart: one of them is wrong.
    """
    try:
        return Settings()
    except ValidationError as error:
        faults = "; ".join(
            f"{str(fault['loc'][0]).upper()}: {fault['msg']} (it is {fault['input']!r})" for fault in error.errors()
        )
        raise UnableToStart(f"the environment has a wrong setting: {faults}") from error
