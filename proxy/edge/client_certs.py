"""Certificates the gate shows to servers that ask for one, by destination.

Whoever may use the gate acts under them: give one only for destinations that all its clients may speak to as the gate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from mitmproxy import tls
from mitmproxy.addons.tlsconfig import TlsConfig
from mitmproxy.net import tls as net_tls

from proxy.edge import private
from proxy.edge.ports import Rejected
from proxy.policy.globs import Globs, compile_globs, host_glob, normal_host

_CHOSEN: ContextVar[str] = ContextVar("CHOSEN", default="")


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


class GateTls(TlsConfig):
    """mitmproxy's TLS, choosing the certificate the gate shows to a server."""

    name = "tlsconfig"

    def __init__(self, certs: Callable[[], ClientCerts]) -> None:
        """`certs` are those in force; a file that changes is seen at the next reload."""
        self._certs = certs
        self._last = certs()

    def _current(self) -> ClientCerts:
        certs = self._certs()
        if certs is not self._last:
            self._last = certs
            _ORIGINAL.cache_clear()  # its contexts hold what was in the files before
        return certs

    def tls_start_server(self, tls_start: tls.TlsData) -> None:
        """As upstream, with the file for this server."""
        server = tls_start.conn
        host = server.sni or (tls_start.context.client.sni if server is tls_start.context.server else None)
        address = getattr(server, "address", None)
        token = _CHOSEN.set(self._current().path(host or (address[0] if address else "")))
        try:
            super().tls_start_server(tls_start)
        finally:
            _CHOSEN.reset(token)


_ORIGINAL = net_tls.create_proxy_server_context


def _create(**told: Any) -> Any:  # noqa: ANN401 - passed through
    chosen = _CHOSEN.get()
    return _ORIGINAL(**(told | {"client_cert": chosen} if chosen else told))


def install() -> None:
    """Mitmproxy takes one file, or a folder with a file per name; from now on it takes ours."""
    net_tls.create_proxy_server_context = _create  # type: ignore[assignment]
