"""The certificates of PayPal's webhooks: where they may come from, and which are valid."""

import re
import threading
import time
from collections.abc import Callable
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import NameOID

from domain.gateway.errors import UnableToReach, Unverified
from gateways.paypal.certificate_source import MOST_BYTES, BoundedSource, CertificateSource
from gateways.paypal.settings import CERTIFICATE_HOSTS

MOST_CACHED = 16
"""PayPal changes its certificate every few months; more than a handful at once are never in use."""

LEAST_KEY_BITS = 2048

OWNER = ".paypal.com"

# Only these letters, so that no port, user, query, second slash or dot segment can hide in an address.
_ADDRESS = re.compile(r"https://(?P<host>[a-z0-9.-]+)/v1/notifications/certs/[A-Za-z0-9_-]{1,128}")


class Certificates:
    """
    Public keys of PayPal's, by the address of their certificate.

    Args:
        source: where certificates come from; it is asked for few at once.
        hosts: the exact hosts whose certificates count.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        source: CertificateSource,
        hosts: tuple[str, ...] = CERTIFICATE_HOSTS,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = BoundedSource(lambda address: _owned(_parsed(source(address))), clock=clock)
        self._hosts = frozenset(hosts)
        self._cached: dict[str, x509.Certificate] = {}
        self._lock = threading.Lock()

    def key_of(self, address: str, *, at: datetime) -> RSAPublicKey:
        """
        Return the public key of a certificate.

        Args:
            address: as the webhook names it; nothing is fetched unless it is one of PayPal's.
            at: aware UTC, when the certificate must be valid.

        Raises:
            Unverified: it is not PayPal's, or not valid at that moment.
            UnableToReach: it cannot be fetched now.
        """
        match = _ADDRESS.fullmatch(address)
        if match is None or match["host"] not in self._hosts:
            raise Unverified("the address of the certificate is not one of PayPal's")
        with self._lock:
            certificate = self._cached.get(address)
        if certificate is None:
            certificate = self._fetch(address)
            with self._lock:
                if address not in self._cached and len(self._cached) >= MOST_CACHED:
                    self._cached.pop(next(iter(self._cached)))
                # One that is not valid now is cached as well, or each webhook that names it would fetch it.
                self._cached[address] = certificate
        return _key_at(certificate, at)


def _parsed(pem: bytes) -> x509.Certificate:
    if len(pem) > MOST_BYTES:
        raise UnableToReach(f"PayPal's certificate: more than {MOST_BYTES} bytes")
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        # A page of some proxy in between, not a forgery: PayPal will send the webhook again.
        raise UnableToReach("PayPal's certificate: the answer is no certificate in PEM") from error


def _owned(certificate: x509.Certificate) -> x509.Certificate:
    names = [str(name.value).lower() for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if not names or not all(name.endswith(OWNER) for name in names):
        raise Unverified("the certificate does not belong to PayPal")
    return certificate


def _key_at(certificate: x509.Certificate, at: datetime) -> RSAPublicKey:
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise Unverified("the certificate is not valid now")
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < LEAST_KEY_BITS:
        raise Unverified("the certificate has no RSA key of 2048 bits or more")
    return key
