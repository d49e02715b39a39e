"""Where a hidden text stands in a request, and how it is taken out again; the text itself is told nothing about."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qs, quote, urlencode
from xml.etree import ElementTree as ET

from proxy.cli.evasions.model import Request

BOUNDARY = "----7d81b2c4"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Carrier(NamedTuple):
    """`write(key, text)` makes a request, `read` gives the text back. `fits` says which texts it carries unharmed.
    `document` marks those whose body is a text in itself, to be coded or packed further; `says` those where the key is
    what the text is called, and not just something that stands before it."""

    name: str
    write: Callable[[str, str], Request]
    read: Callable[[Request], str]
    fits: Callable[[str], bool] = lambda _: True
    document: bool = False
    says: bool = True


def _json(_: str, text: str) -> bytes:
    return json.dumps({"id": 7, _: text, "ok": True}, ensure_ascii=False).encode()


def _nested(key: str, text: str) -> Request:
    items = [{"no": 1, key: text}]
    return Request(json.dumps({"batch": {"items": items}}).encode(), "application/json")


def _in_nested(request: Request) -> str:
    return str(list(json.loads(request.body)["batch"]["items"][0].values())[-1])


def _csv(key: str, text: str) -> Request:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([("no", key, "city"), ("1", text, "Foshan")])
    return Request(out.getvalue().encode(), "text/csv")


def _xml(key: str, text: str) -> Request:
    return Request(f"<r><no>1</no><{key}>{html.escape(text)}</{key}></r>".encode(), "application/xml")


def _in_xml(request: Request) -> str:
    return ET.fromstring(request.text)[1].text or ""  # noqa: S314 - what was written above


def _page(key: str, text: str) -> Request:
    return Request(f"<html><body><p>{key}: <b>{html.escape(text)}</b></p></body></html>".encode(), "text/html")


def _in_page(request: Request) -> str:
    return html.unescape(request.text.partition("<b>")[2].rpartition("</b>")[0])


def _multipart(key: str, text: str) -> Request:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n'
    return Request(f"{head}{text}\r\n--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}")


def _in_multipart(request: Request) -> str:
    return request.text.partition("\r\n\r\n")[2].removesuffix(f"\r\n--{BOUNDARY}--\r\n")


def _titled(key: str) -> bytes:
    return b"X-" + "-".join(map(str.title, key.split("_"))).encode()


def token(text: str) -> bool:
    """Printable ASCII on one line that a header field keeps as it is."""
    return text.isascii() and text.isprintable() and text == text.strip() and len(text) < 3000


def readable(text: str) -> bool:
    """Without control characters that XML and HTML do not keep."""
    return not _CONTROL.search(text) and "\r" not in text


JSON = Carrier(
    "JSON",
    lambda key, text: Request(_json(key, text), "application/json"),
    lambda request: str(list(json.loads(request.body).values())[1]),
    document=True,
)
NESTED = Carrier("nested JSON", _nested, _in_nested, document=True)
FORM = Carrier(
    "form",
    lambda key, text: Request(urlencode({"a": "1", key: text}).encode(), "application/x-www-form-urlencoded"),
    lambda request: list(parse_qs(request.text).values())[1][0],
)
TEXT = Carrier(
    "text",
    lambda key, text: Request(f"Dear all,\nplease see below.\n{key}: {text}\n".encode(), "text/plain; charset=utf-8"),
    lambda request: request.text.partition("below.\n")[2].partition(": ")[2].removesuffix("\n"),
    document=True,
)
CSV = Carrier(
    "CSV",
    _csv,
    lambda request: list(csv.reader(io.StringIO(request.text, newline="")))[1][1],
    document=True,
)
XML = Carrier("XML", _xml, _in_xml, readable, document=True)
HTML = Carrier("HTML", _page, _in_page, readable, document=True)
MULTIPART = Carrier("multipart field", _multipart, _in_multipart)
QUERY = Carrier(
    "query",
    lambda key, text: Request(path=f"/t?{urlencode({'a': '1', key: text})}".encode(), method="GET"),
    lambda request: list(parse_qs(request.path.decode().partition("?")[2]).values())[1][0],
    lambda text: len(text) < 3000,
)
HEADER = Carrier(
    "header",
    lambda key, text: Request(headers=((_titled(key), text.encode()),), method="GET"),
    lambda request: request.headers[0][1].decode(),
    token,
)
COOKIE = Carrier(
    "cookie",
    lambda key, text: Request(headers=((b"Cookie", f"sid=1; {key}={text}".encode()),), method="GET"),
    lambda request: request.header(b"cookie").partition("; ")[2].partition("=")[2],
    lambda text: token(text) and not set(text) & set('"(),;\\ '),
)
SEGMENT = Carrier(
    "path segment",
    lambda key, text: Request(path=f"/v1/{key}/{quote(text, safe='')}/x".encode(), method="GET"),
    lambda request: parse_qs("v=" + request.path.decode().split("/")[3])["v"][0],
    lambda text: token(text) and "+" not in text,
    says=False,
)

CARRIERS = (JSON, FORM, TEXT, CSV, XML, QUERY, HEADER, MULTIPART, NESTED, HTML, COOKIE, SEGMENT)
DOCUMENTS = tuple(carrier for carrier in CARRIERS if carrier.document)
WRITTEN = (JSON, TEXT, CSV, XML, FORM, QUERY, MULTIPART, NESTED, HTML)
"""Those that carry any text as it is written."""
