"""XML of office documents as bytes with known places: read by an exact parser first, so that simple expressions are
enough afterwards, and written again by splicing.

ATTACK: entities, external or a billion of them, need a document type; a part that has one is refused. What is left of
XML has five entities, and every `<` of its canonical form begins a tag that ends at the next `>`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from proxy.core.errors import Unscannable
from proxy.core.formats.base import Edit, Node
from proxy.core.message import Cause
from proxy.core.text import View

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_WIDE = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_DECLARED = re.compile(rb"\A\s*<\?xml[^>]*?\sencoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_CHARSETS = re.compile(
    r"(?:us-)?ascii|utf-?(?:8|16(?:-?[lb]e)?)|gbk|gb2312|gb18030|big5(?:-?hkscs)?|iso-8859-\d{1,2}|windows-125\d"
    r"|shift_jis|euc-(?:cn|kr|jp)|koi8-r",
    re.IGNORECASE,
)
_DECLARATION = re.compile(rb"\A<\?xml.*?\?>", re.DOTALL)
_ASIDE = re.compile(rb"<!\[CDATA\[(.*?)\]\]>|<!--(.*?)-->|<\?(.*?)\?>", re.DOTALL)
_QUOTED_TAG = re.compile(rb"<[^<>\"']*+(?:\"[^\"]*+\"[^<>\"']*+|'[^']*+'[^<>\"']*+)*+>")
REFERENCE = rb"&(?:#([0-9]{1,9})|#x([0-9a-fA-F]{1,9})|(amp|lt|gt|quot|apos));"
_ENTITY = re.compile(REFERENCE)
REFERENCE_OR_CODE = REFERENCE + rb"|_x([0-9a-fA-F]{4})_"
_ENTITY_OR_CODE = re.compile(REFERENCE_OR_CODE)
_NAMED = {b"amp": b"&", b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'"}
_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;", ord("'"): "&apos;"}
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LARGEST = 0x10FFFF


@dataclass(frozen=True, slots=True)
class Xml:
    """A part in its canonical form: UTF-8 without a mark, every `<` the beginning of a tag, no `>` inside one.

    `aside` is what is no longer in it: comments and processing instructions. `mark` and `charset` are as it came.
    """

    text: bytes = field(repr=False)
    aside: tuple[bytes, ...] = field(default=(), repr=False)
    mark: bytes = b""
    charset: str = "utf-8"

    def written(self, edits: Sequence[Edit]) -> bytes:
        """The part with edits of its canonical text. Raises `Unscannable(rewrite)`."""
        new = Node(self.text, edits=list(edits)).spliced()
        try:
            _check(new)
        except Unscannable:
            raise Unscannable(Cause.REWRITE) from None  # a writer further in knew nothing of XML
        if self.charset == "utf-8":
            return self.mark + new
        try:
            return self.mark + new.decode().encode(self.charset)
        except UnicodeError:
            raise Unscannable(Cause.REWRITE) from None


def read(data: bytes) -> Xml:
    """Bytes as XML. Raises `Unscannable(decode_error)` where they are not well-formed or have a document type."""
    mark, charset = next(((each, name) for each, name in _BOMS if data.startswith(each)), (b"", ""))
    text = data[len(mark) :]
    charset = charset or next((name for sign, name in _WIDE if text.startswith(sign)), "") or _declared(text)
    if charset != "utf-8":
        text = _transcoded(text, charset)
    _check(text)
    head = _DECLARATION.match(text)
    start = head.end() if head else 0
    aside: list[bytes] = []
    if text.find(b"<!", start) >= 0 or text.find(b"<?", start) >= 0:

        def apart(match: re.Match[bytes]) -> bytes:
            if match[1] is not None:
                return match[1].replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
            aside.append(match[2] or match[3] or b"")
            return b""

        text = text[:start] + _ASIDE.sub(apart, text[start:])
    if text.count(b">") != text.count(b"<"):
        text = _QUOTED_TAG.sub(_without_ends, text)
    return Xml(text, tuple(aside), mark, charset)


def _declared(text: bytes) -> str:
    found = _DECLARED.match(text)
    charset = found[1].decode().lower() if found else "utf-8"
    # what declares two bytes a character in one-byte characters is read as what it is
    return "utf-8" if charset in ("utf-8", "utf8", "us-ascii", "ascii") or charset.startswith("utf") else charset


def _transcoded(text: bytes, charset: str) -> bytes:
    """The text in UTF-8, if it comes back from it as it was."""
    try:
        if not _CHARSETS.fullmatch(charset):
            raise UnicodeError
        decoded = text.decode(charset)
        if decoded.encode(charset) != text:
            raise UnicodeError
        return decoded.encode()
    except (UnicodeError, LookupError):
        raise Unscannable(Cause.DECODE_ERROR) from None


def _check(text: bytes) -> None:
    parser = expat.ParserCreate("utf-8")
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(text, True)
    except expat.ExpatError:
        raise Unscannable(Cause.DECODE_ERROR) from None


def _refuse(*_: object) -> NoReturn:
    raise Unscannable(Cause.DECODE_ERROR)


def _without_ends(match: re.Match[bytes]) -> bytes:
    tag = match[0]
    return tag if tag.count(b">") == 1 else tag[:-1].replace(b">", b"&gt;") + b">"


def meant(match: re.Match[bytes]) -> bytes:
    """What a reference, or a code of SpreadsheetML, stands for."""
    decimal, hexadecimal, named = match.group(1, 2, 3)
    if named:
        return _NAMED[named]
    code = int(decimal) if decimal else int(hexadecimal or match[4], 16)
    return chr(code).encode("utf-8", "replace") if code <= _LARGEST else match[0]


def references(text: bytes) -> View | None:
    """A text with its character references resolved; None where it has none."""
    return View(text, _ENTITY, meant) if b"&" in text else None


def references_and_codes(text: bytes) -> View | None:
    """The same with the codes of SpreadsheetML, too: `_x0030_` is shown as a nought (ECMA-376 part 1, 22.9.2.19)."""
    return View(text, _ENTITY_OR_CODE, meant) if b"&" in text or b"_x" in text else None


def plain(text: bytes, unescape: Callable[[bytes], View | None] = references) -> bytes:
    """What a text means."""
    view = unescape(text)
    return text if view is None else view.text


def escaped(text: str) -> bytes:
    """A text as it may stand in an element or an attribute."""
    return _NOT_XML.sub("\ufffd", text).translate(_ESCAPES).encode("utf-8", "replace")
