"""Every setting, from the environment or a `.env` file; `.env.example` tells of each."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.minutes.burn import BurnPolicy
from domain.minutes.rules import Rules


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

    worker_threads: int = Field(default=4, ge=1, le=32)
    coalesce: int = Field(default=1_000, ge=1, le=5_000)
    prefetch: int = Field(default=4_000, ge=1, le=65_535)
    statement_timeout_ms: int = Field(default=30_000, ge=1_000)

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"

    @property
    def rules(self) -> Rules:
        """The settings by which minutes are decided about."""
        return Rules(
            policy=self.burn_policy,
            late_window=timedelta(hours=self.late_window_hours),
            forgive_below_seconds=self.forgive_below_seconds,
        )


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
