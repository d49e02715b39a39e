"""What `egress scan` reads, as messages: files, folders, HAR archives, flow files, raw HTTP messages, batches."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import orjson

from proxy.core.message import Cause, Direction, Headers, Kind, Message, Party

_START_LINE = re.compile(rb"\A(?:[A-Z]{3,16} (\S+) HTTP/\d(?:\.\d)?|HTTP/\d(?:\.\d)? (\d{3})[^\r\n]*)\r?\n")
_HOST = re.compile(r"[A-Za-z0-9._-]+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?")
_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_MAINLAND, _OUTSIDE = Party("mainland"), Party("outside")


class InputError(Exception):
    """Input that cannot be read: what, where, and what was expected; never its content."""

    def __init__(self, message: str, cause: Cause = Cause.UNSUPPORTED) -> None:
        super().__init__(message)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Item:
    """One thing scanned: its id (of any JSON type) or path, and its messages or why there are none."""

    key: object
    name: str
    message: tuple[Message, ...] | InputError


def message(
    body: bytes,
    *,
    content_type: str = "",
    headers: Headers = (),
    method: str = "POST",
    url: str = "",
    direction: Direction = Direction.EXPORT,
    status: int = 0,
) -> Message:
    """A message as it would be met on the wire, going out."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "") if url else ""
    if content_type:
        headers = (*headers, (b"Content-Type", content_type.encode("utf-8", "replace")))
    sender, receiver = (_OUTSIDE, _MAINLAND) if direction is Direction.IMPORT else (_MAINLAND, _OUTSIDE)
    kind = Kind.RESPONSE if status else Kind.REQUEST
    host = (parts.hostname or "").lower()
    return Message(
        kind, direction, method, parts.scheme, host, parts.port or 0, target.encode("utf-8", "surrogateescape"),
        headers, body, sender, receiver, status=status,
    )  # fmt: skip


def batch(lines: BinaryIO) -> Iterator[Item]:
    """The items of a batch, in order. A line that is no item comes as an item with an error, named by its number."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield Item(None, "", InputError(f"batch:{number}:{error.colno}: not a JSON object on one line"))
            continue
        if not isinstance(entry, dict):
            yield Item(None, "", InputError(f"batch:{number}:1: expected an object, found {type(entry).__name__}"))
            continue
        try:
            yield Item(entry.get("id"), "", (entry_message(entry),))
        except (InputError, ValueError) as error:
            reason = str(error) if isinstance(error, InputError) else "a value is not of the expected form"
            yield Item(entry.get("id"), "", InputError(f"batch:{number}:1: {reason}"))


def entry_message(entry: dict[str, Any]) -> Message:
    """The message an item of a batch describes. Raises InputError, or ValueError for a value no URL can hold."""
    text, coded = entry.get("text"), entry.get("body_base64")
    if (text is None) == (coded is None):
        raise InputError('expected either "text" or "body_base64"')
    if not isinstance(text if coded is None else coded, str):
        raise InputError('"text" and "body_base64" are strings')
    try:
        body = (
            base64.b64decode(coded, validate=True) if coded is not None else str(text).encode("utf-8", "surrogatepass")
        )
    except binascii.Error:
        raise InputError('"body_base64" is not base64', Cause.DECODE_ERROR) from None
    fields = {name: entry.get(name) or "" for name in ("content_type", "method", "url", "direction")}
    if any(not isinstance(value, str) for value in fields.values()):
        raise InputError(f"{', '.join(fields)} are strings")
    if fields["direction"] not in ("", *Direction):
        raise InputError(f'"direction" is one of {", ".join(Direction)}')
    return message(
        body,
        content_type=fields["content_type"],
        headers=_headers(entry.get("headers") or {}),
        method=fields["method"] or "POST",
        url=fields["url"],
        direction=Direction(fields["direction"] or "export"),
    )


def _headers(given: object) -> Headers:
    """Headers as an object, or as a list of pairs or of {name, value} (HAR)."""
    if isinstance(given, dict):
        pairs = [
            (name, item) for name, value in given.items() for item in (value if isinstance(value, list) else [value])
        ]
    elif isinstance(given, list):
        pairs = [(item.get("name"), item.get("value")) if isinstance(item, dict) else tuple(item)[:2] for item in given]
    else:
        raise InputError('"headers" is an object')
    return tuple((str(name).encode("utf-8", "replace"), str(value).encode("utf-8", "replace")) for name, value in pairs)


def files(paths: Sequence[Path], largest: int) -> Iterator[Item]:
    """Every file under the paths, in the order given and by name. Raises `InputError` for a path that is not there."""
    for path in paths:
        if str(path) == "-":
            yield Item(None, "-", _file("-", sys.stdin.buffer.read(largest + 1), ""))
        elif path.is_dir():
            for inner in sorted(item for item in path.rglob("*") if item.is_file() and not item.is_symlink()):
                yield _read(inner, largest)
        elif path.exists():
            yield _read(path, largest)
        else:
            raise InputError(f"{path}: no such file or folder")


def _read(path: Path, largest: int) -> Item:
    try:
        with path.open("rb") as stream:
            data = stream.read(largest + 1)
    except OSError as error:
        return Item(None, str(path), InputError(f"{path}: {error.strerror or 'cannot be read'}"))
    return Item(None, str(path), _file(str(path), data, mimetypes.guess_type(path.name)[0] or ""))


def _file(name: str, data: bytes, content_type: str) -> tuple[Message, ...] | InputError:
    if name.endswith(".har"):
        return _har(name, data)
    if name.endswith((".flow", ".flows", ".mitm")):
        return _flows(name, data)
    start = _START_LINE.match(data)
    if start is None:
        return (message(data, content_type=content_type),)
    try:
        return (_raw(data, start),)
    except ValueError:
        return InputError(f"{name}: the request line names no address that can be read")


def _raw(data: bytes, start: re.Match[bytes]) -> Message:
    """A raw HTTP message (RFC 9112); its body is taken as it stands to the end of the file."""
    end = _HEADERS_END.search(data)
    head, body = (data[start.end() : end.start()], data[end.end() :]) if end else (data[start.end() :], b"")
    pairs = [line.partition(b":") for line in head.splitlines() if b":" in line]
    headers = tuple((name.strip(), value.strip()) for name, _, value in pairs)
    if start.group(2):
        return message(body, headers=headers, status=int(start.group(2)))
    method = data.split(b" ", 1)[0].decode()
    target = start.group(1).decode("utf-8", "surrogateescape")
    host = next((value for name, value in headers if name.lower() == b"host"), b"").decode("ascii", "ignore")
    url = f"https://{host}{target}" if _HOST.fullmatch(host) and target.startswith("/") else target
    return message(body, headers=headers, method=method, url=url)


def _flows(name: str, data: bytes) -> tuple[Message, ...] | InputError:
    from proxy.edge.flowfile import messages  # noqa: PLC0415 - half a second that only flow files are worth

    try:
        return tuple(messages(data))
    except ValueError:
        return InputError(f"{name}: not a file of mitmproxy flows (expected what `mitmdump -w` writes)")


def _har(name: str, data: bytes) -> tuple[Message, ...] | InputError:
    """The requests and responses of an HTTP Archive 1.2."""
    try:
        return tuple(half for entry in orjson.loads(data)["log"]["entries"] for half in exchange(entry))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError):
        return InputError(f"{name}: not an HTTP Archive (expected log.entries[] with request and response)")


def exchange(entry: dict[str, Any]) -> Iterator[Message]:
    """Request and response of an entry of an HTTP Archive. Raises KeyError, TypeError, AttributeError, ValueError."""
    request, response = entry["request"], entry.get("response") or {}
    posted = request.get("postData") or {}
    yield message(
        str(posted.get("text") or "").encode(),
        headers=_uncoded(_headers(request.get("headers") or [])),
        method=str(request["method"]),
        url=str(request["url"]),
    )
    content = response.get("content") or {}
    text = str(content.get("text") or "")
    yield message(
        base64.b64decode(text) if content.get("encoding") == "base64" else text.encode(),
        headers=_uncoded(_headers(response.get("headers") or [])),
        method=str(request["method"]),
        url=str(request["url"]),
        status=int(response.get("status") or 200),
    )


def _uncoded(headers: Headers) -> Headers:
    """Without Content-Encoding: a HAR holds bodies after decoding."""
    return tuple((name, value) for name, value in headers if name.lower() != b"content-encoding")
