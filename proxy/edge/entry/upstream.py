"""Signing in at the proxy behind this one (`--mode upstream:…`)."""

from __future__ import annotations

from dataclasses import replace

from mitmproxy import http
from mitmproxy.proxy.layers.http import SendHttp
from mitmproxy.proxy.layers.http._events import RequestHeaders
from mitmproxy.proxy.mode_specs import UpstreamMode

_NAME = "Proxy-Authorization"


def sign_in(command: SendHttp, credential: bytes, flow: http.HTTPFlow) -> SendHttp:
    """A request on its way to the next proxy, with our credential in the copy that is sent.

    Only plain HTTP: what is in a tunnel is the server's to read, and the credential was in its CONNECT.
    """
    event = command.event
    is_hop = isinstance(flow.client_conn.proxy_mode, UpstreamMode) and flow.request.scheme == "http"
    if not isinstance(event, RequestHeaders) or not is_hop:
        return command
    request = event.request.copy()
    request.headers[_NAME] = credential.decode("ascii")
    return SendHttp(replace(event, request=request), command.connection)


def sign_in_connect(flow: http.HTTPFlow, credential: bytes) -> None:
    """A CONNECT to the next proxy, of mitmproxy's making."""
    if credential:
        flow.request.headers[_NAME] = credential.decode("ascii")
