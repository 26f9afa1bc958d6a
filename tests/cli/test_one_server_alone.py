"""A real server beside an embedded one loses messages, so every command refuses that mixture."""

import subprocess
from pathlib import Path

import pytest

from tests.cli.every_command import EveryCommand, every_command
from tests.journeys.billing import Billing

DATABASE = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
BROKER = {"AMQP_URL": "amqp://guest:guest@127.0.0.1:1/"}
SAMPLES = {
    "account": "anna",
    "product": "starter",
    "product_id": "starter",
    "usage_id": "usage-1",
    "order": "0000",
    "letter": "1",
    "reason": "because",
    "ref": "dispute-1",
    "item": "order:stripe:o-1",
    "state": "open",
    "subscription": "0000",
    "notice": "1",
    "method": "1",
    "kind": "refund",
    "shift": "+1d",
    "token": "1",
    "name": "anna",
    "role": "support",
    "source": "old.sqlite3",
    "promotion": "summer",
    "codes": "10",
    "batch": "1",
    "code": "SUMMER10",
    "percent": "10",
    "campaign": "outage",
    "minutes": "10",
    "programme": "first",
    "trigger": "first_purchase",
    "referrer_minutes": "30",
    "friend_minutes": "15",
    "first": "2026-11-01",
    "last": "2026-11-02",
    "file": str(Path(__file__).parent / "no_products.json"),
}

NEED_NO_SERVER = {("clock", "show"), ("clock", "move"), ("notices", "preview"), ("notices", "push-key")}
"""They read and write files alone, so it does not matter which servers are named."""

COMMANDS = [each for each in every_command() if each.words not in NEED_NO_SERVER]

each_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command.words))
each_command_with_a_database = pytest.mark.parametrize(
    "command",
    [each for each in COMMANDS if each.words != ("webhooks",)],
    ids=lambda command: " ".join(command.words),
)


class TestOneServerAlone:
    @each_command_with_a_database
    @pytest.mark.parametrize(
        ("settings", "present", "missing"),
        [
            (DATABASE, "DATABASE_URL", "AMQP_URL"),
            (DATABASE | {"AMQP_URL": ""}, "DATABASE_URL", "AMQP_URL"),
            (BROKER, "AMQP_URL", "DATABASE_URL"),
            (BROKER | {"DATABASE_URL": ""}, "AMQP_URL", "DATABASE_URL"),
            (BROKER | {"DATABASE_URL": " "}, "AMQP_URL", "DATABASE_URL"),
        ],
        ids=["database", "database, empty broker", "broker", "broker, empty database", "broker, blank database"],
    )
    def test_is_refused_in_a_sentence(
        self, command: EveryCommand, settings: dict[str, str], present: str, missing: str
    ) -> None:
        billing = Billing(settings)
        if "AMQP_URL" not in settings:
            del billing.environment["AMQP_URL"]

        done = billing(*command.line(SAMPLES, reason="because"))

        assert (done.returncode, done.stdout) == (2, "")
        assert _is_one_sentence(done)
        assert f"{present} is set and {missing} is not" in done.stderr

    def test_is_all_that_the_webhook_endpoint_needs(self) -> None:
        done = Billing(BROKER)("webhooks")

        assert "GATEWAYS" in done.stderr
        assert done.returncode == 2


class TestProduction:
    @each_command
    def test_refuses_the_embedded_parts(self, command: EveryCommand, tmp_path: Path) -> None:
        billing = Billing({"ENVIRONMENT": "production", "EMBEDDED_DIR": str(tmp_path / "none")})

        done = billing(*command.line(SAMPLES, reason="because"))

        assert (done.returncode, done.stdout) == (2, "")
        assert _is_one_sentence(done)
        assert "AMQP_URL" in done.stderr
        assert not (tmp_path / "none").exists()


class TestTheImage:
    def test_carries_no_embedded_server(self) -> None:
        root = Path(__file__).parents[2]

        installed = (root / "requirements" / "runtime.txt").read_text(encoding="utf-8")
        dockerfile = (root / "Dockerfile").read_text(encoding="utf-8")

        assert "pgserver" not in installed
        assert "requirements/embedded.txt" not in dockerfile


def _is_one_sentence(done: "subprocess.CompletedProcess[str]") -> bool:
    return done.stderr.startswith("billing: ") and done.stderr.count("\n") == 1
