"""A provider that is silent, or describes itself oddly, holds nobody up for long, and is never an error of ours."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from joserfc import jwt

from domain.access.oidc import AuthorizationRequest, ProviderSilent
from oidc.client import SILENT_SECONDS
from oidc.provider import Provider, ProviderSettings, is_safe_address
from tests.doubles.oidc_provider import CLIENT_ID, CLIENT_SECRET, OidcProviderDouble, serve_oidc

ASKED = AuthorizationRequest("state", "nonce", "verifier", "http://localhost/oidc/callback", is_fresh=False)


@pytest.fixture
def double() -> Iterator[OidcProviderDouble]:
    """A provider over HTTP."""
    with serve_oidc() as serving:
        yield serving


@pytest.fixture
def provider(double: OidcProviderDouble) -> Provider:
    """The same, as the product asks it."""
    return Provider(ProviderSettings("Test", double.url, CLIENT_ID, CLIENT_SECRET, frozenset()))


class TestASilentProvider:
    def test_is_not_asked_for_its_keys_by_everybody_who_waits(
        self, double: OidcProviderDouble, provider: Provider
    ) -> None:
        token = jwt.encode({"alg": "RS256", "kid": double.key.kid}, {"sub": "1"}, double.key)
        provider.address_of(ASKED)
        double.broken.add("/keys")

        with ThreadPoolExecutor(8) as people:
            refusals = [one.exception() for one in [people.submit(provider._keys.verify, token) for _ in range(8)]]

        assert {type(refusal) for refusal in refusals} == {ProviderSilent}
        assert double.calls.count("/keys") == 1

    def test_is_asked_again_after_a_while(
        self, double: OidcProviderDouble, provider: Provider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        double.broken.add("/.well-known/openid-configuration")
        for _ in range(3):
            with pytest.raises(ProviderSilent):
                provider.address_of(ASKED)
        double.broken.clear()
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now + SILENT_SECONDS + 1)

        assert provider.address_of(ASKED).startswith(f"{double.url}/authorize?")
        assert double.calls.count("/.well-known/openid-configuration") == 2


class TestAnOddAddress:
    @pytest.mark.parametrize(
        "address", ["https://a:0/", "https://a:99999/", "https://a:b/", "https://", "ftp://a/", "//a"]
    )
    def test_is_not_safe(self, address: str) -> None:
        assert not is_safe_address(address)

    @pytest.mark.parametrize("path", ["/keys\x00", "/\x7f", "/" + "k" * 70_000])
    def test_is_a_provider_that_does_not_answer(
        self, double: OidcProviderDouble, provider: Provider, path: str
    ) -> None:
        double.described["jwks_uri"] = f"{double.url}{path}"
        token = jwt.encode({"alg": "RS256", "kid": double.key.kid}, {"sub": "1"}, double.key)

        with pytest.raises(ProviderSilent):
            provider._keys.verify(token)
