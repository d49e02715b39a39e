"""mitmproxy's TLS, with our choice of what the gate shows to servers and asks of clients."""

from __future__ import annotations

from mitmproxy import tls
from mitmproxy.addons.tlsconfig import TlsConfig

from proxy.edge.addon import Edge
from proxy.edge.entry import client_names
from proxy.edge.tls import client_certs


class GateTls(TlsConfig):
    """mitmproxy's TLS, choosing the certificate the gate shows to a server."""

    name = "tlsconfig"

    def __init__(self, edge: Edge) -> None:
        """A file that changes is seen at the next reload."""
        self._edge = edge
        self._last = edge.client_certs

    def tls_start_client(self, tls_start: tls.TlsData) -> None:
        """As upstream, asking for a certificate where the connection is meant for us."""
        self._current()
        token = client_names.ASKED.set(client_names.asked(tls_start.context, self._edge))
        try:
            super().tls_start_client(tls_start)
        finally:
            client_names.ASKED.reset(token)
        if tls_start.ssl_conn is not None and client_names.to_proxy(tls_start.context):
            # mitmproxy carries no CONNECT over HTTP/2, and means to offer HTTP/1 alone; its own test fails here
            tls_start.ssl_conn.get_app_data()["client_alpn"] = b"http/1.1"

    def _current(self) -> client_certs.ClientCerts:
        certs = self._edge.client_certs
        if certs is not self._last:
            self._last = certs
            client_names.forget()
            client_certs.forget()  # its contexts hold what was in the files before
        return certs

    def tls_start_server(self, tls_start: tls.TlsData) -> None:
        """As upstream, with the file for this server."""
        server = tls_start.conn
        host = server.sni or (tls_start.context.client.sni if server is tls_start.context.server else None)
        address = getattr(server, "address", None)
        token = client_certs.CHOSEN.set(self._current().path(host or (address[0] if address else "")))
        try:
            super().tls_start_server(tls_start)
        finally:
            client_certs.CHOSEN.reset(token)
