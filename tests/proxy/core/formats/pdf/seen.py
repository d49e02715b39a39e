"""What the gate and independent readers make of PDF files."""

from __future__ import annotations

from io import BytesIO

import pikepdf
import pypdfium2
from pdfminer.high_level import extract_text

from proxy.core.message import Operator
from tests.proxy.core.formats.pdf.made import HKID, HKID_MASK, MOBILE, MOBILE_MASK, ORIGINALS, RIC, RIC_MASK
from tests.proxy.core.gate import Redact, engine, forwarded, found, message

PDF = "application/pdf"
ALL = ("CN_RESIDENT_ID", "HK_ID", "CN_MOBILE")
MASKING = engine(Redact(dict.fromkeys(ALL, Operator.MASK)))


def written(data, gate=MASKING):
    """What leaves instead of a document, and is clean."""
    return forwarded(message(data, PDF), gate).body


def parts(data):
    return [(entity, part) for entity, part, _ in found(data, PDF) if entity in ALL]


def read(data):
    """The text of each page as pdfium has it."""
    made = pypdfium2.PdfDocument(data)
    texts = []
    for page in made:
        text = page.get_textpage()
        texts.append(text.get_text_range().replace("\r\n", "\n"))
        text.close()
        page.close()
    made.close()
    return texts


def masked(text):
    for old, new in ((RIC, RIC_MASK), (HKID, HKID_MASK), (MOBILE, MOBILE_MASK)):
        text = text.replace(old, new)
    return text


def unpacked(data):
    """Every byte a reader could find: the objects as they are written, all streams unpacked."""
    with pikepdf.open(BytesIO(data)) as made:
        pieces = [data]
        for thing in made.objects:
            if isinstance(thing, pikepdf.Stream):
                pieces.append(thing.stream_dict.unparse(resolved=True))
                try:
                    pieces.append(thing.read_bytes())
                except pikepdf.PdfError:
                    pieces.append(thing.read_raw_bytes())
            else:
                pieces.append(thing.unparse(resolved=True))
        return b"\n".join(pieces)


def miner(data):
    """The text as pdfminer reads it, which shares no code with pdfium."""
    return extract_text(BytesIO(data))


def compact(text):
    return "".join(text.split())


def left(data):
    """The originals that can still be found in a file."""
    raw = unpacked(data)
    return [old for old in ORIGINALS if old.encode() in raw or old.encode("utf-16-be") in raw]
