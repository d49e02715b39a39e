"""Messages made of outlines, with made-up values."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Sequence
from functools import lru_cache

import orjson

from detectors.scan import Scanner
from proxy.cli.authoring.samples import Sample, values
from proxy.core.message import Cause, Headers, Kind, Message, Party
from proxy.edge.zones import MAINLAND, OUTSIDE, direction
from proxy.policy.witness import Outline, Wanted

_CHILD = Sample("身份证号", "440106201605010030")
_SIDES = {"export": (MAINLAND, OUTSIDE), "import": (OUTSIDE, MAINLAND), "internal": (MAINLAND, MAINLAND)}


class Maker:
    """Makes messages whose values a scanner finds."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._known: dict[Wanted, list[Sample]] = {}

    def message(self, outline: Outline) -> Message | None:
        """A message of this outline; None where none can be made."""
        made = self._body(outline)
        if made is None:
            return None
        content_type, body, coding = made
        if len(body) < outline.size:
            body += b" " * (outline.size - len(body))
        headers: Headers = ((b"Host", outline.host.encode()),)
        if outline.content_type or content_type:
            headers += ((b"Content-Type", (outline.content_type or content_type).encode()),)
        headers += tuple((name.encode(), value.encode()) for name, value in outline.headers)
        headers += ((b"Content-Encoding", coding),) if coding else ()
        headers += ((b"Content-Length", b"%d" % len(body)),) if body else ()
        zones = [given or usual for given, usual in zip(outline.zones, _SIDES[outline.direction], strict=True)]
        way = direction(*zones) if any(outline.zones) else outline.direction
        serves = outline.kind is Kind.RESPONSE
        parties = [
            Party(zone, address, outline.host if serves is (side == 0) else "", 443 if serves is (side == 0) else 0)
            for side, (zone, address) in enumerate(zip(zones, outline.addresses, strict=True))
        ]
        return Message(
            outline.kind, way, outline.method, "https", outline.host, 443, outline.path.encode(), headers, body,
            parties[0], parties[1], protocol=outline.protocol, status=200 if serves else 0, client=outline.client,
            at=outline.at.timestamp() if outline.at is not None else 0.0,
        )  # fmt: skip

    def _body(self, outline: Outline) -> tuple[str, bytes, bytes] | None:
        if outline.cause is not None:
            return _unread(outline.cause)
        columns = [self._values(wanted) for wanted in outline.data]
        if any(len(column) < wanted.count for column, wanted in zip(columns, outline.data, strict=True)):
            return None
        if not columns:
            return "", b"" if outline.method in {"GET", "HEAD"} else b"hello", b""
        if len(columns) == 1 and len(columns[0]) == 1:
            return "text/plain; charset=utf-8", columns[0][0].line().encode(), b""
        return "application/json", _records(columns), b""

    def _values(self, wanted: Wanted) -> list[Sample]:
        if wanted.minor:
            return [_CHILD] if wanted.entity == "CN_RESIDENT_ID" and wanted.count == 1 else []
        if wanted not in self._known:
            self._known[wanted] = next(
                (
                    found
                    for named in (True, False)
                    if len(found := values(self._scanner, wanted.entity, wanted.count, wanted.band, named=named))
                    >= wanted.count
                ),
                [],
            )
        return self._known[wanted]


def _records(columns: Sequence[Sequence[Sample]]) -> bytes:
    """One record for each row of values, with what they are called as keys."""
    rows = max(map(len, columns))
    records = [
        {(column[row].name or f"x{at}"): column[row].value for at, column in enumerate(columns) if row < len(column)}
        for row in range(rows)
    ]
    return orjson.dumps(records)


@lru_cache(maxsize=16)
def _unread(cause: Cause) -> tuple[str, bytes, bytes] | None:
    """A body that is left unread for this cause; of most causes there is none that is small."""
    if cause is Cause.ENCRYPTED:
        return "application/zip", _locked(), b""
    if cause is Cause.UNSUPPORTED:
        return "application/octet-stream", bytes(range(256)) * 40, b""
    if cause is Cause.DECODE_ERROR:
        return "text/plain", b"this is not what it is said to be", b"gzip"
    return None


def _locked() -> bytes:
    """An archive that says of its one file that it is locked: bit 0 of its flags (APPNOTE 4.4.4)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.bin", random.Random(1).randbytes(200))  # noqa: S311 - what a locked file looks like
    data = bytearray(out.getvalue())
    data[6] |= 1
    data[14:18] = b"\0\0\0\0"
    central = data.index(b"PK\x01\x02")
    data[central + 8] |= 1
    data[central + 16 : central + 20] = b"\0\0\0\0"
    return bytes(data)


def on_the_wire(message: Message) -> bytes:
    """A message as raw HTTP."""
    first = (
        f"HTTP/1.1 {message.status} OK".encode()
        if message.kind is Kind.RESPONSE
        else b"%b %b HTTP/1.1" % (message.method.encode(), message.path)
    )
    lines = [first, *(b"%b: %b" % field for field in message.headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + message.body
