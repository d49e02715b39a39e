"""Certificates the gate shows to servers that ask for one, by destination.

Whoever may use the gate acts under them: give one only for destinations that all its clients may speak to as the gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from mitmproxy.net import tls as net_tls

from proxy.edge import private
from proxy.edge.ports import Rejected
from proxy.policy.globs import Globs, compile_globs, host_glob, normal_host

CHOSEN: ContextVar[str] = ContextVar("CHOSEN", default="")
"""The file to show, while mitmproxy makes a context."""


@dataclass(frozen=True, slots=True)
class ClientCerts:
    """PEM files by host glob, the one that says most first."""

    files: tuple[tuple[Globs, str], ...] = ()

    @classmethod
    def of(cls, told: Mapping[str, str]) -> ClientCerts:
        """From configuration. Raises Rejected for a host that is none."""
        try:
            found = [(host_glob(host), path) for host, path in told.items()]
        except ValueError as e:
            raise Rejected(f"client_certs: {e}") from None
        found.sort(key=lambda each: ("*" in each[0], -len(each[0])))
        return cls(tuple((compile_globs([host]), path) for host, path in found))

    def check(self) -> None:
        """Read every file. Raises Rejected for one that others can reach, or that holds no certificate with its key."""
        for _, path in self.files:
            _check(path)

    def path(self, host: str) -> str:
        """The file for a server; empty where there is none."""
        name = normal_host(host)
        return next((path for globs, path in self.files if globs.match_every([name])), "")


def check_authorities(path: Path) -> None:
    """Read the authorities. Raises Rejected."""
    try:
        if not x509.load_pem_x509_certificates(path.read_bytes()):
            raise ValueError
    except OSError as e:
        raise Rejected(f"{path}: {e.strerror}; it is named as client_ca") from None
    except ValueError:
        raise Rejected(f"{path}: expected certificates of authorities in PEM") from None


def _check(path: str) -> None:
    pem = private.read(Path(path), "client certificate's key")
    try:
        key = serialization.load_pem_private_key(pem, None)
        certificate = x509.load_pem_x509_certificates(pem)[0]
    except (ValueError, TypeError, IndexError, UnsupportedAlgorithm):
        raise Rejected(
            f"{path}: expected an unencrypted private key and its certificate, with the chain, in PEM"
        ) from None
    if key.public_key() != certificate.public_key():
        raise Rejected(f"{path}: the key is not that of the first certificate")


_ORIGINAL = net_tls.create_proxy_server_context


def _create(**told: Any) -> Any:  # noqa: ANN401 - passed through
    chosen = CHOSEN.get()
    return _ORIGINAL(**(told | {"client_cert": chosen} if chosen else told))


def install() -> None:
    """Mitmproxy takes one file, or a folder with a file per name; from now on it takes ours."""
    net_tls.create_proxy_server_context = _create  # type: ignore[assignment] # in the place of mitmproxy's


def forget() -> None:
    """The files may hold something else now."""
    _ORIGINAL.cache_clear()
