"""Every setting, from the environment or a `.env` file; `.env.example` explains each."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Literal

from dotenv import dotenv_values
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from broker.address import WrongAddress, check_address
from broker.byte_budget import MAX_BYTES_IN_FLIGHT
from domain.minutes.burn import BurnPolicy
from domain.minutes.rules import Rules
from gateways.settings import GatewaySettings
from store.engine import UnableToConnect, read_address


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
    shop_return_url: str = Field(default="http://127.0.0.1:8080/paid", pattern=r"^https?://")
    shop_cancel_url: str = Field(default="http://127.0.0.1:8080/not-paid", pattern=r"^https?://")

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

    retention_days: int = Field(default=400, ge=30, le=36_500)

    webhooks_host: str = "127.0.0.1"
    webhooks_port: int = Field(default=8080, ge=0, le=65_535)
    webhooks_path_secret: str | None = None
    webhooks_trusted_proxies: str = ""
    webhooks_max_bytes: int = Field(default=262_144, ge=1_024, le=524_288)
    webhooks_per_second: int = Field(default=200, ge=1)

    web_host: str = "127.0.0.1"
    web_threads: int = Field(default=16, ge=1, le=64)
    web_api_port: int = Field(default=8000, ge=0, le=65_535)
    web_api_hosts: str = "*"
    web_trusted_proxies: str = ""
