"""A number in pieces over the fields, parts and places of one message."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode
from xml.etree import ElementTree as ET

from proxy.cli.evasions.carriers import BOUNDARY
from proxy.cli.evasions.model import Family, Place, Request, Secret, Technique, Way, placed

SPLIT = Family.SPLITTING
_JSON, _FORM, _XML = "application/json", "application/x-www-form-urlencoded", "application/xml"


def pieces(text: str, count: int) -> list[str]:
    """So many pieces of nearly the same length."""
    size = -(-len(text) // count)
    return [text[at : at + size] for at in range(0, len(text), size)]


def json_body(build: Callable[[Secret], object], read: Callable[[Any], str]) -> Way:
    """A body that is JSON."""
    return (
        lambda secret: Request(json.dumps(build(secret), ensure_ascii=False).encode(), _JSON),
        lambda request: read(json.loads(request.body)),
    )


def proves(secret: Secret) -> bool:
    """Whether a number is known without a name: under `p1` and `p2` no reader knows any other, in one piece or two."""
    return secret.proves


def anything(secret: Secret) -> bool:  # noqa: ARG001 - a predicate
    """Every number: the fields of its pieces say what it is."""
    return True


def _fields(count: int, name: str = "{key}_{at}") -> Place:
    def build(secret: Secret) -> object:
        named = {name.format(key=secret.key, at=at + 1): piece for at, piece in enumerate(pieces(secret.value, count))}
        return {"no": 5, **named, "done": True}

    return Place(
        f"{count} fields {name.format(key='key', at=1)}",
        *json_body(build, lambda got: "".join(list(got.values())[1:-1])),
        fits=anything if "{key}" in name else proves,
    )


def _array(count: int) -> Place:
    return Place(
        f"array of {count}",
        *json_body(
            lambda secret: {secret.key: pieces(secret.value, count)}, lambda got: "".join(next(iter(got.values())))
        ),
    )


def _form(count: int, name: str) -> Place:
    def send(secret: Secret) -> Request:
        pairs = [
            (name.format(at=at + 1, key=secret.key), piece) for at, piece in enumerate(pieces(secret.value, count))
        ]
        return Request(urlencode(pairs).encode(), _FORM)

    return Place(
        f"{count} parameters {name}",
        send,
        lambda request: "".join(each for values in parse_qs(request.text).values() for each in values),
        anything if "{key}" in name else proves,
    )


def _csv(write: Callable[[str], list[list[str]]], read: Callable[[list[list[str]]], str]) -> Way:
    def send(secret: Secret) -> Request:
        out = io.StringIO(newline="")
        csv.writer(out).writerows([["no", f"{secret.key}_a", f"{secret.key}_b", "city"], *write(secret.value)])
        return Request(out.getvalue().encode(), "text/csv")

    return send, lambda request: read(list(csv.reader(io.StringIO(request.text, newline=""))))


def _column_rows(value: str) -> list[list[str]]:
    other = value[-6:] + value[:-6]
    return [["1", *pieces(value, 2), "Macau"], ["2", *pieces(other, 2), "Zhuhai"]]


def _halves_apart(value: str) -> list[list[str]]:
    """First the first halves of all rows, then the second ones."""
    first, second = pieces(value, 2)
    return [
        ["1", first, "", "Macau"],
        ["2", second[::-1], "", "Zhuhai"],
        ["1", "", second, ""],
        ["2", "", first[::-1], ""],
    ]


def _xml_children(secret: Secret) -> Request:
    inner = "".join(f"<p{at}>{piece}</p{at}>" for at, piece in enumerate(pieces(secret.value, 3)))
    return Request(f"<r><{secret.key}>{inner}</{secret.key}></r>".encode(), _XML)


def _xml_attributes(secret: Secret) -> Request:
    inner = " ".join(f'p{at}="{piece}"' for at, piece in enumerate(pieces(secret.value, 3)))
    return Request(f"<r><{secret.key} {inner}/></r>".encode(), _XML)


def _tree(request: Request) -> ET.Element:
    return ET.fromstring(request.text)[0]  # noqa: S314 - what was written above


def _multipart(secret: Secret) -> Request:
    head = '--{}\r\nContent-Disposition: form-data; name="{}{}"\r\n\r\n{}\r\n'
    parts = [head.format(BOUNDARY, secret.key, at, piece) for at, piece in enumerate(pieces(secret.value, 3))]
    return Request(f"{''.join(parts)}--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}")


def _in_parts(request: Request) -> str:
    return "".join(re.findall(r"\r\n\r\n([^\r]*)\r\n--", request.text))


def _head_and_body(secret: Secret) -> Request:
    first, second = pieces(secret.value, 2)
    return Request(json.dumps({f"{secret.key}_tail": second}).encode(), _JSON, ((b"X-Head", first.encode()),))


def _query_and_body(secret: Secret) -> Request:
    first, second = pieces(secret.value, 2)
    return Request(f"{secret.key}={second}".encode(), _FORM, path=f"/t?{secret.key}={first}".encode())


def _headers(secret: Secret) -> Request:
    return Request(headers=tuple((b"X-P%d" % at, piece.encode()) for at, piece in enumerate(pieces(secret.value, 3))))


def _segments(secret: Secret) -> Request:
    return Request(path=f"/v1/{secret.key}/{'/'.join(pieces(secret.value, 3))}".encode(), method="GET")


def _cookies(secret: Secret) -> Request:
    crumbs = "; ".join(f"{secret.key}{at}={piece}" for at, piece in enumerate(pieces(secret.value, 2)))
    return Request(headers=((b"Cookie", crumbs.encode()),), method="GET")


def _ndjson(secret: Secret) -> Request:
    lines = [json.dumps({"seq": at, secret.key: piece}) for at, piece in enumerate(pieces(secret.value, 3))]
    return Request("\n".join(lines).encode() + b"\n", "application/x-ndjson")


TECHNIQUES: tuple[Technique, ...] = (
    placed(
        "over JSON fields",
        SPLIT,
        "joins the fields in order",
        [_fields(2), _fields(3, "{key}{at}"), _fields(2, "p{at}")],
    ),
    placed("over the elements of an array", SPLIT, "joins the array", [_array(2), _array(4)]),
    placed(
        "over form parameters",
        SPLIT,
        "joins the parameters",
        [_form(2, "{key}{at}"), _form(3, "part{at}"), _form(3, "{key}")],
    ),
    placed(
        "over CSV columns",
        SPLIT,
        "joins the columns",
        [Place("two columns", *_csv(_column_rows, lambda got: got[1][1] + got[1][2]))],
    ),
    placed(
        "first halves, then second halves",
        SPLIT,
        "joins rows of the same number",
        [Place("CSV", *_csv(_halves_apart, lambda got: got[1][1] + got[3][2]))],
    ),
    placed(
        "over XML elements",
        SPLIT,
        "joins the text of the children",
        [Place("children", _xml_children, lambda request: "".join(_tree(request).itertext()))],
    ),
    placed(
        "over XML attributes",
        SPLIT,
        "joins the attributes",
        [Place("attributes", _xml_attributes, lambda request: "".join(_tree(request).attrib.values()))],
    ),
    placed("over multipart parts", SPLIT, "joins the parts", [Place("three parts", _multipart, _in_parts)]),
    placed(
        "over header and body",
        SPLIT,
        "joins the two",
        [Place("head, tail", _head_and_body, lambda r: r.header(b"x-head") + next(iter(json.loads(r.body).values())))],
    ),
    placed(
        "over query and body",
        SPLIT,
        "joins the two",
        [Place("query first", _query_and_body, lambda r: r.path.decode().partition("=")[2] + r.text.partition("=")[2])],
    ),
    placed(
        "over header fields",
        SPLIT,
        "joins the fields",
        [Place("three", _headers, lambda r: "".join(value.decode() for _, value in r.headers), proves)],
    ),
    placed(
        "over path segments",
        SPLIT,
        "joins the segments",
        [Place("three", _segments, lambda request: "".join(request.path.decode().split("/")[3:]))],
    ),
    placed(
        "over cookies",
        SPLIT,
        "joins the cookies",
        [Place("two", _cookies, lambda r: "".join(c.partition("=")[2] for c in r.header(b"cookie").split("; ")))],
    ),
    placed(
        "over NDJSON lines",
        SPLIT,
        "joins the lines' values",
        [
            Place(
                "three", _ndjson, lambda r: "".join(list(json.loads(line).values())[1] for line in r.text.splitlines())
            )
        ],
    ),
)
