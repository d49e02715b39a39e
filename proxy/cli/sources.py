"""What `egress catalogue build` registers: documents as the text the engine will see of them, and tables row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path

import pypdfium2

from proxy.core import charsets
from proxy.core.formats.json_text import Json
from proxy.core.normalise import normalise
from proxy.policy.errors import did_you_mean
from proxy.policy.yamltree import shown

MAX_BYTES = 256 * 1024 * 1024
_PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"7z\xbc\xaf")
_JSON = frozenset((".json", ".jsonl", ".ndjson"))
_HTML = frozenset((".html", ".htm", ".xhtml"))


class SourceError(Exception):
    """A source that cannot be registered: which, why, and what to do; never its content."""


def document(path: Path) -> bytes:
    """A document's text as the engine reads it. Raises SourceError."""
    data = _bytes(path)
    if b"%PDF-" in data[:1024]:
        return _plain(_pdf_text(path, data).encode("utf-8", "replace"))
    text = _decoded(path, data)
    if path.suffix.lower() in _HTML:
        parser = _Text()
        parser.feed(text.decode())
        parser.close()
        text = "\n".join(parser.parts).encode("utf-8", "replace")
    elif path.suffix.lower() in _JSON:
        view = Json().unescape(text)
        text = text if view is None else view.text
    return _plain(text)


def table(path: Path, columns: Sequence[str]) -> Iterator[list[str]]:
    """The cells of the columns named, row by row, of a CSV with a heading. Raises SourceError."""
    text = _decoded(path, _bytes(path)).decode()
    heading, _, _ = text.partition("\n")
    delimiter = max(",\t;|", key=heading.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = [name.strip() for name in next(rows, [])]
        for column in columns:
            if column not in names:
                raise SourceError(f'{path}:1: no column "{shown(column)}" in the heading{did_you_mean(column, names)}')
        wanted = [names.index(column) for column in columns]
        for row in rows:
            yield [_plain(row[at].encode("utf-8", "replace")).decode() if at < len(row) else "" for at in wanted]
    except csv.Error:
        raise SourceError(f"{path}:{rows.line_num}: this row is no CSV; is a quote open, or a line too long?") from None


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or 'cannot be read'}") from None
    if len(data) > MAX_BYTES:
        raise SourceError(f"{path}: larger than {MAX_BYTES} bytes; split it")
    return data


def _decoded(path: Path, data: bytes) -> bytes:
    charset = None if data.startswith(_PACKED) else charsets.detect(data, None)
    if charset is None:
        raise SourceError(f"{path}: this is not text; give its text, or a PDF of it")
    return charsets.read(data, charset).text


def _plain(text: bytes) -> bytes:
    view = normalise(text)
    return text if view is None else view.text


def _pdf_text(path: Path, data: bytes) -> str:
    try:
        with pypdfium2.PdfDocument(data) as pdf:
            text = "\n".join(page.get_textpage().get_text_range() for page in pdf)
    except pypdfium2.PdfiumError:
        raise SourceError(f"{path}: this PDF cannot be opened; is it damaged, or does it need a password?") from None
    if not text.strip():
        raise SourceError(f"{path}: this PDF holds no text, only pictures; register its text")
    return text


class _Text(HTMLParser):
    """The text of a page, without scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        """Into what is not shown."""
        self._hidden += tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:
        """And out of it."""
        self._hidden -= tag in {"script", "style"} and self._hidden > 0

    def handle_data(self, data: str) -> None:
        """What is shown."""
        if not self._hidden:
            self.parts.append(data)
