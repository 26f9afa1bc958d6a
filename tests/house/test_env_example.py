"""`.env.example` describes every setting, of nothing else, and nothing wrong."""

import re
from pathlib import Path

import pytest
import yaml

from boot.settings import Settings
from tests.gateways.folders import NAMES, folder_of

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = REPOSITORY / ".env.example"
FIELDS = {name.upper() for name in Settings.model_fields}
OF_ADMIN = {name for name in FIELDS if name.startswith(("WEB_ADMIN_", "ADMIN_", "OIDC_", "DATABASE_READ_"))}


def assignments() -> dict[str, str]:
    """Every name of the example with its value."""
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))


def compose_defaults() -> dict[str, str]:
    """Every variable that compose.yaml takes from the environment, with its default."""
    compose = (REPOSITORY / "compose.yaml").read_text(encoding="utf-8")
    return dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", compose))


class TestEnvExample:
    def test_names_every_setting_and_nothing_else(self) -> None:
        assert assignments().keys() == FIELDS | compose_defaults().keys()

    def test_names_each_once_and_with_a_comment(self) -> None:
        lines = EXAMPLE.read_text(encoding="utf-8").splitlines()

        paragraphs = "\n".join(lines).split("\n\n")

        assert sum(bool(re.match(r"[A-Z_]+=", line)) for line in lines) == len(assignments())
        assert [p for p in paragraphs if re.search(r"^[A-Z_]+=", p, re.MULTILINE) and not p.startswith("#")] == []

    def test_changes_nothing_when_it_is_copied(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in FIELDS:
            monkeypatch.delenv(name, raising=False)

        copied, untouched = Settings(_env_file=EXAMPLE), Settings(_env_file=None)

        assert copied == untouched

    def test_has_the_defaults_as_values(self) -> None:
        defaults = {
            name.upper(): "" if field.default is None else str(field.default)
            for name, field in Settings.model_fields.items()
        }

        assert assignments() == compose_defaults() | defaults

    def test_covers_every_variable_of_compose(self) -> None:
        compose = (REPOSITORY / "compose.yaml").read_text(encoding="utf-8")

        assert set(re.findall(r"(?<!\$)\$\{?([A-Z_]+)", compose)) == compose_defaults().keys()

    @pytest.mark.parametrize(
        ("service", "needed"),
        [
            (
                "worker",
                {name for name in FIELDS if not name.startswith(("WEBHOOKS_", "WEB_", "ADMIN_", "OIDC_"))}
                - {"EMBEDDED_DIR", "DATABASE_READ_URL"},
            ),
            (
                "web",
                {name for name in FIELDS if name.startswith(("WEB_", "LOG_"))} - OF_ADMIN
                | {"DATABASE_URL", "AMQP_URL"},
            ),
            (
                "admin",
                {name for name in FIELDS if name in OF_ADMIN or name.startswith("LOG_")} | {"DATABASE_URL", "AMQP_URL"},
            ),
            ("webhooks", {name for name in FIELDS if name.startswith(("WEBHOOKS_", "LOG_"))} | {"AMQP_URL"}),
        ],
    )
    def test_has_no_setting_that_compose_keeps_from_a_service(self, service: str, needed: set[str]) -> None:
        compose = yaml.safe_load((REPOSITORY / "compose.yaml").read_text(encoding="utf-8"))

        assert needed - compose["services"][service]["environment"].keys() == set()

    def test_has_secrets_only_where_they_are_used(self) -> None:
        compose = yaml.safe_load((REPOSITORY / "compose.yaml").read_text(encoding="utf-8"))
        used = {"SMTP_URL": {"worker"}, "VAPID_PRIVATE_KEY": {"worker"}, "UNSUBSCRIBE_SECRET": {"worker", "web"}}

        services = compose["services"].items()
        having = {secret: {name for name, one in services if secret in one.get("environment", {})} for secret in used}

        assert having == used

    @pytest.mark.parametrize("gateway", NAMES)
    def test_has_every_variable_of_a_gateway_and_no_other(self, gateway: str) -> None:
        described = re.findall(rf"^#{gateway.upper()}_([A-Z_]+)=$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)

        assert described == list(folder_of(gateway).VARIABLES)
