"""Bodies to leaves: which format a body is in, and where its text lies.

What a body says it is (Content-Type) is a hint; what it looks like decides, for the sender chooses the label. A body
that no format here reads is scanned all the same, as bytes, and reported as uninspected. Containers are opened as deep
as they go, in one place: an opener hands out what it holds, and what that holds is asked for here.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator
from functools import lru_cache

from proxy.core import charsets
from proxy.core.budget import Budget, Deferred
from proxy.core.errors import Unscannable
from proxy.core.formats import (
    declared,
    flowing,
    kinds,
    mapped,
    markup,
    markup_joined,
    multipart,
    string_texts,
    table,
    text_joined,
    twofold,
)  # fmt: skip
from proxy.core.formats.base import Inner, Item, Leaf, Node, Source, Syntax
from proxy.core.formats.binary import named, runs
from proxy.core.formats.form import Form
from proxy.core.formats.json_text import Json
from proxy.core.formats.ndjson import Ndjson
from proxy.core.formats.office import flat
from proxy.core.formats.plain import Plain, Sql
from proxy.core.formats.sql_signs import is_sql
from proxy.core.message import Cause, Uninspected

JSON, NDJSON, FORM, MARKUP, SQL = Json(), Ndjson(), Form(), markup.Markup(), Sql()

_CHARSET = re.compile(rb";\s*charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_JSON_START = re.compile(
    rb'\A[\s\xef\xbb\xbf]*(?:\{\s*(?:"|\})|\[\s*(?:["\[\]-]|\d(?!\d{0,3}(?:[/:-]|\.\d\d?\.))|\{\s*(?:["}]|\Z)|true|false|null)|"[^"\n]*"\s*\Z)'
)
"""Numbers in a list, but no day or hour, which lines of a chat begin with: `[02/01/2024, 10:00:00] Chan: …`."""
_LOOSE_START = re.compile(rb"\A[\s\[{]*\{\s*(?:'|[A-Za-z_$][\w$]*\s*:)")
"""How an object begins that is written as programs do, with other quotes than those of JSON or none."""
_MARKUP_START = re.compile(
    rb"\A[\s\xef\xbb\xbf]*<(?:\?xml|!DOCTYPE|!--|[A-Za-z_\x80-\xff][\w:.\x80-\xff-]*[\s/>])", re.IGNORECASE
)
# base64 with its padding, or quoted-printable, is no pair of a form
_FORM_SHAPE = re.compile(
    rb"\A(?![^=&]*={1,2}\s*\Z)(?![^&]*=[2-7][0-9A-F].?=[2-7][0-9A-F])"
    rb"[^\s=&<>{}\"']{1,200}=[^\s&]*(?:&[^\s=&]{1,200}=[^\s&]*)*&?\s*\Z"
)
_SNIFFED = 4096
_VALUE = 1024
_LOOSE = (Plain, table.Table)
_TOLD = 256
_ORDINARY = frozenset(range(0x21, 0x7F)) - frozenset(b"-<")
"""How a text begins that has no boundary in front, no mark of its bytes' order, and does not name its charset."""
_OF_STRINGS = (JSON, NDJSON)
_UNWRITTEN, _FEW = re.compile("[\\x01-\\x08\\x0e-\\x1a\\x1c-\\x1f]"), 3
_CONTROLS = bytes({*range(0x20)} - {*b"\t\n\x0c\r\x1b"})


def media_type(content_type: bytes) -> bytes:
    """The type without its parameters, lower-case."""
    return content_type.partition(b";")[0].strip().lower()


def leaves(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Leaf | Uninspected]:
    """Everything some bytes hold, down to its text.

    What cannot be opened comes as `Uninspected`, with the bytes it hides, and is read as it stands. Raises `Deferred`
    alone, where only an inspector may open what is there.
    """
    if not node.data:
        return
    found = kinds.of(node.data, source)
    whole = False
    for kind in found:
        budget.file_types.add(kind.name)
        if kind.slow and not budget.limits.documents:
            raise Deferred
        twin = node if len(found) == 1 else node.child(0, len(node.data))
        whole |= yield from _attempt(part, twin, source, budget, kind)
    if found and declared.contradicted(source, frozenset(kind.family for kind in found), node.data):
        yield Uninspected(part, Cause.TYPE_MISMATCH, len(node.data))
    if found and found[0] in kinds.MESSAGES:
        yield from _numbers(part, node, source, budget, unread=not whole)
    if whole and len(found) == 1:
        return
    if not found and _is_ordinary(node.data, source):
        yield from _text(part, node, source, budget, "utf-8", known=False)
    else:
        yield from _as_it_stands(part, node, source, budget, known=bool(found))


def _is_ordinary(data: bytes, source: Source) -> bool:
    """Whether bytes are UTF-8 that nothing need be asked about: most are, and it would cost twice as much."""
    start = data[:_SNIFFED]
    return (
        data[0] in _ORDINARY
        and b"\0" not in data
        and len(start.translate(None, _CONTROLS)) == len(start)
        and (data.isascii() or charsets.decodes(data, "utf-8"))
        and _says_little(source.content_type[:_TOLD], source.file[-_TOLD:])
        and len(source.content_type) <= _TOLD
    )


@lru_cache(maxsize=1024)
def _says_little(content_type: bytes, file: str) -> bool:
    """Whether a type and a name agree with any text in UTF-8."""
    charset = _CHARSET.search(content_type)
    plain = charset is None or charset[1].lower() in (b"utf-8", b"utf8")
    return plain and b"multipart/" not in content_type.lower() and declared.is_text(content_type, file)


def _attempt(
    part: str, node: Node, source: Source, budget: Budget, kind: kinds.Kind
) -> Generator[Leaf | Uninspected, None, bool]:
    """One reading of a container; whether it came to its end."""
    try:
        if source.depth >= budget.limits.depth:
            raise Unscannable(Cause.DEPTH)
        yield from _within(kinds.opener(kind)(part, node, source, budget), source, budget)
    except Unscannable as no:
        if isinstance(no.__context__, MemoryError):  # ATTACK: what a parser had no room for is not damaged, it is big
            raise no.__context__ from None
        yield Uninspected(part, no.cause, len(node.data))
        return False
    return True


def _noted(
    items: Generator[Leaf | Uninspected, None, bool], texts: list[bytes]
) -> Generator[Leaf | Uninspected, None, bool]:
    """The same, with the texts of all leaves noted."""
    while True:
        try:
            item = next(items)
        except StopIteration as end:
            return bool(end.value)
        if isinstance(item, Leaf):
            texts.append(item.node.data)
        yield item


def _within(items: Iterator[Item], source: Source, budget: Budget) -> Iterator[Leaf | Uninspected]:
    """The leaves of what an opener hands out."""
    for item in items:
        budget.part()
        if isinstance(item, Inner):
            # a value does not lose its name by being packed; what is larger than one names its own
            name = item.name or (source.name if len(item.node.data) <= _VALUE else b"")
            inner = Source(item.content_type, name, item.file, source.depth + 1)
            yield from leaves(item.part, item.node, inner, budget)
        else:
            yield item


def _as_it_stands(
    part: str, node: Node, source: Source, budget: Budget, *, known: bool
) -> Iterator[Leaf | Uninspected]:
    """Bytes that are no container, or one that could not be opened: multipart, text, or merely bytes."""
    if b"multipart/" in source.content_type.lower() or node.data.lstrip(b"\r\n")[:2] == b"--":
        try:
            cut = False
            for item in _within(multipart.items(part, node, source, budget), source, budget):
                cut = True
                yield item
            if cut:
                budget.file_types.add("multipart")
                return
        except Unscannable as no:
            yield Uninspected(part, no.cause, len(node.data))
    found = _CHARSET.search(source.content_type) or markup.ENCODING.match(node.data[:_SNIFFED])
    charset = charsets.detect(node.data, found.group(1).decode("latin-1") if found else None)
    # a short message may pass for damaged text: maps and arrays begin with a byte that no ASCII text begins with
    binary = not known and (charset is None or node.data[0] > 0x7F or _controlled(node.data))
    if binary:
        guess = kinds.guess(node.data)
        texts: list[bytes] = []
        if guess is not None and (yield from _noted(_attempt(part, node, source, budget, guess), texts)):
            budget.file_types.add(guess.name)
            yield from _numbers(part, node, source, budget, unread=runs.unread(node.data, texts))
            return
    if not known and declared.contradicted(source, frozenset(("text",) if charset else ()), node.data):
        yield Uninspected(part, Cause.TYPE_MISMATCH, len(node.data))
    yield from _text(part, node, source, budget, charset, known=known)
    if not known:
        yield from _besides(part, node, source, budget, charset, binary=binary)


def _numbers(part: str, node: Node, source: Source, budget: Budget, *, unread: bool) -> Iterator[Leaf]:
    """The numbers in bytes of values: those that were left `unread`, and those that stand figure by figure."""
    if unread:
        yield from runs.reading(part, node, source.name, budget)
    if unread or named.rowed(node.data):
        yield from named.reading(part, node, budget)


def _besides(
    part: str, node: Node, source: Source, budget: Budget, charset: str | None, *, binary: bool
) -> Iterator[Leaf]:
    """What bytes hold that are no text as they stand."""
    damaged = charset is None or _is_damaged(node.data, charset)
    if binary and damaged:
        yield from _numbers(part, node, source, budget, unread=True)
    wide = charset is not None and charset.startswith(twofold.WIDE) and charsets.decodes(node.data, charset)
    if not wide and (damaged or charset != "utf-8"):
        yield from _again(part, node, source, budget, mapped.readings(node.data, charset))


def _again(part: str, node: Node, source: Source, budget: Budget, texts: Iterable[mapped.Reading]) -> Iterator[Leaf]:
    """The texts that bytes may stand for; none of them can be changed."""
    for written, text, doubtful in texts:
        budget.expand(len(text))
        _, syntax = _text_format(text, "utf-8", b"", source.name)
        inner = Node(text, node, 0, len(node.data), rewritable=False)
        leaf = Leaf(f"{part}/{written}", inner, syntax, "utf-8", name=source.name, again=True)
        yield leaf._replace(doubtful=doubtful, coded=doubtful)


def _is_damaged(data: bytes, charset: str) -> bool:
    """Whether bytes that pass for text are none: they have signs that no text has, or are not the UTF-8 they seem."""
    if charset.startswith(twofold.WIDE):
        return len(_UNWRITTEN.findall(data[:_SNIFFED].decode(charset, "ignore"))) > _FEW
    if _controlled(data):
        return True
    if charset != "utf-8":
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return True
    return False


def _controlled(data: bytes) -> bool:
    """Whether bytes begin with control characters that no text has."""
    start = data[:_SNIFFED]
    return len(start.translate(None, _CONTROLS)) != len(start)


def _text(
    part: str, node: Node, source: Source, budget: Budget, charset: str | None, *, known: bool
) -> Iterator[Leaf | Uninspected]:
    if charset is None:
        if not known:
            budget.file_types.add("binary")
            yield Uninspected(part, Cause.UNSUPPORTED, len(node.data))
        yield Leaf(f"{part}/binary", node, Plain(source.name), None, binary=True, name=source.name)
        return
    kind, syntax = _text_format(node.data, charset, media_type(source.content_type), source.name)
    if not known:
        budget.file_types.add(kind)
    if syntax is MARKUP and node.assemble is None and flat.announced(node.data[:_SNIFFED]):
        node = flat.within(node)
    yield Leaf(f"{part}/{kind}", node, syntax, charset, name=source.name, depth=source.depth)
    if syntax is MARKUP:
        yield from markup_joined.reading(part, kind, node, charset, source.depth, budget)
    elif isinstance(syntax, _LOOSE):
        yield from text_joined.reading(part, kind, node, charset, syntax, source.depth)
        if charset == "utf-8" and flowing.streamed(node.data):
            yield from flowing.reading(f"{part}/{kind}", node, syntax, source.depth, stream=True)
    elif syntax in _OF_STRINGS and charset == "utf-8":
        yield from string_texts.reading(f"{part}/{kind}", node, syntax, source.depth)
    yield from twofold.readings(part, node, charset, syntax, source.name)
    if charset == "utf-8" and mapped.shifts(node.data):
        yield from _again(part, node, source, budget, mapped.shifted(node.data))


def text_format(data: bytes) -> str:
    """What a text in UTF-8 is read as, where nothing is said of it."""
    return _text_format(data, "utf-8", b"", b"")[0]


def told_format(data: bytes, charset: str, declared: bytes) -> str:
    """What a text is read as that is declared to be of a media type (lower-case)."""
    return _text_format(data, charset, declared, b"")[0]


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
    if declared.endswith((b"/json", b"+json")) and not _LOOSE_START.match(start):
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
