"""Flows that mitmproxy saved, as messages for the engine."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from mitmproxy import http
from mitmproxy.exceptions import FlowReadException
from mitmproxy.io import FlowReader

from proxy.core.message import Direction, Kind, Message, Party


def messages(data: bytes) -> Iterator[Message]:
    """The requests and responses of a flow file, each taken as an export. Raises ValueError where it is none."""
    return stream(io.BytesIO(data))


def stream(file: BinaryIO) -> Iterator[Message]:
    """The same, read flow by flow: however large the file, one flow is held at a time."""
    try:
        for flow in FlowReader(file).stream():
            if isinstance(flow, http.HTTPFlow):
                yield _message(flow, Kind.REQUEST, flow.request)
                if flow.response is not None:
                    yield _message(flow, Kind.RESPONSE, flow.response)
    except (FlowReadException, ValueError, KeyError, TypeError, AttributeError):  # what a damaged flow makes it raise
        raise ValueError("not a flow file") from None


def _message(flow: http.HTTPFlow, kind: Kind, half: http.Request | http.Response) -> Message:
    request = flow.request
    return Message(
        kind=kind,
        direction=Direction.EXPORT,
        method=request.method,
        scheme=request.scheme,
        host=request.host.lower(),
        port=request.port,
        path=request.data.path,
        headers=half.headers.fields,
        body=half.raw_content or b"",
        sender=Party("mainland", _address(flow, client=kind is Kind.REQUEST)),
        receiver=Party("outside", _address(flow, client=kind is Kind.RESPONSE)),
        protocol=half.http_version,
        status=half.status_code if isinstance(half, http.Response) else 0,
        trailers=half.trailers.fields if half.trailers else (),
        at=half.timestamp_start or 0.0,
    )


def _address(flow: http.HTTPFlow, *, client: bool) -> str:
    peer = (flow.client_conn if client else flow.server_conn).peername
    return str(peer[0]).partition("%")[0] if peer else ""
