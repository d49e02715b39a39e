"""Corners of a request where nobody expects a value."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import quote, unquote

from proxy.cli.evasions.bases import b64, un64
from proxy.cli.evasions.carriers import BOUNDARY
from proxy.cli.evasions.model import Family, Place, Request, Secret, Technique, Way, placed
from proxy.cli.evasions.ways import digits, proving

PLC = Family.PLACES
_MULTI = f"multipart/form-data; boundary={BOUNDARY}"


def part(head: str, body: str = "x", read: Callable[[str], str] = lambda text: text) -> Way:
    """One part of a multipart body; `head` and `body` have `{v}`."""

    def send(secret: Secret) -> Request:
        fill = {"v": secret.value, "key": secret.key, "b64": b64(secret.value), "pct": quote(secret.value, safe="")}
        text = f"--{BOUNDARY}\r\n{head.format(**fill)}\r\n\r\n{body.format(**fill)}\r\n--{BOUNDARY}--\r\n"
        return Request(text.encode(), _MULTI)

    return send, lambda request: read(request.text)


def _between(first: str, last: str, then: Callable[[str], str] = lambda text: text) -> Callable[[str], str]:
    return lambda text: then(text.partition(first)[2].partition(last)[0])


def _json_key(secret: Secret) -> Request:
    return Request(json.dumps({secret.key: {secret.value: True}}).encode(), "application/json")


def _form_name(secret: Secret) -> Request:
    return Request(f"{quote(secret.value, safe='')}=1&kind={secret.key}".encode(), "application/x-www-form-urlencoded")


def _csv_heading(secret: Secret) -> Request:
    return Request(f"no,{secret.key} {secret.value},x\r\n1,2,3\r\n".encode(), "text/csv")


def _xml_name(secret: Secret) -> Request:
    name = f"{secret.key}_{secret.value}".replace("(", ".").replace(")", "")
    return Request(f"<r><{name}/></r>".encode(), "text/xml")


def _xml_name_read(request: Request) -> str:
    name = request.text[4:-6].rpartition("_")[2]
    return re.sub(r"\.(.)$", r"(\1)", name)


_PDF = 'Content-Disposition: form-data; name="f"; filename={}\r\nContent-Type: application/octet-stream'
_FIELD = 'Content-Disposition: form-data; name="f"'

TECHNIQUES: tuple[Technique, ...] = (
    placed(
        "file name of a part",
        PLC,
        "reads the file name",
        [
            Place("filename", *part(_PDF.format('"{key}_{v}.pdf"'))),
            Place("filename*", *part(_PDF.format("\"x\"; filename*=UTF-8''{key}%20{pct}.pdf"), read=unquote)),
            Place("encoded word", *part(_PDF.format('"=?utf-8?B?{b64}?="'), read=_between("B?", "?=", un64))),
        ],
        proving,
    ),
    placed(
        "name of a part",
        PLC,
        "reads the names",
        [Place("name", *part('Content-Disposition: form-data; name="{key} {v}"'))],
    ),
    placed(
        "header of a part",
        PLC,
        "reads the part's header",
        [
            Place("Content-Description", *part(_FIELD + "\r\nContent-Description: {key} {v}")),
            Place("Content-ID", *part(_FIELD + "\r\nContent-ID: <{key}={v}@x>")),
            Place("parameter", *part(_FIELD + '; {key}="{v}"')),
        ],
    ),
    placed(
        "before and behind the parts",
        PLC,
        "reads what other readers skip",
        [
            Place(
                "preamble",
                lambda s: Request(
                    f"{s.key}: {s.value}\r\n--{BOUNDARY}\r\n{_FIELD}\r\n\r\nx\r\n--{BOUNDARY}--\r\n".encode(), _MULTI
                ),
                lambda r: r.text,
            ),
            Place(
                "epilogue",
                lambda s: Request(
                    f"--{BOUNDARY}\r\n{_FIELD}\r\n\r\nx\r\n--{BOUNDARY}--\r\n{s.key}: {s.value}\r\n".encode(), _MULTI
                ),
                lambda r: r.text,
            ),
        ],
    ),
    placed(
        "transfer encoding of a part",
        PLC,
        "decodes the part",
        [
            Place(
                "base64",
                *part(
                    _FIELD + "\r\nContent-Transfer-Encoding: base64",
                    "{b64}",
                    _between("base64\r\n\r\n", "\r\n--", un64),
                ),
            ),
            Place(
                "called 8bit",
                *part(
                    _FIELD + "\r\nContent-Transfer-Encoding: 8bit", "{b64}", _between("8bit\r\n\r\n", "\r\n--", un64)
                ),
            ),
        ],
        proving,
    ),
    placed(
        "parameter of Content-Type",
        PLC,
        "reads the parameter",
        [
            Place(
                "parameter",
                lambda s: Request(b"{}", f'application/json; {s.key}="{s.value}"'),
                lambda r: r.content_type,
            ),
            Place(
                "boundary",
                lambda s: Request(
                    f"--{re.sub('[()]', '', s.value)}--\r\n".encode(),
                    f"multipart/mixed; boundary={re.sub('[()]', '', s.value)}",
                ),
                lambda r: r.content_type,
            ),
        ],
        lambda secret: digits(secret) and secret.proves,
    ),
    placed(
        "key of a JSON object",
        PLC,
        "reads the keys",
        [Place("key", _json_key, lambda r: next(iter(next(iter(json.loads(r.body).values())))))],
    ),
    placed(
        "name of a form field",
        PLC,
        "reads the names",
        [Place("name", _form_name, lambda r: unquote(r.text.partition("=")[0]))],
        proving,
    ),
    placed("heading of a column", PLC, "reads the heading", [Place("CSV", _csv_heading, lambda r: r.text)]),
    placed("name of an element", PLC, "reads the names", [Place("XML", _xml_name, _xml_name_read)], proving),
)
