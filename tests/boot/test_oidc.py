"""The provider of identities: opened from its settings, which go together and want TLS."""

import pytest

from boot.oidc import open_provider
from boot.settings import Settings, UnableToStart

WHOLE = {
    "oidc_issuer": "https://id.example/realm",
    "oidc_client_id": "billing",
    "oidc_client_secret": "secret",
    "admin_url": "https://admin.example",
}


def settings(**changed: str | None) -> Settings:
    """Settings with a provider; nothing of the environment."""
    return Settings(_env_file=None, **(WHOLE | changed))  # type: ignore[arg-type]


class TestOpenProvider:
    def test_is_none_without_settings(self) -> None:
        nothing = settings(oidc_issuer=None, oidc_client_id=None, oidc_client_secret=None)

        assert open_provider(nothing) is None

    def test_has_what_the_settings_say(self) -> None:
        provider = open_provider(settings(oidc_name="Example", oidc_second_factors=" mfa, hwk ,"))

        assert provider is not None
        assert (provider.name, provider.issuer) == ("Example", "https://id.example/realm")
        assert (provider.client_id, provider.second_factors) == ("billing", {"mfa", "hwk"})

    @pytest.mark.parametrize("missing", ["oidc_issuer", "oidc_client_id", "oidc_client_secret"])
    def test_wants_all_of_its_settings(self, missing: str) -> None:
        with pytest.raises(UnableToStart, match=f"set {missing.upper()}, too, or none"):
            open_provider(settings(**{missing: None}))

    @pytest.mark.parametrize(
        ("changed", "named"),
        [
            ({"oidc_issuer": "http://id.example"}, "OIDC_ISSUER"),
            ({"admin_url": "http://admin.example"}, "ADMIN_URL"),
            ({"oidc_issuer": "http://127.0.0.1:9000", "environment": "production"}, "OIDC_ISSUER"),
            ({"admin_url": "http://127.0.0.1:8002", "environment": "production"}, "ADMIN_URL"),
        ],
    )
    def test_wants_tls(self, changed: dict[str, str], named: str) -> None:
        with pytest.raises(UnableToStart, match=f"^{named} has to begin with https"):
            open_provider(settings(**changed))

    def test_takes_this_machine_for_a_first_look(self) -> None:
        local = settings(oidc_issuer="http://127.0.0.1:9000", admin_url="http://localhost:8002")

        assert open_provider(local) is not None

    def test_hides_its_secret_from_people(self) -> None:
        shown = settings().values_for_people

        assert (shown["OIDC_CLIENT_SECRET"], shown["OIDC_CLIENT_ID"]) == ("set", "billing")
