"""Signing webhooks as PayPal does, with a throw-away key and a certificate of its own making."""

import base64
import functools
import uuid
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

OWNER = "messageverificationcerts.paypal.com"


@dataclass(frozen=True, slots=True)
class Signer:
    """A key, its certificate in PEM and the address that webhooks name for it."""

    key: rsa.RSAPrivateKey
    pem: bytes
    address: str

    def headers(
        self,
        body: bytes,
        webhook_id: str,
        *,
        sent_at: datetime | None = None,
        address: str | None = None,
        algorithm: str = "SHA256withRSA",
    ) -> dict[str, str]:
        """Return the headers that PayPal would send with a body."""
        transmission_id = str(uuid.uuid4())
        moment = (sent_at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
        signed = f"{transmission_id}|{moment}|{webhook_id}|{zlib.crc32(body)}".encode()
        signature = self.key.sign(signed, padding.PKCS1v15(), SHA256())
        return {
            "content-type": "application/json",
            "paypal-transmission-id": transmission_id,
            "paypal-transmission-time": moment,
            "paypal-transmission-sig": base64.b64encode(signature).decode(),
            "paypal-cert-url": address or self.address,
            "paypal-auth-algo": algorithm,
        }


def new_signer(
    *,
    owner: str = OWNER,
    valid_from: datetime | None = None,
    valid_for: timedelta = timedelta(days=365),
    bits: int = 2048,
) -> Signer:
    """Make a key and a certificate."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, owner)])
    begins = valid_from or datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + valid_for)
        .sign(key, SHA256())
    )
    address = f"https://api.paypal.com/v1/notifications/certs/CERT-{uuid.uuid4().hex[:16]}"
    return Signer(key, certificate.public_bytes(Encoding.PEM), address)


@functools.cache
def common_signer() -> Signer:
    """Return one signer for all doubles of this process: making a key takes a moment."""
    return new_signer()
