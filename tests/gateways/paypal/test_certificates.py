"""Certificates: whose are fetched, and which count."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from domain.gateway.errors import UnableToReach, Unverified
from gateways.paypal.certificate_source import MISSING_S, MOST_BYTES, HttpsSource
from gateways.paypal.certificates import MOST_CACHED, Certificates
from tests.doubles.paypal.signing import common_signer, new_signer

ADDRESS = "https://api-m.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77"
NOW = datetime.now(UTC)


class Source:
    """A source that counts what it is asked for."""

    def __init__(self, pem: bytes | None = None) -> None:
        self.pem = pem if pem is not None else common_signer().pem
        self.requested: list[str] = []

    def __call__(self, address: str) -> bytes:
        """Return the certificate, whatever the address."""
        self.requested.append(address)
        return self.pem


class TestAddresses:
    @pytest.mark.parametrize(
        "host", ["api.paypal.com", "api-m.paypal.com", "api.sandbox.paypal.com", "api-m.sandbox.paypal.com"]
    )
    def test_of_paypal_are_fetched(self, host: str) -> None:
        source = Source()
        address = ADDRESS.replace("api-m.paypal.com", host)

        Certificates(source).key_of(address, at=NOW)

        assert source.requested == [address]

    @pytest.mark.parametrize(
        "address",
        [
            ADDRESS.replace("https://", "http://"),
            ADDRESS.replace("https://", "HTTPS://"),
            ADDRESS.replace("https://", "ftp://"),
            ADDRESS.replace("https://", "//"),
            ADDRESS.replace("api-m.paypal.com", "api-m.paypal.com.evil.example"),
            ADDRESS.replace("api-m.paypal.com", "evil-paypal.com"),
            ADDRESS.replace("api-m.paypal.com", "api-m.paypa1.com"),
            ADDRESS.replace("api-m.paypal.com", "api-m.pаypal.com"),  # a Cyrillic letter
            ADDRESS.replace("api-m.paypal.com", "www.paypal.com"),
            ADDRESS.replace("api-m.paypal.com", "api-m.paypal.com."),
            ADDRESS.replace("api-m.paypal.com", "API-M.PAYPAL.COM"),
            ADDRESS.replace("api-m.paypal.com", "127.0.0.1"),
            ADDRESS.replace("api-m.paypal.com", "api-m.paypal.com@evil.example"),
            ADDRESS.replace("https://", "https://user@"),
            ADDRESS.replace("https://", "https://user:secret@"),
            ADDRESS.replace("api-m.paypal.com", "api-m.paypal.com:8443"),
            ADDRESS.replace("api-m.paypal.com", "api-m.paypal.com:443"),
            ADDRESS.replace("api-m.paypal.com/", "evil.example\\@api-m.paypal.com/"),
            ADDRESS.replace("api-m.paypal.com/", "evil.example#@api-m.paypal.com/"),
            ADDRESS.replace("api-m.paypal.com/", "evil.example?@api-m.paypal.com/"),
            ADDRESS.replace("/certs/", "/certs/../../../v1/oauth2/"),
            ADDRESS.replace("/certs/", "/certs/%2e%2e/"),
            ADDRESS.replace("/certs/", "/certs//"),
            ADDRESS.replace("/v1/notifications/certs/", "/v1/other/certs/"),
            ADDRESS.replace("/v1/notifications/certs/", "/evil/v1/notifications/certs/"),
            ADDRESS + "?redirect=https://evil.example",
            ADDRESS + "#top",
            ADDRESS + "/more",
            ADDRESS + "\n",
            " " + ADDRESS,
            ADDRESS.rpartition("/")[0] + "/",
            "",
        ],
    )
    def test_of_others_are_not_even_asked(self, address: str) -> None:
        source = Source()

        with pytest.raises(Unverified, match="not one of PayPal's"):
            Certificates(source).key_of(address, at=NOW)

        assert source.requested == []

    def test_may_be_fewer_by_the_settings(self) -> None:
        with pytest.raises(Unverified):
            Certificates(Source(), ("api.paypal.com",)).key_of(ADDRESS, at=NOW)


class TestCache:
    def test_asks_once_for_one_address(self) -> None:
        source = Source()
        certificates = Certificates(source)

        first, second = certificates.key_of(ADDRESS, at=NOW), certificates.key_of(ADDRESS, at=NOW)

        assert first.public_numbers() == second.public_numbers()
        assert len(source.requested) == 1

    def test_has_only_a_few(self) -> None:
        source = Source()
        certificates = Certificates(source)
        for number in range(MOST_CACHED + 1):
            certificates.key_of(f"{ADDRESS}{number}", at=NOW)

        certificates.key_of(f"{ADDRESS}{MOST_CACHED}", at=NOW)
        assert len(source.requested) == MOST_CACHED + 1
        certificates.key_of(f"{ADDRESS}0", at=NOW)
        assert len(source.requested) == MOST_CACHED + 2

    def test_checks_the_dates_each_time(self) -> None:
        certificates = Certificates(Source())
        certificates.key_of(ADDRESS, at=NOW)

        with pytest.raises(Unverified, match="not valid now"):
            certificates.key_of(ADDRESS, at=NOW + timedelta(days=400))

    @pytest.mark.parametrize(
        "pem", [b"", b"<html>busy</html>", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
    )
    def test_asks_again_a_minute_after_what_is_no_certificate(self, pem: bytes) -> None:
        source, now_s = Source(pem), [0.0]
        certificates = Certificates(source, clock=lambda: now_s[0])
        with pytest.raises(UnableToReach, match="no certificate"):
            certificates.key_of(ADDRESS, at=NOW)

        source.pem = common_signer().pem
        now_s[0] += MISSING_S - 1
        with pytest.raises(UnableToReach, match="a moment ago"):
            certificates.key_of(ADDRESS, at=NOW)
        now_s[0] += 1

        assert len(source.requested) == 1
        assert certificates.key_of(ADDRESS, at=NOW).key_size == 2048

    def test_takes_no_more_than_a_certificate_needs(self) -> None:
        with pytest.raises(UnableToReach, match="more than"):
            Certificates(Source(common_signer().pem + b"\n" * MOST_BYTES)).key_of(ADDRESS, at=NOW)


class TestOwners:
    @pytest.mark.parametrize("owner", ["messageverificationcerts.paypal.com", "x.sandbox.PayPal.com"])
    def test_may_be_paypal(self, owner: str) -> None:
        assert Certificates(Source(new_signer(owner=owner).pem)).key_of(ADDRESS, at=NOW).key_size == 2048

    @pytest.mark.parametrize("owner", ["evil.example", "evilpaypal.com", "paypal.com", "x.paypal.com.evil.example"])
    def test_may_not_be_others(self, owner: str) -> None:
        with pytest.raises(Unverified, match="does not belong"):
            Certificates(Source(new_signer(owner=owner).pem)).key_of(ADDRESS, at=NOW)

    @pytest.mark.parametrize("begins", [NOW + timedelta(minutes=1), NOW - timedelta(days=10)])
    def test_must_be_valid_now(self, begins: datetime) -> None:
        signer = new_signer(valid_from=begins, valid_for=timedelta(days=9))

        with pytest.raises(Unverified, match="not valid now"):
            Certificates(Source(signer.pem)).key_of(ADDRESS, at=NOW)

    def test_must_have_a_long_key(self) -> None:
        with pytest.raises(Unverified, match="2048"):
            Certificates(Source(new_signer(bits=1024).pem)).key_of(ADDRESS, at=NOW)

    def test_must_have_an_rsa_key(self) -> None:
        with pytest.raises(Unverified, match="RSA"):
            Certificates(Source(_elliptic())).key_of(ADDRESS, at=NOW)


Answer = tuple[int, dict[str, str], bytes]


class TestHttpsSource:
    """Over real HTTP, at the development origin: the way of fetching is the same."""

    def test_returns_what_lies_there(self, origin: Callable[[Answer], str]) -> None:
        address = origin((200, {}, b"a certificate"))

        assert HttpsSource(address)(ADDRESS) == b"a certificate"

    def test_follows_no_redirect(self, origin: Callable[[Answer], str]) -> None:
        aim = origin((200, {}, common_signer().pem))
        address = origin((302, {"Location": f"{aim}/v1/notifications/certs/CERT-1"}, b""))

        with pytest.raises(UnableToReach, match="answered 302"):
            HttpsSource(address)(ADDRESS)

    def test_reads_no_more_than_the_limit(self, origin: Callable[[Answer], str]) -> None:
        exactly = origin((200, {}, b"x" * MOST_BYTES))
        beyond = origin((200, {}, b"x" * (MOST_BYTES + 1)))

        assert len(HttpsSource(exactly)(ADDRESS)) == MOST_BYTES
        with pytest.raises(UnableToReach, match="more than"):
            HttpsSource(beyond)(ADDRESS)

    @pytest.mark.parametrize("status", [204, 404, 500, 503])
    def test_takes_a_plain_success_only(self, origin: Callable[[Answer], str], status: int) -> None:
        address = origin((status, {}, b"" if status == 204 else b"x"))

        with pytest.raises(UnableToReach, match=f"answered {status}"):
            HttpsSource(address)(ADDRESS)

    def test_is_unable_when_nobody_answers(self) -> None:
        with pytest.raises(UnableToReach, match="no answer"):
            HttpsSource("http://127.0.0.1:1")(ADDRESS)


@pytest.fixture
def origin() -> Iterator[Callable[[Answer], str]]:
    """Return a function that opens a server with one answer for every call."""
    servers: list[ThreadingHTTPServer] = []

    def open_origin(answer: Answer) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(answer))
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield open_origin
    for server in servers:
        server.shutdown()
        server.server_close()


def _answering(answer: Answer) -> type[BaseHTTPRequestHandler]:
    status, headers, body = answer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77"
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _elliptic() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x.paypal.com")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .sign(key, SHA256())
    )
    return certificate.public_bytes(Encoding.PEM)
