"""Certificate: what the gateway encrypts with.

In:    the settings GATEWAY_CERTIFICATE and GATEWAY_CERTIFICATE_KEY
Out:   a context for STARTTLS
Touch: ``keys/gateway.pem`` in the data folder, made by ourselves when nobody gave us a certificate
"""

import ssl
from datetime import timedelta
from pathlib import Path

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

from threadwell.kit import clock

LIFE = timedelta(days=3650)

_log = structlog.get_logger(__name__)


def context() -> ssl.SSLContext:
    """Sending servers rarely ask who we are, but they like to whisper: so there is always a certificate."""
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if settings.GATEWAY_CERTIFICATE:
        made.load_cert_chain(settings.GATEWAY_CERTIFICATE, settings.GATEWAY_CERTIFICATE_KEY)
        return made
    own = Path(settings.HOME) / "keys" / "gateway.pem"
    if not own.exists():
        _make(own)
    _log.warning(
        "STARTTLS with a certificate of our own making; set THREADWELL_GATEWAY_CERTIFICATE for a real one",
        file=str(own),
    )
    made.load_cert_chain(own)
    return made


def _make(place: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, settings.GATEWAY_NAME[:64])])
    now = clock.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(settings.GATEWAY_NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    draft.replace(place)
