"""Certificates that clients show the gate: asked for on their connection to it, never on one meant for a server."""

from __future__ import annotations

from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography import x509
from mitmproxy import tls
from mitmproxy.net import tls as net_tls
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers import modes
from mitmproxy.proxy.layers.tls import ClientTLSLayer
from OpenSSL import SSL

from proxy.edge.addon import Edge

ASKED: ContextVar[str] = ContextVar("ASKED", default="")
"""The authorities to ask for, while mitmproxy makes a context."""
_ORIGINAL = net_tls.create_client_proxy_context
_EXPLICIT = (modes.HttpProxy, modes.HttpUpstreamProxy)
_REFUSED = ("peer did not return a certificate", "Certificate verify failed")


def to_proxy(context: Context) -> bool:
    """Whether a client's TLS connection, now beginning, is the one to the proxy that it has been told of."""
    # TLS in a tunnel is a second one, or comes after the layer that the tunnel was asked of
    first, *others = context.layers
    return isinstance(first, _EXPLICIT) and isinstance(others[0], ClientTLSLayer) and _first(context)


def asked(context: Context, edge: Edge) -> str:
    """The authorities whose certificate the client of a TLS connection must show; empty where none is asked for."""
    before_server = isinstance(context.layers[0], modes.ReverseProxy) and _first(context)
    return edge.door.client_ca if before_server or to_proxy(context) else ""


def _first(context: Context) -> bool:
    return sum(isinstance(each, ClientTLSLayer) for each in context.layers) == 1


def shown(data: tls.TlsData, edge: Edge) -> None:
    """The handshake is done, and OpenSSL has verified what the client showed: from here on it has that name."""
    if asked(data.context, edge) and data.conn.certificate_list:
        name = data.conn.certificate_list[0].cn or ""
        if name.isprintable() and 0 < len(name) <= 256:
            edge.door.certify(data.context.client.id, name)


def refused(data: tls.TlsData, edge: Edge) -> bool:
    """Whether a handshake failed because the client has no certificate, or not the right one."""
    return bool(asked(data.context, edge)) and any(each in (data.conn.error or "") for each in _REFUSED)


@lru_cache(64)
def _asking(authorities: str, chain_file: Path | None, **told: Any) -> SSL.Context:  # noqa: ANN401 - passed through
    # ATTACK: mitmproxy takes what issued our own CA for trusted; whoever it certifies would be let in
    context: SSL.Context = _ORIGINAL.__wrapped__(chain_file=None, **told)
    if chain_file is not None:
        for certificate in x509.load_pem_x509_certificates(chain_file.read_bytes()):
            context.add_extra_chain_cert(certificate)
    context.load_verify_locations(authorities)
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, None)
    return context


def _create(**told: Any) -> Any:  # noqa: ANN401 - passed through
    return _asking(authorities, **told) if (authorities := ASKED.get()) else _ORIGINAL(**told)


def install() -> None:
    """Mitmproxy asks all clients or none, and takes what they show as it is; from now on it asks as we say."""
    net_tls.create_client_proxy_context = _create  # type: ignore[assignment] # in the place of mitmproxy's


def forget() -> None:
    """The file of authorities may be another one now."""
    _asking.cache_clear()
