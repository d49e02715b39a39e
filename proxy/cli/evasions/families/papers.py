"""PDF, RTF and mail, written by hand as small as their readers take them."""

from __future__ import annotations

import base64
import quopri
import re
import zlib
from collections.abc import Callable

from proxy.cli.evasions.bases import b64, un64
from proxy.cli.evasions.model import Family, Place, Request, Secret, Technique, Way, placed

DOC = Family.DOCUMENTS
_PDF, _RTF, _MAIL = "application/pdf", "application/rtf", "message/rfc822"


def paper(content: bytes, info: bytes = b"", more: tuple[bytes, ...] = (), coding: bytes = b"") -> bytes:
    """A PDF of one page (ISO 32000-1). Objects from the sixth on are `more`."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>"
        + (b"/Annots[6 0 R]" if more else b"")
        + b">>",
        b"<</Length %d%b>>stream\n%b\nendstream" % (len(content), coding, content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        *more,
    ]
    out, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%b endobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"<</Size %d/Root 1 0 R%b>>" % (len(objects) + 1, b"/Info" + info if info else b"")
    return out + b"xref\n0 %d\n0000000000 65535 f \n%btrailer%b\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        table,
        tail,
        len(out),
    )


def _literal(text: str) -> bytes:
    return b"(" + re.sub(r"([()\\])", r"\\\1", text).encode() + b")"


def _show(operators: bytes) -> bytes:
    return b"BT /F 12 Tf 72 700 Td " + operators + b" ET"


def _said(secret: Secret) -> str:
    return f"{secret.key}: {secret.value}"


def _strings(data: bytes) -> str:
    """What the string operands spell, one after the other."""
    found = re.findall(rb"\(((?:\\.|[^()\\])*)\)|<([0-9A-Fa-f]+)>", data)
    pieces = (bytes.fromhex(hexed.decode()) if hexed else re.sub(rb"\\(.)", rb"\1", plain) for plain, hexed in found)
    return b"".join(pieces).decode("latin-1")


def pdf(write: Callable[[Secret], bytes], read: Callable[[bytes], str] = _strings) -> Way:
    """A body that is a PDF."""
    return lambda secret: Request(write(secret), _PDF), lambda request: read(request.body)


def _kerned(secret: Secret) -> bytes:
    """Pieces with spacing between them, as typesetters write them."""
    text = _said(secret)
    pieces = b" -20 ".join(_literal(text[at : at + 3]) for at in range(0, len(text), 3))
    return paper(_show(b"[" + pieces + b"] TJ"))


def _placed(secret: Secret) -> bytes:
    """Every sign set at its place, the last one first."""
    text = _said(secret)
    signs = [b"1 0 0 1 %d 700 Tm %b Tj" % (72 + 9 * at, _literal(sign)) for at, sign in enumerate(text)]
    return paper(b"BT /F 12 Tf " + b" ".join(reversed(signs)) + b" ET")


def _squeezed(secret: Secret) -> bytes:
    return paper(zlib.compress(_show(_literal(_said(secret)) + b" Tj")), coding=b"/Filter/FlateDecode")


def _unsqueezed(data: bytes) -> str:
    stream = re.search(rb"FlateDecode>>stream\n(.*?)\nendstream", data, re.DOTALL)
    return _strings(zlib.decompress(stream[1])) if stream else ""


def _layers(secret: Secret) -> bytes:
    packed = base64.a85encode(zlib.compress(_show(_literal(_said(secret)) + b" Tj"))) + b"~>"
    return paper(packed, coding=b"/Filter[/ASCII85Decode/FlateDecode]")


def _unlayers(data: bytes) -> str:
    stream = re.search(rb"FlateDecode\]>>stream\n(.*?)~>", data, re.DOTALL)
    return _strings(zlib.decompress(base64.a85decode(stream[1]))) if stream else ""


def _note(secret: Secret) -> bytes:
    text = _said(secret).encode("utf-16-be").hex().encode()
    return paper(_show(b"(x) Tj"), more=(b"<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents<feff" + text + b">>>",))


def _noted(data: bytes) -> str:
    found = re.search(rb"<feff([0-9a-f]+)>", data)
    return bytes.fromhex(found[1].decode()).decode("utf-16-be") if found else ""


_EMPTY = _show(b"(x) Tj")


def _rich(text: str) -> str:
    return "".join(sign if sign.isascii() else f"\\u{ord(sign)}?" for sign in text)


def rtf(spell: Callable[[str], str], read: Callable[[str], str]) -> Way:
    """An RTF document of one paragraph."""
    return (
        lambda s: Request(f"{{\\rtf1\\ansi {_rich(s.label)}: \\b0 {spell(s.value)}\\par}}".encode(), _RTF),
        lambda request: read(request.text.partition("\\b0 ")[2].removesuffix("\\par}")),
    )


def _unhex(text: str) -> str:
    return re.sub(r"\\'(..)", lambda match: chr(int(match[1], 16)), text)


_HEAD = "From: a@example.com\r\nTo: b@example.org\r\nSubject: {}\r\nMIME-Version: 1.0\r\n"


def _mail(subject: str, head: str, body: str) -> bytes:
    return (_HEAD.format(subject) + head + "\r\n" + body).encode()


def mail(write: Callable[[Secret], bytes], read: Callable[[str], str]) -> Way:
    """A message as programs store and forward it."""
    return lambda secret: Request(write(secret), _MAIL), lambda request: read(request.text)


_PLAIN = "Content-Type: text/plain; charset=utf-8\r\n"
_CODED = _PLAIN + "Content-Transfer-Encoding: base64\r\n"
_QUOTED = _PLAIN + "Content-Transfer-Encoding: quoted-printable\r\n"
_PARTS = "Content-Type: multipart/mixed; boundary=M\r\n"


def _attached(secret: Secret) -> bytes:
    head = 'Content-Type: application/octet-stream; name="a.bin"\r\nContent-Transfer-Encoding: base64'
    part = f"{head}\r\n\r\n{b64(_said(secret))}"
    return _mail("x", _PARTS, f"--M\r\n{_PLAIN}\r\nhello\r\n--M\r\n{part}\r\n--M--\r\n")


def _quoted(secret: Secret) -> bytes:
    coded = "".join(f"={byte:02X}" for byte in f"{secret.label}: {secret.value}".encode())
    return _mail("x", _QUOTED, "=\r\n".join(coded[at : at + 24] for at in range(0, len(coded), 24)))


def _after(mark: str, then: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: then(text.rpartition(mark)[2])


TECHNIQUES: tuple[Technique, ...] = (
    placed(
        "PDF text",
        DOC,
        "opens the document",
        [
            Place("plain", *pdf(lambda s: paper(_show(_literal(_said(s)) + b" Tj")))),
            Place("deflated", *pdf(_squeezed, _unsqueezed)),
            Place("two filters", *pdf(_layers, _unlayers)),
            Place("hexadecimal", *pdf(lambda s: paper(_show(b"<" + _said(s).encode().hex().encode() + b"> Tj")))),
            Place("kerned", *pdf(_kerned)),
            Place("last sign first", *pdf(_placed, lambda data: _strings(data)[::-1])),
        ],
    ),
    placed(
        "margins of a PDF",
        DOC,
        "reads the document's properties and notes",
        [
            Place("property", *pdf(lambda s: paper(_EMPTY, b"<</Title" + _literal(_said(s)) + b">>"))),
            Place("note", *pdf(_note, _noted)),
            Place("invisible", *pdf(lambda s: paper(_show(b"3 Tr " + _literal(_said(s)) + b" Tj")))),
            Place(
                "comment", *pdf(lambda s: paper(_EMPTY) + b"% " + _said(s).encode() + b"\n", lambda data: data.decode())
            ),
        ],
    ),
    placed(
        "RTF",
        DOC,
        "opens the document",
        [
            Place("plain", *rtf(str, str)),
            Place("hexadecimal", *rtf(lambda text: "".join(f"\\'{ord(c):02x}" for c in text), _unhex)),
            Place(
                "groups",
                *rtf(lambda text: "".join(f"{{\\b {c}}}" for c in text), lambda t: re.sub(r"{\\b (.)}", r"\1", t)),
            ),
            Place("hidden", *rtf(lambda text: f"{{\\v {text}}}", lambda text: text[4:-1])),
        ],
    ),
    placed(
        "mail",
        DOC,
        "opens the message",
        [
            Place("base64", *mail(lambda s: _mail("x", _CODED, b64(_said(s))), _after("\r\n\r\n", un64))),
            Place("quoted-printable", *mail(_quoted, _after("\r\n\r\n", lambda t: quopri.decodestring(t).decode()))),
            Place(
                "subject",
                *mail(
                    lambda s: _mail(f"=?utf-8?B?{b64(_said(s))}?=", _PLAIN, "x"),
                    lambda t: un64(t.partition("?B?")[2].partition("?=")[0]),
                ),
            ),
            Place(
                "attachment",
                *mail(_attached, lambda text: un64(text.rpartition("base64\r\n\r\n")[2].partition("\r\n--M")[0])),
            ),
        ],
    ),
)
