"""Long uploads through the gate: how fast, in how much memory, and whether all of it arrives masked.

UPLOAD_MB says how long the first is (1024 by default); the other kinds are a sixteenth of it.
"""

from __future__ import annotations

import http.client
import http.server
import json
import os
import re
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy import local
from tests.bench import sides

TARGET = 150_000_000
"""Bytes by which the whole gate may grow."""
_POLICY = """
apiVersion: egress/v1
kind: Policy
metadata: {name: uploads, revision: 1, owner: bench@example.com}
defaults: {action: log}
rules:
  - id: HK-1
    title: {en: Identity cards of Hong Kong leave masked}
    severity: high
    basis: [PIPL-38]
    when: {data: {entities: [HK_ID]}}
    then: {redact: {with: mask}}
"""
_HK_ID = re.compile(rb"[A-Z]\d{6}\([\dA]\)")
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Row:
    """One upload: bytes on the wire, people in it, people that arrived masked, seconds, and bytes of growth."""

    name: str
    size: int
    people: int
    masked: int
    seconds: float
    growth: int


class _Sink(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None: ...

    def do_PUT(self) -> None:
        inflate = zlib.decompressobj(31) if self.headers["content-encoding"] == "gzip" else None
        masked, rest = 0, b""
        while (size := int(self.rfile.readline(), 16)) > 0:
            data = self.rfile.read(size)
            self.rfile.readline()
            *lines, rest = (rest + (inflate.decompress(data) if inflate else data)).split(b"\n")
            masked += sum(b"***" in line and not _HK_ID.search(line) for line in lines)
        self.rfile.readline()
        answer = b"%d" % masked
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def _person(number: int) -> str:
    digits = f"{(number * 7919 + 123_457) % 1_000_000:06}"
    rest = -(9 * 36 + 8 * 10 + sum(w * int(d) for w, d in zip(range(7, 1, -1), digits, strict=True))) % 11
    return f"A{digits}({'A' if rest == 10 else rest})"


_REMARK = "a blue parcel that waits on the counter until somebody comes and signs for it " * 12


def _table(size: int) -> Iterator[tuple[bytes, int]]:
    """Rows of about a kilobyte, a hundred at a time, and how many people they tell of."""
    yield "no,身份證號碼,remark\n".encode(), 0
    sent = number = 0
    while sent < size:
        rows = "".join(f"{n},{_person(n)},{_REMARK}\n" for n in range(number, number + 100)).encode()
        yield rows, 100
        sent, number = sent + len(rows), number + 100


def _lines(size: int) -> Iterator[tuple[bytes, int]]:
    """The same as NDJSON."""
    for rows, people in _table(size):
        if people:
            cells = (row.split(",") for row in rows.decode().splitlines())
            yield "".join(json.dumps({"id": a, "hkid": b, "remark": c}) + "\n" for a, b, c in cells).encode(), people


def _zipped(size: int) -> Iterator[tuple[bytes, int]]:
    deflate = zlib.compressobj(1, zlib.DEFLATED, 31)
    for rows, people in _table(size):
        yield deflate.compress(rows), people
    yield deflate.flush(), 0


def _form(size: int) -> Iterator[tuple[bytes, int]]:
    head = 'Content-Disposition: form-data; name="f"; filename="p.csv"\r\nContent-Type: text/csv\r\n\r\n'
    yield f"--b0undary\r\n{head}".encode(), 0
    yield from _table(size)
    yield b"\r\n--b0undary--\r\n", 0


_KINDS: tuple[tuple[str, dict[str, str], Callable[[int], Iterator[tuple[bytes, int]]]], ...] = (
    ("CSV", {"Content-Type": "text/csv"}, _table),
    ("CSV, gzip", {"Content-Type": "text/csv", "Content-Encoding": "gzip"}, _zipped),
    ("NDJSON", {"Content-Type": "application/x-ndjson"}, _lines),
    ("file in a form", {"Content-Type": "multipart/form-data; boundary=b0undary"}, _form),
)


def measure(report: Callable[[str], None]) -> list[Row]:
    """Upload one after the other. Raises NotStartedError."""
    size = int(os.environ.get("UPLOAD_MB", "1024")) << 20
    server = http.server.ThreadingHTTPServer((local.HOST, 0), _Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        policy = folder / "uploads.yaml"
        policy.write_text(_POLICY)
        authority = local.make_authority(folder)
        with local.gate(folder / "gate", authority, "--policy", str(policy)) as gate:
            side = sides.Side("gate", gate.port, gate.roots, psutil.Process(gate.process.pid))
            _upload(side, server.server_port, _KINDS[0], 8 << 20)  # its inspectors have started
            rows = []
            for number, kind in enumerate(_KINDS):
                report(f"an upload of {kind[0]}")
                rows.append(_upload(side, server.server_port, kind, size if number == 0 else size // 16))
    server.shutdown()
    return rows


def _upload(side: sides.Side, port: int, kind: tuple, size: int) -> Row:  # type: ignore[type-arg]
    name, headers, make = kind
    idle = peak = _memory(side.process)
    people = sent = 0
    looked = started = time.perf_counter()
    client = http.client.HTTPConnection(local.HOST, side.port, timeout=600)

    def body() -> Iterator[bytes]:
        nonlocal people, sent, peak, looked
        for data, told in make(size):
            people, sent = people + told, sent + len(data)
            if time.perf_counter() - looked > _LOOK_SECONDS:
                peak, looked = max(peak, _memory(side.process)), time.perf_counter()
            if data:
                yield data

    client.request("PUT", f"http://{local.HOST}:{port}/", body(), headers, encode_chunked=True)
    answer = client.getresponse().read()
    seconds = time.perf_counter() - started
    client.close()
    return Row(
        name, sent, people, int(answer) if answer.isdigit() else 0, seconds, max(peak, _memory(side.process)) - idle
    )


def _memory(process: psutil.Process) -> int:
    """Bytes of the gate, what its processes share counted once."""
    total = 0
    for each in [process, *process.children(recursive=True)]:
        try:
            total += each.memory_full_info().pss
        except psutil.NoSuchProcess:  # a child of an inspector, that is done
            continue
    return total
