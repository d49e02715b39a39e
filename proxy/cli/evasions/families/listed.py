"""Bytes as tools list them, and figures as people who tell them over a telephone do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from proxy.cli.evasions.carriers import DOCUMENTS, WRITTEN
from proxy.cli.evasions.families.numerals import NUM, words
from proxy.cli.evasions.families.spoken import ENGLISH
from proxy.cli.evasions.model import Family, Place, Request, Secret, Technique, placed
from proxy.cli.evasions.ways import Codec, digits, resident, short, spelled


def _rows(data: bytes, size: int = 16) -> Sequence[tuple[int, bytes]]:
    return [(at, data[at : at + size]) for at in range(0, len(data), size)]


def _listed(name: str, line: Callable[[int, bytes], str], read: Callable[[str], bytes], size: int = 16) -> Codec:
    """A line for so many bytes; `read` takes a line's bytes out again."""

    def encode(text: str) -> str:
        return "".join(f"{line(at, part)}\n" for at, part in _rows(text.encode(), size))

    def decode(text: str) -> str:
        return b"".join(map(read, text.splitlines())).decode()

    return Codec(name, encode, decode)


def _hex_behind(line: str) -> bytes:
    return bytes.fromhex(re.sub(r"0x|-", " ", line.split(None, 1)[1]))


def _swapped(part: bytes) -> str:
    return " ".join(part[at : at + 2][::-1].hex() for at in range(0, len(part), 2))


def _unswapped(line: str) -> bytes:
    return b"".join(bytes.fromhex(word)[::-1] for word in line.split()[1:])


def _letter(code: int) -> str:
    return f"{chr(code) if 0x20 < code < 0x7F else f'{code:03o}':>4}"


def _of_letters(line: str) -> bytes:
    return bytes(int(sign, 8) if len(sign) == 3 else ord(sign) for sign in line.split()[1:])


def _intel(at: int, part: bytes) -> str:
    body = bytes((len(part), at >> 8, at & 255, 0)) + part
    return f":{body.hex().upper()}{-sum(body) & 255:02X}"


def _motorola(at: int, part: bytes) -> str:
    body = bytes((len(part) + 3, at >> 8, at & 255)) + part
    return f"S1{body.hex().upper()}{~sum(body) & 255:02X}"


def _escaped(name: str, form: Callable[[str], str], found: str, base: int) -> Codec:
    """One escape a character."""
    return Codec(
        name,
        lambda text: "".join(map(form, text)),
        lambda text: "".join(chr(int(code, base)) for code in re.findall(found, text)),
        str.isascii,
    )


def _between(sign: str) -> Codec:
    return Codec(sign, sign.join, lambda text: text.replace(sign, ""), lambda text: sign not in text)


def _objects(write: Callable[[int, str], object], read: Callable[[list[Any]], str], name: str) -> Place:
    """A list of JSON with an element a sign, every fifth first; under the name of the identifier."""

    def send(secret: Secret) -> Request:
        order = sorted(range(len(secret.value)), key=lambda at: (at % 5, at))
        return Request(
            json.dumps({secret.key: [write(at, secret.value[at]) for at in order]}).encode(), "application/json"
        )

    return Place(name, send, lambda request: read(next(iter(json.loads(request.body).values()))))


def _runs(secret: Secret) -> Request:
    signs = [{"insert": f"{secret.label}: "}, *({"insert": sign} for sign in secret.value)]
    return Request(json.dumps({"ops": signs}).encode(), "application/json")


TECHNIQUES: tuple[Technique, ...] = (
    spelled(
        "memory as debuggers show it",
        Family.ENCODINGS,
        "reads the bytes beside the addresses",
        [
            _listed(
                "gdb",
                lambda at, part: f"0x7fff{at:04x}:\t" + "\t".join(f"0x{each:02x}" for each in part),
                _hex_behind,
                8,
            ),
            _listed("debug", lambda at, part: f"0B3F:{at:04X}  {part[:8].hex(' ')}-{part[8:].hex(' ')}", _hex_behind),
            _listed("packets", lambda at, part: f"{at:04x}   {part.hex(' ')}", _hex_behind),
        ],
        carriers=DOCUMENTS,
    ),
    spelled(
        "what od prints",
        Family.ENCODINGS,
        "reads words, octal or letters beside the addresses",
        [
            _listed("od -x", lambda at, part: f"{at:07o} {_swapped(part)}", _unswapped),
            _listed("od -c", lambda at, part: f"{at:07o}{''.join(map(_letter, part))}", _of_letters),
            _listed(
                "od -b",
                lambda at, part: f"{at:07o} " + " ".join(f"{each:03o}" for each in part),
                lambda line: bytes(int(each, 8) for each in line.split()[1:]),
            ),
            _listed(
                "xxd -b",
                lambda at, part: f"{at:08x}: " + " ".join(f"{each:08b}" for each in part),
                lambda line: bytes(int(each, 2) for each in line.split()[1:]),
                6,
            ),
        ],
        fits=lambda secret: " " not in secret.value and short(secret),
        carriers=DOCUMENTS,
    ),
    spelled(
        "records for a programmer of chips",
        Family.ENCODINGS,
        "burns them",
        [
            _listed("Intel", _intel, lambda line: bytes.fromhex(line[9:-2])),
            _listed("Motorola", _motorola, lambda line: bytes.fromhex(line[8:-2])),
        ],
        carriers=DOCUMENTS,
    ),
    spelled(
        "bytes as programs print an array",
        Family.ENCODINGS,
        "makes bytes of the numbers",
        [
            Codec(
                "an object by index",
                lambda text: json.dumps(dict(enumerate(text.encode())), separators=(",", ":")),
                lambda text: bytes(json.loads(text).values()).decode(),
            ),
            Codec(
                "with signs",
                lambda text: str([each - 256 if each > 127 else each for each in text.encode()]),
                lambda text: bytes(int(each) & 255 for each in text.strip("[]").split(", ")).decode(),
            ),
        ],
        carriers=DOCUMENTS,
    ),
    spelled(
        "escapes of other languages",
        Family.ESCAPES,
        "reads the literal",
        [
            _escaped("Perl", lambda sign: f"\\x{{{ord(sign):x}}}", r"\{(\w+)", 16),
            _escaped("TeX", lambda sign: f"^^{ord(sign):02x}", r"\^\^(..)", 16),
            _escaped("RTF", lambda sign: f"\\'{ord(sign):02x}", r"'(..)", 16),
            _escaped("SQL", lambda sign: f"\\{ord(sign):04x}", r"\\(....)", 16),
            _escaped("Lua", lambda sign: f"\\{ord(sign):03}", r"\\(...)", 10),
            _escaped("octal, two figures", lambda sign: f"\\{ord(sign):o}", r"\\(\w+)", 8),
        ],
        fits=digits,
        records=False,
    ),
    spelled(
        "words of more languages",
        NUM,
        "reads one word a digit",
        [
            words("Italian", ["zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove"]),
            words("Japanese", ["zero", "ichi", "ni", "san", "yon", "go", "roku", "nana", "hachi", "kyuu"]),
            words("Vietnamese", ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]),
            words("Tagalog", ["sero", "isa", "dalawa", "tatlo", "apat", "lima", "anim", "pito", "walo", "siyam"]),
            words("Hindi", ["shunya", "ek", "do", "teen", "char", "paanch", "chhah", "saat", "aath", "nau"]),
            words("Latin", ["nulla", "unus", "duo", "tres", "quattuor", "quinque", "sex", "septem", "octo", "novem"]),
        ],
        fits=short,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "words as they are told",
        NUM,
        "writes them down",
        [
            words("digit", [f"digit {word}" for word in ENGLISH], ", "),
            words("then", ENGLISH, " then "),
            words("然后", "零一二三四五六七八九", "然后"),
        ],
        fits=digits,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "the same words between figures",
        Family.SEPARATORS,
        "leaves them out",
        [
            _between(" and "),
            _between("/* no */"),
            _between("${''}"),
            _between("&shy;"),
            _between("](#)["),
            _between("》《"),
        ],
        fits=digits,
        records=False,
        carriers=WRITTEN,
    ),
    placed(
        "signs with their places, shuffled",
        Family.SPLITTING,
        "sorts them",
        (
            _objects(lambda at, sign: [at, sign], lambda row: "".join(sign for _, sign in sorted(row)), "pairs"),
            _objects(
                lambda at, sign: {"x": 12.5 * at, "t": sign},
                lambda row: "".join(each["t"] for each in sorted(row, key=lambda each: each["x"])),
                "coordinates",
            ),
        ),
        short,
    ),
    placed(
        "runs of a rich text",
        Family.SPLITTING,
        "shows the text",
        (
            Place(
                "operations", _runs, lambda request: "".join(each["insert"] for each in json.loads(request.body)["ops"])
            ),
            Place(
                "paragraph",
                lambda secret: Request(
                    json.dumps(
                        {"content": [{"type": "text", "text": each} for each in (f"{secret.label}:", *secret.value)]}
                    ).encode(),
                    "application/json",
                ),
                lambda request: "".join(each["text"] for each in json.loads(request.body)["content"]),
            ),
        ),
        short,
    ),
    spelled(
        "figures by the ten stems",
        NUM,
        "knows their order",
        [
            Codec(
                name,
                lambda text, row=row: text.translate(dict(zip(range(48, 58), row, strict=True))),  # type: ignore[misc]
                lambda text, row=row: text.translate({ord(sign): str(at) for at, sign in enumerate(row)}),  # type: ignore[misc]
                str.isdecimal,
            )
            for name, row in (("from one", "癸甲乙丙丁戊己庚辛壬"), ("from nought", "甲乙丙丁戊己庚辛壬癸"))
        ],
        fits=resident,
        records=False,
    ),
)
