"""Whether a body can be inspected in windows, told by its head and its first bytes."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from proxy.core import charsets, codings, signatures
from proxy.core.errors import Unscannable
from proxy.core.formats import headers, kinds, markup, multipart, told_format
from proxy.core.formats.base import Source
from proxy.core.formats.declared import family_of
from proxy.core.limits import Limits
from proxy.core.message import Cause, Headers, Member
from proxy.core.windows import borders, gzip_files, heads, json_path, units
from proxy.core.windows.codings import STREAMED, Packing, Unpacking
from proxy.core.windows.gzip_files import GzipWindower
from proxy.core.windows.parts import PartsWindower
from proxy.core.windows.windower import TAIL, WINDOW, Form, Windower

DROPPED = frozenset((b"content-length", b"content-md5", b"content-digest", b"repr-digest", b"digest", b"etag"))
"""Names (lower-case) of fields that tell what a body will be, and are left out where it may change on the way."""
_PARTIAL = frozenset((b"content-range", b"upload-offset", b"upload-length"))
_CHARSET = re.compile(rb"charset\s*=\s*\"?'?([\w.:-]{1,40})", re.IGNORECASE)
_SNIFFED = 64 * 1024

_Reader = tuple[borders.Finder, heads.Head]


def _json() -> _Reader:
    path = json_path.Path()
    return path.elements, path


_READERS: dict[str, Callable[[], _Reader]] = {
    "csv": lambda: (borders.rows, heads.Headings()),
    "text": lambda: (borders.lines, heads.Headings()),
    "ndjson": lambda: (borders.lines, heads.Headings()),
    "json": _json,
    "sql": lambda: (borders.statements, heads.Statement()),
    "xml": lambda: (borders.tags, heads.Nothing()),
    "html": lambda: (borders.tags, heads.HeadingRow()),
}


@dataclass(slots=True)
class Way:
    """How a body passes: unpacked, cut, and packed again."""

    unpacking: Unpacking
    windower: Windower | GzipWindower | PartsWindower
    packing: Packing


def promising(fields: Headers) -> bool:
    """Whether nothing in a head forbids windows: what it says of the type, of codings, and what depends on the body."""
    if _codings(fields) is None:
        return False
    kind = _content_type(fields).partition(b";")[0].strip().lower().decode("latin-1")
    if family_of(kind) not in ("", "text", "gzip") or kind.startswith("application/grpc"):
        return False
    names = {name.lower() for name, _ in fields}
    depending = {name for name in names if signatures.DEPENDENT.fullmatch(name)} - DROPPED
    return not depending and names.isdisjoint(_PARTIAL)


def choose(fields: Headers, first: bytes, limits: Limits, size: int = WINDOW) -> Way | None:
    """The way for a body that begins with `first`, which is at least a window; None where it must be seen whole.

    Codings are undone for a look; begin with `Way.unpacking.feed(first)`.
    """
    applied = _codings(fields)
    if applied is None or not promising(fields):
        return None
    try:
        if "deflate" in applied:
            applied = _deflated(applied, first)
        peeked = _some(Unpacking(applied, limits.ratio).feed(first))
    except Unscannable:
        return None
    unpacking = Unpacking(applied, limits.ratio)
    windower = _windower(_content_type(fields), peeked, _Cutter(size, unpacking.allow))
    return Way(unpacking, windower, Packing(applied)) if windower is not None else None


def _some(unpacked: Iterator[bytes]) -> bytes:
    pieces, room = [], _SNIFFED
    for piece in unpacked:
        pieces.append(piece)
        room -= len(piece)
        if room < 0:
            break
    return b"".join(pieces)


def _deflated(applied: Sequence[str], first: bytes) -> tuple[str, ...]:
    """Which of the two things called deflate it is. Raises `Unscannable` where it may be both, or is not outermost."""
    if applied[-1] != "deflate" or applied.count("deflate") > 1:
        raise Unscannable(Cause.UNSUPPORTED)
    fitting = []
    for name in ("deflate", "deflate-raw"):
        try:
            _some(Unpacking((name,), 1000).feed(first))
        except Unscannable:
            continue
        fitting.append(name)
    if len(fitting) != 1:
        raise Unscannable(Cause.DECODE_ERROR)
    return (*applied[:-1], *fitting)


def _codings(fields: Headers) -> tuple[str, ...] | None:
    told = codings.parse(value for name, value in fields if name.lower() == b"content-encoding")
    return told if len(told) <= 2 and STREAMED.issuperset(told) and "deflate-raw" not in told else None


def _content_type(fields: Headers) -> bytes:
    return b";".join(value for name, value in fields if name.lower() == b"content-type")


@dataclass(frozen=True, slots=True)
class _Cutter:
    """Windows of a size. `allow` is told what was made of the body, and raises where it is too much."""

    size: int
    allow: Callable[[int], None]

    def file(self, content_type: bytes, first: bytes, member: Member | None) -> Windower | GzipWindower | None:
        """What cuts a text, or a gzip file of one: `member` is what it is in the body, if not the body."""
        if not first.startswith(gzip_files.MAGIC):
            return self.text(content_type, first, member)
        members = gzip_files.Members()
        try:
            unpacked = _some(members.feed(first))
        except (Unscannable, zlib.error):
            return None
        inner = self.text(b"", unpacked, gzip_files.content(members, member))
        return GzipWindower(inner, member, self.size, self.allow) if inner is not None else None

    def text(self, content_type: bytes, first: bytes, member: Member | None) -> Windower | None:
        """What cuts a text; None where it is none, or of a kind that cannot be cut."""
        declared = content_type.partition(b";")[0].strip().lower()
        first = first[:_SNIFFED]
        if not first or kinds.of(first, Source(content_type)) or declared.startswith(b"multipart/"):
            return None
        told = _CHARSET.search(content_type) or markup.ENCODING.match(first)
        charset = charsets.detect(first, told[1].decode("latin-1") if told else None)
        chars = units.of(charset) if charset is not None else None
        if charset is None or chars is None or not units.is_text(chars.narrow(first)):
            return None
        reader = _READERS.get(told_format(first, charset, declared))
        if reader is None:
            return None
        return Windower(Form(chars, *reader(), member), self.size, min(TAIL, self.size // 8))


def _windower(content_type: bytes, first: bytes, cutter: _Cutter) -> Windower | GzipWindower | PartsWindower | None:
    if not content_type.strip().lower().startswith(b"multipart/form-data"):
        return cutter.file(content_type, first, None)
    marks = multipart.boundaries(content_type, first)
    if len(marks) != 1 or len(headers.parameters(content_type, b"boundary")) != 1:
        return None
    return PartsWindower(marks[0], cutter.file, cutter.size)
