"""Certificates of servers and clients that only tests trust."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Authority:
    """A test CA and what it signed."""

    directory: Path
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self):
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"test CA {self.directory.name}")])
        self.cert = self._build(self.name, self.key).add_extension(x509.BasicConstraints(True, None), True)
        self.cert = self.cert.sign(self.key, hashes.SHA256())
        self.path = self.directory / "ca.pem"
        self.path.write_bytes(self.cert.public_bytes(serialization.Encoding.PEM))

    def _build(self, subject, key):
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=30))
        )

    def leaf(self, host: str = "localhost", address: str = "127.0.0.1") -> Path:
        """Certificate and key for a host and its address, in one PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName(host), x509.IPAddress(ip_address(address))]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        cert = self._build(subject, key).add_extension(x509.SubjectAlternativeName(names), False)
        path = self.directory / f"{host}.pem"
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(pem + cert.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return path
