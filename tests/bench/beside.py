"""Ordinary requests beside documents: what a 1 KB request waits while another client uploads reports and scans.

The requests come at a steady pace over one kept connection, from a process of their own; the documents one after the
other, as fast as they are taken.
"""

from __future__ import annotations

import base64
import http.client
import io
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw

from deploy import local
from tests.bench import bodies, sides
from tests.bench.load import Connection, Job
from tests.bench.proxied import Measured

PACE_SECONDS = 0.01
TARGET = 2.0
"""p99 beside documents, by p99 without them."""
_WARMUP = 100


@dataclass(frozen=True, slots=True)
class Document:
    name: str
    content_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Row:
    """Latencies without and with a kind of document beside, and how long each of those took, in seconds."""

    document: str
    idle: Measured
    beside: Measured
    uploads: tuple[float, ...]
    statuses: tuple[int, ...]

    @property
    def ratio(self) -> float:
        return self.beside.quantile(0.99) / self.idle.quantile(0.99)


def report(pages: int) -> bytes:
    """A PDF of so many pages of text, 4.7 KB each, as it is: 1,150 pages are 5 MB."""
    dice = random.Random(1)
    words = ("quarterly account of shipments from the southern region with order numbers and totals " * 2).split()
    objects = {1: b"<</Type/Catalog/Pages 2 0 R>>", 3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"}
    for page in range(pages):
        lines = (f"({' '.join(dice.choices(words, k=11))}) '".encode() for _ in range(55))
        text = b"BT /F1 9 Tf 12 TL 50 780 Td %b ET" % b"\n".join(lines)
        objects[4 + 2 * page] = (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F1 3 0 R>>>>>>"
            % (5 + 2 * page)
        )
        objects[5 + 2 * page] = b"<</Length %d>>stream\n%b\nendstream" % (len(text), text)
    kids = b" ".join(b"%d 0 R" % (4 + 2 * page) for page in range(pages))
    objects[2] = b"<</Type/Pages/Count %d/Kids[%b]>>" % (pages, kids)
    out, table = bytearray(b"%PDF-1.7\n"), bytearray(b"0000000000 65535 f \n")
    for number, value in sorted(objects.items()):
        table += b"%010d 00000 n \n" % len(out)
        out += b"%d 0 obj%b\nendobj\n" % (number, value)
    size = len(objects) + 1
    return b"%bxref\n0 %d\n%btrailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        out,
        size,
        table,
        size,
        len(out),
    )


def scan() -> bytes:
    """A picture of a page with a number on it, with the noise of a scanner."""
    dice = random.Random(2)
    image = Image.new("L", (1240, 874), 245)
    draw = ImageDraw.Draw(image)
    for line in range(12):
        draw.text((90, 60 + 60 * line), f"Resident {line}: {bodies.RESIDENT_ID}", fill=20, font_size=34)
    for _ in range(4000):
        draw.point((dice.randrange(1240), dice.randrange(874)), fill=120)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def documents() -> list[Document]:
    return [
        Document("5 MB of PDF, 1,150 pages", "application/pdf", report(1150)),
        Document("scanned page, read by OCR", "image/png", scan()),
    ]


def measure(*, quick: bool, report: Callable[[str], None]) -> list[Row]:
    """Rounds without and with documents in turn; raises `local.NotStartedError` where something is not there."""
    requests, rounds = (300, 1) if quick else (1000, 3)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        authority = local.make_authority(folder)
        with sides.origin(folder, authority) as ports, sides.gate(folder, authority) as gate:
            return [_row(each, gate.port, ports["http"], requests, rounds, report) for each in documents()]


def _row(document: Document, gate: int, origin: int, requests: int, rounds: int, report: Callable[[str], None]) -> Row:
    report(f"1 KB requests beside: {document.name}")
    idle: list[float] = []
    beside: list[float] = []
    uploads: list[tuple[int, float]] = [_upload(document, gate, origin)]  # the first loads what reads it
    uploads.clear()
    for _ in range(rounds):
        idle += _paced(gate, origin, requests)
        over = threading.Event()
        uploading = threading.Thread(target=_uploads, args=(document, gate, origin, over, uploads))
        uploading.start()
        beside += _paced(gate, origin, requests)
        over.set()
        uploading.join()
    took, statuses = tuple(seconds for _, seconds in uploads), tuple(sorted({status for status, _ in uploads}))
    return Row(document.name, Measured((), tuple(idle)), Measured((), tuple(beside)), took, statuses)


def _uploads(
    document: Document, gate: int, origin: int, over: threading.Event, uploads: list[tuple[int, float]]
) -> None:
    while not over.is_set():
        uploads.append(_upload(document, gate, origin))


def _upload(document: Document, gate: int, origin: int) -> tuple[int, float]:
    """Status and seconds."""
    started = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", gate, timeout=60)
    connection.request(
        "POST", f"http://127.0.0.1:{origin}/files", document.data, {"Content-Type": document.content_type}
    )
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, time.perf_counter() - started


def _paced(gate: int, origin: int, requests: int) -> list[float]:
    command = [sys.executable, "-m", "tests.bench.beside", str(gate), str(origin), str(requests)]
    done = subprocess.run(command, cwd=local.ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise local.NotStartedError(f"the client stopped:\n{done.stderr[-2000:]}")
    latencies: list[float] = json.loads(done.stdout)
    return latencies


def main(arguments: Sequence[str]) -> None:
    """The client: gate's port, origin's port, number of requests; prints the latencies."""
    gate, origin, requests = map(int, arguments)
    body = base64.b64encode(bodies.ordinary_json(bodies.KB)).decode()
    connection = Connection(Job(gate, "http", origin, "", body, requests, _WARMUP, 1))
    latencies = []
    for number in range(_WARMUP + requests):
        started = time.perf_counter()
        connection.post()
        took = time.perf_counter() - started
        if number >= _WARMUP:
            latencies.append(took)
        time.sleep(max(0.0, PACE_SECONDS - took))
    connection.close()
    sys.stdout.write(json.dumps(latencies))


if __name__ == "__main__":
    main(sys.argv[1:])
