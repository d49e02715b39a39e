"""Bodies to leaves: which format a body is in, and where its text lies.

What a body says it is (Content-Type) is a hint; what it looks like decides, for the sender chooses the label. A body
that no format here reads is scanned all the same, as bytes, and reported as uninspected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from proxy.core import charsets
from proxy.core.errors import Unscannable
from proxy.core.formats import multipart, table
from proxy.core.formats.base import Leaf, Node, Syntax, readable
from proxy.core.formats.form import Form
from proxy.core.formats.json_text import Json
from proxy.core.formats.markup import Markup
from proxy.core.formats.ndjson import Ndjson
from proxy.core.formats.plain import Fields, Plain, Sql
from proxy.core.formats.sql_signs import is_sql
from proxy.core.limits import Limits
from proxy.core.message import Cause, Uninspected

JSON, NDJSON, FORM, MARKUP, FIELDS, SQL = Json(), Ndjson(), Form(), Markup(), Fields(), Sql()

_CHARSET = re.compile(rb";\s*charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_JSON_START = re.compile(rb'\A[\s\xef\xbb\xbf]*(?:\{\s*(?:"|\})|\[\s*(?:["\[{\]\d-]|true|false|null)|"[^"\n]*"\s*\Z)')
_MARKUP_START = re.compile(
    rb"\A[\s\xef\xbb\xbf]*<(?:\?xml|!DOCTYPE|!--|[A-Za-z_\x80-\xff][\w:.\x80-\xff-]*[\s/>])", re.IGNORECASE
)
_FORM_SHAPE = re.compile(rb"\A[^\s=&<>{}\"']{1,200}=[^\s&]*(?:&[^\s=&]{1,200}=[^\s&]*)*&?\s*\Z")
_SNIFFED = 4096


def media_type(content_type: bytes) -> bytes:
    """The type without its parameters, lower-case."""
    return content_type.partition(b";")[0].strip().lower()


def leaves(
    part: str, node: Node, content_type: bytes, limits: Limits, name: bytes = b"", depth: int = 0
) -> Iterator[Leaf | Uninspected]:
    """Everything a body holds, down to its text. `name` is what the container calls it.

    Never raises: what cannot be opened comes as `Uninspected`, with the bytes it hides.
    """
    if not node.data:
        return
    declared = media_type(content_type)
    if declared.startswith(b"multipart/") or node.data.lstrip(b"\r\n")[:2] == b"--":
        try:
            mark = multipart.boundary(content_type, node.data)
            if mark is not None:
                yield from _multipart(part, node, mark, limits, depth)
                return
            if declared.startswith(b"multipart/"):
                raise Unscannable(Cause.DECODE_ERROR)  # parts there may be, where they begin nobody says
        except Unscannable as no:
            yield Uninspected(part, no.cause, len(node.data))
    found = _CHARSET.search(content_type)
    charset = charsets.detect(node.data, found.group(1).decode("latin-1") if found else None)
    if charset is None:
        yield Uninspected(part, Cause.UNSUPPORTED, len(node.data))
        yield Leaf(f"{part}/binary", node, Plain(name), None, binary=True, name=name)
        return
    kind, syntax = _text_format(node.data, charset, declared, name)
    yield Leaf(f"{part}/{kind}", node, syntax, charset, name=name)


def _multipart(part: str, node: Node, mark: bytes, limits: Limits, depth: int) -> Iterator[Leaf | Uninspected]:
    if depth >= limits.depth:
        yield Uninspected(part, Cause.DEPTH, len(node.data))
        return
    yield Leaf(f"{part}/multipart#boundary", multipart.first_line(node, mark), Plain(), "utf-8")
    for count, piece in enumerate(multipart.pieces(node, mark)):
        if count >= limits.parts:
            yield Uninspected(part, Cause.OVERSIZE, len(node.data) - piece.head.start)
            return
        inner = f"{part}/multipart:{readable(piece.name) or count + 1}"
        if piece.head.data:
            charset = charsets.detect(piece.head.data, None)
            yield Leaf(f"{inner}/headers", piece.head, FIELDS, charset, binary=charset is None)
        if piece.decoded is None:
            yield from leaves(inner, piece.body, piece.content_type, limits, piece.name, depth + 1)
            continue
        yield from leaves(inner, piece.decoded, piece.content_type, limits, piece.name, depth + 1)
        charset = charsets.detect(piece.body.data, None)
        yield Leaf(f"{inner}/coded", piece.body, Plain(piece.name), charset, charset is None, piece.name)


def _text_format(data: bytes, charset: str, declared: bytes, name: bytes) -> tuple[str, Syntax]:
    """The format of a text by its first bytes; the declared type decides only between what the bytes allow."""
    start = data[:_SNIFFED]
    if charset not in ("utf-8", "gb18030", "big5hkscs"):
        start = start.decode(charset, "replace").encode()
    if _JSON_START.match(start):
        return (
            ("ndjson", NDJSON)
            if b"ndjson" in declared or b"jsonl" in declared or _two_records(data, start)
            else ("json", JSON)
        )
    if _MARKUP_START.match(start):
        return ("html" if b"html" in declared or b"<html" in start.lower() else "xml"), MARKUP
    whole_pairs = start if len(data) <= _SNIFFED else start[: start.rfind(b"&")]
    if declared == b"application/x-www-form-urlencoded" or _FORM_SHAPE.match(whole_pairs):
        return "form", FORM
    if is_sql(start):
        return "sql", SQL
    if b"csv" in declared or declared == b"text/tab-separated-values":
        return "csv", table.Table(table.declared_delimiter(start))
    mark = table.delimiter(start)
    if mark is not None:
        return "csv", table.Table(mark)
    if declared.endswith((b"/json", b"+json")):
        return "json", JSON
    if declared.endswith((b"/xml", b"+xml", b"/html")):
        return "xml", MARKUP
    return "text", Plain(name)


def _two_records(data: bytes, start: bytes) -> bool:
    """Whether the first two lines are each a JSON text."""
    first_end = data.find(b"\n", 0, 1 << 20)
    if first_end < 0 or start.lstrip()[:1] not in (b"{", b"["):
        return False
    first = data[:first_end].rstrip()
    second = data[first_end + 1 : first_end + 257].lstrip()
    return first.endswith((b"}", b"]")) and second.startswith((b"{", b"[")) and not first.endswith((b"{", b"["))
