"""Bodies in windows, redacted by a stand-in for the engine."""

import json
import re

from proxy.core.limits import Limits
from proxy.core.message import Rewrite
from proxy.core.windows import choice
from proxy.core.windows.windower import spliced

SIZE = 1024
MARK = re.compile(r"P\d{3}\n?\d{5}")  # a value that a line end may stand in


def redact(body: bytes, codec: str) -> Rewrite:
    """As the engine would: every value of the body becomes stars, and the edits say where."""
    text = body.decode(codec, "replace")
    edits = []
    for found in MARK.finditer(text):
        start = len(text[: found.start()].encode(codec))
        edits.append((start, start + len(found[0].encode(codec)), "***".encode(codec)))
    return Rewrite(b"/", (), spliced(body, edits, 0, len(body)), (), tuple(edits))


def through(fields, data, chunks, codec="utf-8", size=SIZE, ratio=200):
    """All that is forwarded of a body that comes in chunks, and the windows of it."""
    way = choice.choose(fields, data[: max(size, len(data) // 2)], Limits(ratio=ratio), size)
    assert way is not None
    out, windows = [], []

    def drain():
        while (window := way.windower.next()) is not None:
            windows.append(window)
            out.append(way.packing.feed(way.windower.take(window, redact(window.body, codec))))

    at = 0
    for chunk in [*chunks, len(data)]:
        for piece in way.unpacking.feed(data[at : at + chunk]):
            way.windower.feed(piece)
            drain()
        at += chunk
    way.unpacking.finish()
    way.windower.finish()
    drain()
    out.append(way.packing.finish())
    assert way.windower.held == 0
    return b"".join(out), windows


def typed(kind):
    return ((b"Content-Type", kind),)


def people(count):
    return [
        {"id": n, "name": "陳大文", "no": f"P{n:03}{n:05}", "note": 'a "quoted", [odd] {one} \\ 香港'}
        for n in range(count)
    ]


def table(count):
    lines = [f'{p["id"]},{p["name"]},{p["no"]},"said ""hi"", and\nleft"' for p in people(count)]
    return "id,name,no,note\r\n" + "".join(line + "\r\n" for line in lines)


def statements(count):
    rows = ",".join(f"({p['id']},'{p['name']}','{p['no']}','it''s; (a) \\' b')" for p in people(count))
    return f"CREATE TABLE p (id int, name text, no text, note text);\nINSERT INTO p VALUES {rows};\nSELECT 1;\n"


def form(count):
    part = 'Content-Disposition: form-data; name="{}"\r\n\r\n'
    csv = table(count)
    file = 'Content-Disposition: form-data; name="f"; filename="p.csv"\r\nContent-Type: text/csv\r\n\r\n'
    return "--b0undary\r\n" + "\r\n--b0undary\r\n".join(
        [part.format("a") + "P00100001", file + csv, part.format("z") + "P00200002 bye"]
    ) + "\r\n--b0undary--\r\n"  # fmt: skip


BODIES = {
    "csv": (b"text/csv", table(150), "utf-8"),
    "csv utf-16": (b"text/csv", table(90), "utf-16"),
    "csv gb18030": (b"text/csv; charset=gb18030", table(150), "gb18030"),
    "csv big5": (b"text/csv; charset=big5", table(150), "big5hkscs"),
    "json": (b"application/json", json.dumps({"data": {"people": people(120), "n": 1}}, ensure_ascii=False), "utf-8"),
    "ndjson": (b"application/x-ndjson", "".join(json.dumps(p) + "\n" for p in people(120)), "utf-8"),
    "sql": (b"application/sql", statements(120), "utf-8"),
    "xml": (b"text/xml", "<all>" + "".join(f"<p><no>{p['no']}</no></p>\n" for p in people(200)) + "</all>", "utf-8"),
    "text": (b"text/plain", "".join(f"Dear {p['name']}, yours is {p['no']}.\n" for p in people(200)), "utf-8"),
    "multipart": (b"multipart/form-data; boundary=b0undary", form(150), "utf-8"),
}  # fmt: skip
