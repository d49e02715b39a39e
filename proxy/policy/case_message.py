"""The message a case describes, as it would be met on the wire. Pure: `read` gives the files that it names."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

import orjson

from proxy.core.message import Direction, Headers, Kind, Message, Party
from proxy.policy.cases import Case, Content, End, Request, Sent

type Read = Callable[[str], bytes]
"""The bytes of a file named in a case; raises OSError."""

_BOUNDARY = "----case-of-a-policy-test"
_START = re.compile(rb"(?:([A-Z]{2,16}) (\S+) (HTTP/\d(?:\.\d)?)|(HTTP/\d(?:\.\d)?) (\d{3})[^\r\n]*)\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_SIDES = {Direction.EXPORT: ("mainland", "outside"), Direction.IMPORT: ("outside", "mainland"),
          Direction.INTERNAL: ("mainland", "mainland")}  # fmt: skip


def message_of(case: Case, read: Read) -> Message:
    """The message. Raises OSError for a file that cannot be read, ValueError for a raw text that is no HTTP message."""
    if case.raw is not None:
        return _raw(case, case.raw.encode())
    if case.raw_file is not None:
        return _raw(case, read(case.raw_file))
    request = case.request or Request()
    sent: Sent = case.response or request
    said, body = _body(sent, read)
    headers: Headers = tuple((name.encode(), value.encode()) for name, value in sent.headers)
    content_type = sent.content_type or said
    if content_type and not _has(headers, b"content-type"):
        headers = (*headers, (b"Content-Type", content_type.encode()))
    if case.response is None and not _has(headers, b"host"):
        headers = ((b"Host", urlsplit(request.url).netloc.rpartition("@")[2].encode()), *headers)
    if body and not _has(headers, b"content-length"):
        headers = (*headers, (b"Content-Length", b"%d" % len(body)))
    return _message(case, request, headers, body, case.response.status if case.response else 0)


def _has(headers: Headers, name: bytes) -> bool:
    return any(key.lower() == name for key, _ in headers)


def _message(case: Case, request: Request, headers: Headers, body: bytes, status: int) -> Message:
    parts = urlsplit(request.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = (parts.hostname or "").lower()
    port = parts.port or (443 if parts.scheme == "https" else 80)
    serving = case.from_ if status else case.to
    server = End(zone=serving.zone, address=serving.address, host=serving.host or host, port=serving.port or port)
    ends = (server, case.to) if status else (case.from_, server)
    sender, receiver = (
        Party(end.zone or zone, end.address, end.host.lower(), end.port)
        for end, zone in zip(ends, _SIDES[case.direction], strict=True)
    )
    method = (request.method or ("POST" if body and not status else "GET")).upper()
    return Message(
        Kind.RESPONSE if status else Kind.REQUEST, case.direction, method, parts.scheme, host, port, target.encode(),
        headers, body, sender, receiver, protocol=request.protocol, status=status, client=case.client,
        at=case.at.timestamp() if case.at is not None else 0.0,
    )  # fmt: skip


def _raw(case: Case, data: bytes) -> Message:
    """A raw HTTP message (RFC 9112); lines of its head may end in LF alone. The body is what follows, to the end."""
    start = _START.match(data)
    if start is None:
        raise ValueError("this is no HTTP message: it begins with a line such as POST /path HTTP/1.1")
    end = _HEAD_END.search(data, start.end() - 1)
    head, body = (data[start.end() : end.start()], data[end.end() :]) if end else (data[start.end() :], b"")
    pairs = [line.partition(b":") for line in head.splitlines() if b":" in line]
    headers = tuple((name.strip(), value.strip()) for name, _, value in pairs)
    host = next((value.decode("ascii", "replace") for name, value in headers if name.lower() == b"host"), "")
    target = (start[2] or b"/").decode("latin-1")
    url = target if "://" in target else f"https://{host or 'www.example.com'}{target}"
    protocol = (start[3] or start[4]).decode()
    try:
        request = Request.model_construct(method=(start[1] or b"GET").decode(), url=url, protocol=protocol)
        return _message(case, request, headers, body, int(start[5] or 0))
    except ValueError:
        raise ValueError("this HTTP message names no host and path that can be read") from None


def _body(sent: Sent, read: Read) -> tuple[str, bytes]:
    """Content type and body."""
    if sent.form is not None:
        return "application/x-www-form-urlencoded", urlencode(dict(sent.form)).encode()
    if sent.upload is not None:
        return f"multipart/form-data; boundary={_BOUNDARY}", _multipart(sent, read)
    said = "application/json" if "json_" in sent.model_fields_set else ""
    return said, _content(sent, read)


def _content(content: Content, read: Read) -> bytes:
    if "json_" in content.model_fields_set:
        return orjson.dumps(content.json_)
    if content.text is not None:
        return content.text.encode()
    if content.base64 is not None:
        return base64.b64decode(content.base64)
    return read(content.file) if content.file is not None else b""


def _multipart(sent: Sent, read: Read) -> bytes:
    """multipart/form-data as browsers write it (RFC 7578)."""
    pieces = []
    for name, part in (sent.upload or {}).items():
        head = f'Content-Disposition: form-data; name="{_quoted(name)}"'
        if part.name is not None:
            head += f'; filename="{_quoted(part.name)}"'
        said = part.type or ("application/octet-stream" if part.name is not None else "")
        head += f"\r\nContent-Type: {said}" if said else ""
        pieces.append(f"--{_BOUNDARY}\r\n{head}\r\n\r\n".encode() + _content(part, read) + b"\r\n")
    return b"".join(pieces) + f"--{_BOUNDARY}--\r\n".encode()


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
