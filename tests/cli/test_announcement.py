"""What a process says when it starts: which parts are embedded, where mails go, and who moves the time."""

from pathlib import Path

import pytest

from boot.settings import Settings
from cli.context import announce

REAL = {"database_url": "postgresql://billing@db/billing", "amqp_url": "amqp://billing@mq/"}


def said(capsys: pytest.CaptureFixture[str], **settings: object) -> str:
    """What is printed for some settings, in one line."""
    announce(Settings(_env_file=None, **settings))
    return " ".join(capsys.readouterr().err.split())


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting comes from the environment."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


class TestAnnounce:
    def test_says_where_mails_go_and_that_the_clock_can_be_moved(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = said(capsys, embedded_dir=Path("here"))

        assert "mails are written into here/mails/ and reach nobody" in text
        assert "with BILLING_CLOCK=FILE `billing clock move +1d` moves it" in text

    def test_names_the_file_that_moves_the_time(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = said(capsys, **REAL, billing_clock=Path("shared/clock"))

        assert "shared/clock moves the time" in text
        assert "BILLING_CLOCK=FILE" not in text

    def test_says_nothing_where_everything_is_real(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert said(capsys, **REAL) == ""
