"""`deploy/development.env` fits the doubles of the gateways, which compose.yaml runs beside the product."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from boot.gateways import open_gateways, open_webhook_readers
from boot.settings import Settings
from tests.doubles.__main__ import DOUBLES, FIRST_PORT

REPOSITORY = Path(__file__).parents[2]
HOSTS = {"doubles", "webhooks", "127.0.0.1"}


def assignments() -> dict[str, str]:
    """Every name of the file with its value."""
    text = (REPOSITORY / "deploy/development.env").read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE))


@pytest.mark.parametrize("name", DOUBLES)
class TestDevelopmentEnv:
    def test_has_every_setting_of_the_double(self, name: str) -> None:
        double = DOUBLES[name](webhook_url=f"http://127.0.0.1:8080/webhooks/{name}")
        with double:
            wanted = double.settings()
        prefix = f"{name.upper()}_"
        given = {key.removeprefix(prefix): value for key, value in assignments().items() if key.startswith(prefix)}

        assert wanted.keys() <= given.keys()
        plain = {key: value for key, value in wanted.items() if "://" not in value and key != "NETWORKS"}
        assert {key: given[key] for key in plain} == plain

    def test_leads_to_the_double(self, name: str) -> None:
        port = FIRST_PORT + list(DOUBLES).index(name)

        addresses = [
            urlsplit(value)
            for key, value in assignments().items()
            if key.startswith(f"{name.upper()}_") and "://" in value and "WEBHOOK" not in key
        ]

        assert {address.hostname for address in addresses} <= HOSTS
        assert {address.port for address in addresses} == {port}


class TestTheGateways:
    def test_open_with_the_very_lines_of_the_file(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.chdir(tmp_path)
        for name, value in assignments().items():
            monkeypatch.setenv(name, value)
        settings = Settings()

        assert list(open_gateways(settings)) == list(open_webhook_readers(settings)) == list(DOUBLES)
