"""The interception authority: a key only we may read, and a certificate everybody may.

mitmproxy reads `mitmproxy-ca.pem` (key, certificate, then any chain) from its configuration directory; that is where
and how we keep it.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

KEY_FILE = "mitmproxy-ca.pem"
CERT_FILE = "ca-cert.pem"
TRUSTED_FILE = "trusted.pem"
NAME = "gba-egress CA"

_VALID_YEARS = 10


class Format(StrEnum):
    """How `export` writes the certificate."""

    PEM = "pem"
    DER = "der"
    P12 = "p12"


class CaError(Exception):
    """What is wrong with the authority, in one line for the operator."""


def ca_dir(state: Path) -> Path:
    """Where the authority lives in a state directory."""
    return state / "ca"


def ensure(state: Path) -> Path:
    """The directory of a usable authority, made if there is none. Raises CaError."""
    directory = ca_dir(state)
    if not (directory / KEY_FILE).exists():
        create(state)
    check(state)
    return directory


def create(state: Path) -> None:
    """Make a new authority. Raises CaError if there is one already."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, NAME), x509.NameAttribute(NameOID.ORGANIZATION_NAME, NAME)]
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .serial_number(x509.random_serial_number())
        .subject_name(name)
        .issuer_name(name)
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=365 * _VALID_YEARS))
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_SIGNS, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(state, pem + certificate.public_bytes(serialization.Encoding.PEM), replace=False)


_SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def import_(state: Path, cert: bytes, key: bytes, chain: bytes = b"") -> None:
    """Bring an authority, in PEM. Raises CaError unless the key is the certificate's and may sign others now."""
    certificate = _certificate(cert)
    try:
        private = serialization.load_pem_private_key(key, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CaError("the key is not an unencrypted private key in PEM") from None
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise CaError("the key is neither RSA nor elliptic curve")
    if private.public_key() != certificate.public_key():
        raise CaError("the key does not belong to the certificate")
    _check_certificate(certificate)
    try:
        issuers = x509.load_pem_x509_certificates(chain) if chain.strip() else []
    except ValueError:
        raise CaError("the chain is not a list of certificates in PEM") from None
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem += b"".join(c.public_bytes(serialization.Encoding.PEM) for c in (certificate, *issuers))
    _write(state, pem, replace=True)


def export(state: Path, form: Format) -> bytes:
    """The certificate, never the key. Raises CaError."""
    path = ca_dir(state) / KEY_FILE
    try:
        certificate = _certificate(path.read_bytes())
    except FileNotFoundError:
        raise CaError(f"{path}: there is no authority yet; make one with `egress ca init`") from None
    except OSError as e:
        raise CaError(f"{path}: {e.strerror}") from None
    if form is Format.DER:
        return certificate.public_bytes(serialization.Encoding.DER)
    if form is Format.P12:
        return pkcs12.serialize_key_and_certificates(
            NAME.encode(), None, certificate, None, serialization.NoEncryption()
        )
    return certificate.public_bytes(serialization.Encoding.PEM)


def check(state: Path) -> None:
    """Refuse an authority whose key others can read, or that is not ours, or can sign nothing. Raises CaError."""
    directory = ca_dir(state)
    path = directory / KEY_FILE
    for place, forbidden in ((directory, 0o022), (path, 0o077)):
        try:
            status = place.stat()
        except OSError as e:
            raise CaError(f"{place}: {e.strerror}") from None
        if status.st_uid != os.geteuid():
            raise CaError(f"{place}: belongs to another user; chown it to the user the gate runs as")
        if stat.S_IMODE(status.st_mode) & forbidden:
            mode = "600" if place is path else "700"
            raise CaError(f"{place}: others have access to the authority's key; run `chmod {mode} {place}`")
    _check_certificate(_certificate(path.read_bytes()))


def _certificate(pem: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(pem)[0]
    except (ValueError, IndexError):
        raise CaError("the certificate is not a certificate in PEM") from None


def _check_certificate(certificate: x509.Certificate) -> None:
    now = datetime.now(UTC)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise CaError(f"the authority's certificate is valid until {certificate.not_valid_after_utc:%Y-%m-%d}, not now")
    try:
        is_ca = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        raise CaError("the certificate lacks basicConstraints or keyUsage: it is not an authority's") from None
    if not is_ca or not usage.key_cert_sign:
        raise CaError("the certificate is not an authority's: it needs CA:TRUE and keyCertSign")


def _write(state: Path, pem: bytes, *, replace: bool) -> None:
    directory = ca_dir(state)
    path = directory / KEY_FILE
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.mkdir(mode=0o700, exist_ok=True)
        if path.exists() and not replace:
            raise CaError(f"{path}: there is an authority already; remove it first if clients shall trust another one")
        fresh = path.with_suffix(".new")
        with suppress(FileNotFoundError):
            fresh.unlink()
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(pem)
        fresh.replace(path)  # whole or not at all: workers may be reading
        (directory / CERT_FILE).write_bytes(_certificate(pem).public_bytes(serialization.Encoding.PEM))
    except OSError as e:
        raise CaError(f"{path}: {e.strerror}") from None


def trusted_bundle(state: Path, extra: Path | None) -> Path | None:
    """Roots for servers: the usual ones and `extra`, which mitmproxy would take instead of them. Raises CaError."""
    if extra is None:
        return None
    try:
        added = extra.read_bytes()
    except OSError as e:
        raise CaError(f"{extra}: {e.strerror}") from None
    _certificate(added)
    path = ca_dir(state) / TRUSTED_FILE
    path.write_bytes(_system_roots() + b"\n" + added)
    return path


def _system_roots() -> bytes:
    import certifi  # noqa: PLC0415 - only where it is needed

    return Path(certifi.where()).read_bytes()
