"""A gateway that runs in our own process: only one for development, and only where no other is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from boot.gateways import own_servers
from boot.settings import Settings, UnableToStart
from gateways.sandbox import server as sandbox_server
from gateways.sandbox import settings as sandbox_settings
from gateways.settings import GatewaySettings
from tests.servers.free_ports import ReservedPort


def settings(folder: Path, gateways: str, environment: str = "development") -> Settings:
    """Settings that name gateways."""
    return Settings(_env_file=None, gateways=gateways, environment=environment, embedded_dir=folder)


class TestOwnServers:
    def test_serve_and_keep_what_they_know(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("SANDBOX_URL", raising=False)
        port = ReservedPort()
        monkeypatch.setattr(sandbox_settings, "DEFAULT_URL", f"http://127.0.0.1:{port.number}")

        [own] = own_servers(settings(tmp_path / "new", "sandbox"))
        with own as url:
            answer = httpx.get(f"{url}/v1/payments/nothing", trust_env=False)
        port.release()

        assert url == f"http://127.0.0.1:{port.number}"
        assert answer.status_code == 404

    @pytest.mark.parametrize(
        ("host", "named", "called"),
        [("127.0.0.1", "", "127.0.0.1"), ("0.0.0.0", "", "127.0.0.1"), ("::", "", "127.0.0.1"), ("::1", "", "[::1]")],
    )
    def test_send_their_webhooks_to_the_endpoint_wherever_it_listens(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, named: str, called: str
    ) -> None:
        monkeypatch.setenv("SANDBOX_WEBHOOK_URL", named)
        monkeypatch.delenv("SANDBOX_URL", raising=False)
        served: list[GatewaySettings] = []

        @contextmanager
        def serve(own: GatewaySettings, **_: object) -> Iterator[str]:
            served.append(own)
            yield "http://127.0.0.1:1"

        monkeypatch.setattr(sandbox_server, "serve_in_thread", serve)
        moved = settings(tmp_path, "sandbox").model_copy(update={"webhooks_host": host, "webhooks_port": 18_080})

        [own] = own_servers(moved)
        with own:
            assert sandbox_settings.webhook_url(served[0]) == f"http://{called}:18080/webhooks/sandbox"

    def test_send_their_webhooks_where_somebody_says(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.test_send_their_webhooks_to_the_endpoint_wherever_it_listens(
            tmp_path, monkeypatch, "127.0.0.1", "http://webhooks:18080/webhooks/sandbox", "webhooks"
        )

    def test_are_not_wanted_where_another_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SANDBOX_URL", "http://127.0.0.1:1")

        assert own_servers(settings(tmp_path, "sandbox")) == []

    def test_are_wanted_where_the_url_is_empty(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SANDBOX_URL", "")

        assert len(own_servers(settings(tmp_path, "sandbox"))) == 1

    def test_are_none_of_gateways_elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("YOOKASSA_SHOP_ID", "1")
        monkeypatch.setenv("YOOKASSA_SECRET_KEY", "test_nothing")

        assert own_servers(settings(tmp_path, "yookassa")) == []

    def test_are_refused_in_production(self, tmp_path: Path) -> None:
        with pytest.raises(UnableToStart, match="moves no money"):
            own_servers(settings(tmp_path, "sandbox", "production"))
