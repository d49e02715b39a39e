"""How the strings of a content stream fall into character codes, and how far each code moves the pen."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium

from proxy.core.errors import Unscannable
from proxy.core.formats.pdf.names import items
from proxy.core.formats.pdf.streams import Thing
from proxy.core.message import Cause

_ONE_BYTE: re.Pattern[bytes] = re.compile(rb"[\s\S]")
_TWO_BYTES: re.Pattern[bytes] = re.compile(rb"[\s\S]{1,2}")
_UTF16: re.Pattern[bytes] = re.compile(rb"[\xd8-\xdb][\s\S]{3}|[\s\S]{1,2}")
_EUC: re.Pattern[bytes] = re.compile(rb"[\x81-\xfe][\s\S]|[\s\S]")
_GB18030: re.Pattern[bytes] = re.compile(rb"[\x81-\xfe][0-9][\x81-\xfe][0-9]|[\x81-\xfe][\s\S]|[\s\S]")
_SHIFT_JIS: re.Pattern[bytes] = re.compile(rb"[\x81-\x9f\xe0-\xfc][\s\S]|[\s\S]")

_HALF_GB, _HALF_GB_SPACE = 814, 7716
# the first code of ASCII in the character collections (Adobe technical notes 5078 to 5080, 5093): proportional, half
_LATIN = {"GB": (1, _HALF_GB), "CN": (1, 13648), "JP": (1, 231), "KR": (1, 8094)}
_COLLECTIONS = (
    (re.compile(r"GB|Adobe-GB"), "GB"),
    (re.compile(r"B5|CNS|HKscs|HKdl|HKgccs|ETHK"), "CN"),
    (re.compile(r"\A(?:KSC|UniKS)"), "KR"),
)
_HALF = re.compile(r"\A(?:GBK-EUC|GB-EUC|ETen-B5|90ms-RKSJ|UniJIS-UCS2-HW|KSCms-UHC-HW)")
_RANGE = re.compile(rb"<([0-9A-Fa-f\s]+)>\s*<([0-9A-Fa-f\s]+)>\s*(\d+)")
_CHAR = re.compile(rb"<([0-9A-Fa-f\s]+)>\s*(\d+)")
_SECTION = re.compile(rb"begin(cidrange|cidchar|codespacerange)(.*?)end\1", re.DOTALL)
_SPACE = re.compile(rb"<([0-9A-Fa-f\s]+)>\s*<([0-9A-Fa-f\s]+)>")
_THOUSAND = 1000.0
_PROGRAMS = ("/FontFile", "/FontFile2", "/FontFile3")
_STANDARD = re.compile(r"/(?:Helvetica|Times|Courier|Arial|TimesNewRoman|CourierNew|Symbol|ZapfDingbats)")
_DEEPEST = 6


class Font(NamedTuple):
    """`split` cuts a string into codes; `width` is how far a code moves the pen, in thousandths of the font size."""

    split: Callable[[bytes], list[bytes]]
    width: Callable[[bytes], float]


class _Known(dict[bytes, float]):
    """Widths by their codes, asked for once."""

    def __init__(self, width: Callable[[bytes], float]) -> None:
        super().__init__()
        self._width = width

    def __missing__(self, code: bytes) -> float:
        found = self[code] = self._width(code)
        return found


Metrics = Callable[[str], list[float]]
"""Widths of the 256 characters of WinAnsiEncoding in one of the fourteen standard fonts, by its name."""


def standard(document: pypdfium2.PdfDocument) -> Metrics:
    """The metrics of fonts that a document need not carry, as pdfium knows them."""
    known: dict[str, list[float]] = {}

    def widths(name: str) -> list[float]:
        if name not in known:
            handle = pdfium.FPDFText_LoadStandardFont(document, name.encode("ascii", "replace"))
            if not handle:
                raise Unscannable(Cause.REWRITE)
            known[name] = [_width(handle, code) for code in range(256)]
            pdfium.FPDFFont_Close(handle)
        return known[name]

    return widths


def _width(handle: Thing, code: int) -> float:
    width = ctypes.c_float()
    character = bytes([code]).decode("cp1252", "replace")
    pdfium.FPDFFont_GetGlyphWidth(handle, ord(character), _THOUSAND, width)
    return width.value


def font(dictionary: Thing, metrics: Metrics) -> Font:
    """A font of a page. Raises `Unscannable(rewrite)` for writing from top to bottom and for what is not understood."""
    try:
        found = (
            _composite(dictionary) if dictionary.get("/Subtype") == pikepdf.Name.Type0 else _simple(dictionary, metrics)
        )
        return Font(found.split, _Known(found.width).__getitem__)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, ArithmeticError, pikepdf.PdfError):
        raise Unscannable(Cause.REWRITE) from None  # a dictionary that is no font's


def _simple(dictionary: pikepdf.Dictionary, metrics: Metrics) -> Font:
    scale = 1.0
    if dictionary.get("/Subtype") == pikepdf.Name.Type3:
        matrix = dictionary.get("/FontMatrix")
        scale = abs(float(matrix[0])) * _THOUSAND if matrix is not None else 1.0
    descriptor = dictionary.get("/FontDescriptor")
    missing = float(descriptor.get("/MissingWidth", 0)) if isinstance(descriptor, pikepdf.Dictionary) else 0.0
    first = int(dictionary.get("/FirstChar", 0))
    given = [float(width) * scale for width in items(dictionary.get("/Widths"))]
    widths = given or metrics(str(dictionary.get("/BaseFont", "/"))[1:].partition("+")[2] or _base(dictionary))
    start = first if given else 0

    def width(code: bytes) -> float:
        at = code[0] - start
        return widths[at] if 0 <= at < len(widths) else missing * scale

    return Font(_ONE_BYTE.findall, width)


def _base(dictionary: pikepdf.Dictionary) -> str:
    return str(dictionary.get("/BaseFont", "/Helvetica"))[1:]


def _composite(dictionary: pikepdf.Dictionary) -> Font:
    descendant = dictionary.DescendantFonts[0]
    default, widths = float(descendant.get("/DW", 1000)), _cid_widths(descendant.get("/W"))
    encoding = dictionary.get("/Encoding")
    if isinstance(encoding, pikepdf.Stream):
        split, cid = _own_map(encoding)
    else:
        split, cid = _named_map(str(encoding)[1:])

    def width(code: bytes) -> float:
        return widths.get(cid(code), default)

    return Font(split, width)


def _cid_widths(array: Thing) -> Mapping[int, float]:
    """Widths by CID (§9.7.4.3): `c [w1 w2 …]` and `first last w`."""
    widths: dict[int, float] = {}
    values = list(items(array))
    at = 0
    while at + 1 < len(values):
        first, second = int(values[at]), values[at + 1]
        if isinstance(second, pikepdf.Array):
            widths.update((first + count, float(width)) for count, width in enumerate(second))
            at += 2
        elif at + 2 < len(values):
            width = float(values[at + 2])
            # ATTACK: a range of all numbers there are
            widths.update(dict.fromkeys(range(first, min(int(second), 0xFFFF) + 1), width))
            at += 3
        else:
            break
    return widths


def compact_widths(descendant: Thing) -> pikepdf.Array | None:
    """The widths of a CID font again in as few ranges as say the same; None where that is not understood."""
    try:
        default = float(descendant.get("/DW", 1000))
        widths = sorted((cid, width) for cid, width in _cid_widths(descendant.get("/W")).items() if width != default)
    except (TypeError, ValueError, AttributeError):
        return None
    ranges: list[tuple[int, int, float]] = []
    for cid, width in widths:
        if ranges and ranges[-1][1] + 1 == cid and ranges[-1][2] == width:
            ranges[-1] = (ranges[-1][0], cid, width)
        else:
            ranges.append((cid, cid, width))
    written = " ".join(f"{first} {last} {width:.4f}" for first, last, width in ranges)
    made: pikepdf.Array = pikepdf.Object.parse(f"[{written}]".encode())  # type: ignore[assignment]
    return made


def embedded(resources: Thing, depth: int = 0) -> bool:
    """Whether all fonts of a page are there to draw with: in the document, or one of the standard fonts."""
    if not isinstance(resources, pikepdf.Dictionary) or depth > _DEEPEST:
        return True
    fonts, forms = resources.get("/Font"), resources.get("/XObject")
    held = [fonts[key] for key in fonts.keys()] if isinstance(fonts, pikepdf.Dictionary) else []  # noqa: SIM118
    if not all(map(_is_embedded, held)):
        return False
    inner = [forms[key] for key in forms.keys()] if isinstance(forms, pikepdf.Dictionary) else []  # noqa: SIM118
    return all(
        embedded(form.get("/Resources"), depth + 1)
        for form in inner
        if isinstance(form, pikepdf.Stream) and form.get("/Subtype") == pikepdf.Name.Form
    )


def _is_embedded(held: Thing) -> bool:
    if not isinstance(held, pikepdf.Dictionary) or held.get("/Subtype") == pikepdf.Name.Type3:
        return True
    descendants = list(items(held.get("/DescendantFonts")))
    described = descendants[0] if descendants else held
    descriptor = described.get("/FontDescriptor") if isinstance(described, pikepdf.Dictionary) else None
    if isinstance(descriptor, pikepdf.Dictionary) and any(key in descriptor for key in _PROGRAMS):
        return True
    return not descendants and _STANDARD.match(str(held.get("/BaseFont", ""))) is not None


def _named_map(name: str) -> tuple[Callable[[bytes], list[bytes]], Callable[[bytes], int]]:
    """A predefined character map (§9.7.5.2). Beyond ASCII its characters are as wide as the font's default: so are the
    characters of these collections."""
    if name.endswith("V"):
        raise Unscannable(Cause.REWRITE)
    if name.startswith("Identity"):
        return _TWO_BYTES.findall, int.from_bytes
    collection = next((letters for pattern, letters in _COLLECTIONS if pattern.search(name)), "JP")
    latin = _LATIN[collection][_HALF.match(name) is not None]
    if "UCS2" in name:
        split = _TWO_BYTES
    elif "UTF16" in name:
        split = _UTF16
    elif "RKSJ" in name:
        split = _SHIFT_JIS
    elif "GBK2K" in name:
        split = _GB18030
    elif "UTF8" in name or "UTF32" in name:
        raise Unscannable(Cause.REWRITE)
    else:
        split = _EUC

    def cid(code: bytes) -> int:
        character = int.from_bytes(code)
        if latin == _HALF_GB:  # there the space stands elsewhere
            return latin + character - 0x21 if 0x20 < character < 0x7F else _HALF_GB_SPACE if character == 0x20 else -1
        return latin + character - 0x20 if 0x20 <= character < 0x7F else -1

    return split.findall, cid


def _own_map(stream: pikepdf.Stream) -> tuple[Callable[[bytes], list[bytes]], Callable[[bytes], int]]:
    """A character map that the document carries."""
    if stream.get("/WMode", 0) == 1 or "/UseCMap" in stream:
        raise Unscannable(Cause.REWRITE)
    text = stream.read_bytes()
    spaces: list[tuple[bytes, bytes]] = []
    ranges: list[tuple[int, int, int, int]] = []
    for kind, section in _SECTION.findall(text):
        if kind == b"codespacerange":
            spaces += ((_hex(low), _hex(high)) for low, high in _SPACE.findall(section))
        elif kind == b"cidrange":
            ranges += (
                (len(_hex(low)), int.from_bytes(_hex(low)), int.from_bytes(_hex(high)), int(cid))
                for low, high, cid in _RANGE.findall(section)
            )
        else:
            ranges += (
                (len(_hex(code)), int.from_bytes(_hex(code)), int.from_bytes(_hex(code)), int(cid))
                for code, cid in _CHAR.findall(section)
            )
    if not spaces:
        raise Unscannable(Cause.REWRITE)
    shortest = min(len(low) for low, _ in spaces)
    alternatives = [
        b"".join(
            b"[" + re.escape(bytes([a])) + b"-" + re.escape(bytes([b])) + b"]" for a, b in zip(*space, strict=True)
        )
        for space in sorted(spaces, key=lambda space: -len(space[0]))
        if len(space[0]) == len(space[1]) and all(a <= b for a, b in zip(*space, strict=True))
    ]
    pattern = re.compile(b"|".join([*alternatives, rb"[\s\S]{1,%d}" % shortest]), re.DOTALL)

    def cid(code: bytes) -> int:
        size, value = len(code), int.from_bytes(code)
        return next((first + value - low for n, low, high, first in ranges if n == size and low <= value <= high), 0)

    return pattern.findall, cid


def _hex(digits: bytes) -> bytes:
    compact = b"".join(digits.split())
    return bytes.fromhex((compact + b"0" * (len(compact) % 2)).decode())
