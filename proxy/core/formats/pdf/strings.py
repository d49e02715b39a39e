"""The strings in the objects of a PDF: properties, notes, fields, bookmarks, links, scripts, names.

No list of known places: whatever key a string has, it leaves with the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import pikepdf

from proxy.core import charsets
from proxy.core.formats.base import readable
from proxy.core.formats.cells import Cell, Change
from proxy.core.formats.pdf.streams import ObjectId, Thing

if TYPE_CHECKING:
    from proxy.core.formats.pdf.names import Called

Place = tuple[ObjectId, tuple[str | int, ...]]
"""An object and the way to a string in it."""

TRAILER: ObjectId = (0, 0)
_STRING = re.compile(rb"\(|(?<!<)<(?!<)")
_NODE = re.compile(rb"\(node\d{8}\)")
# what browsers call the elements of a table, tens of thousands of them
_DEEPEST = 64
_LONGEST_NAME = 40
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\x0c")
_SILENT = frozenset(("/Encrypt", "/CIDSystemInfo", "/CharSet", "/Cert", "/Lookup", "/Panose", "/Length"))
"""Keys of what is no text, or is written by programs for programs."""
_ITSELF = frozenset(("/V", "/Contents"))
"""Keys that are the thing itself: no more is said of the place."""


def text_of(value: Thing) -> str:
    """A text string (§7.9.2.2), as its writer meant it; empty for what is none.

    Many writers put UTF-8 or GBK there without saying so.
    """
    if not isinstance(value, pikepdf.String):
        return ""
    raw = bytes(value)
    if raw.startswith(b"\xfe\xff"):
        return raw[2:].decode("utf-16-be", "replace")
    if raw.startswith(b"\xff\xfe"):
        return raw[2:].decode("utf-16-le", "replace")
    if raw.startswith(b"\xef\xbb\xbf"):
        return raw[3:].decode("utf-8", "replace")
    if raw.isascii():
        return raw.decode("ascii")
    if sum(byte in _CONTROLS for byte in raw) * 8 > len(raw):
        return raw.decode("latin-1")
    try:
        return raw.decode(charsets.detect(raw, None) or "latin-1")
    except (UnicodeDecodeError, LookupError):
        return raw.decode("latin-1")


def collect(holder: pikepdf.Object, called: Called, key: ObjectId, written: bytes) -> Iterator[Cell]:
    """The strings of one indirect object, without those of the objects it refers to. `written` is the object as it is
    written: most have no string in it."""
    if _STRING.search(written) is None or (b"(node" in written and _STRING.search(_NODE.sub(b"", written)) is None):
        return
    for path, value in _strings(holder):
        text = text_of(value)
        if text:
            said = " ".join(step[1:] for step in path if isinstance(step, str))
            name = b" ".join(filter(None, (called.name, _spoken(said))))
            yield Cell((key, path), name, called.path + _written(path), text)


def _strings(holder: pikepdf.Object) -> Iterator[tuple[tuple[str | int, ...], pikepdf.String]]:
    waiting: list[tuple[tuple[str | int, ...], Thing]] = [((), holder)]
    signature = isinstance(holder, pikepdf.Dictionary) and "/ByteRange" in holder
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, pikepdf.String):
            yield path, value
        elif len(path) < _DEEPEST:
            for step, inner in _inside(value):
                if not (signature and step == "/Contents"):
                    waiting.append(((*path, step), inner))


def _inside(value: Thing) -> Iterable[tuple[str | int, Thing]]:
    """The strings and containers directly in a container, last first: they are taken from the end."""
    pairs: list[tuple[str | int, Thing]] = []
    if isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
        pairs = [(step, inner) for step, inner in value.items() if step not in _SILENT]
        if "/Root" in value:
            pairs = [pair for pair in pairs if pair[0] != "/ID"]  # the trailer: random bytes
    elif isinstance(value, pikepdf.Array):
        if len(value) == 4 and value[0] == pikepdf.Name.Indexed:
            return ()  # a palette
        pairs = list(enumerate(value))
    return [
        (step, inner)
        for step, inner in reversed(pairs)
        if isinstance(inner, pikepdf.String)
        or (isinstance(inner, pikepdf.Dictionary | pikepdf.Array) and not inner.is_indirect)
    ]


def _spoken(said: str) -> bytes:
    return said.encode("utf-8", "replace")[-_LONGEST_NAME:]


def _written(path: tuple[str | int, ...]) -> str:
    steps = path[:-1] if path and path[-1] in _ITSELF and len(path) == 1 else path
    return "".join(
        f"[{step + 1}]" if isinstance(step, int) else "/" + readable(step[1:].encode("utf-8", "replace"))
        for step in steps
    )


class Written(NamedTuple):
    """A string that was changed: where it stands, what it was, and what became of it."""

    place: Place
    old: str
    change: Change


def write(document: pikepdf.Pdf, changes: Iterable[Change]) -> list[Written]:
    """Put changed strings back."""
    done: list[Written] = []
    for change in changes:
        place: Place = change.key  # type: ignore[assignment]
        key, path = place
        new = pikepdf.String(change.text)
        holder: Thing = document.trailer if key == TRAILER else document.get_object(key)
        if path:
            for step in path[:-1]:
                holder = holder[step]
            old = text_of(holder[path[-1]])
            holder[path[-1]] = new
        else:
            old = text_of(holder)
            document._replace_object(key, new)  # noqa: SLF001 - a string that is an object of its own
        done.append(Written(place, old, change))
    return done
