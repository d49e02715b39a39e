"""Numbers dressed as something else, and numbers with what can be worked out left away."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime

from proxy.cli.evasions.model import Family, Place, Request, Secret, Technique, placed
from proxy.cli.evasions.secrets import card_check, resident_check
from proxy.cli.evasions.ways import Codec, digits, spelled

LAY = Family.LAYOUT


def _grouped(name: str, size: int, joint: str, before: str = "", after: str = "") -> Codec:
    """Groups of so many digits, with something around the whole."""
    return Codec(
        name,
        lambda text: before + joint.join(text[at : at + size] for at in range(0, len(text), size)) + after,
        lambda text: re.sub("[^0-9]", "", text.removeprefix(before).removesuffix(after)),
        str.isdecimal,
    )


def _padded(name: str, pattern: str, fill: str = "f") -> Codec:
    """The digits in the places of a pattern's `#`, filled up with a sign that is no digit."""
    room = pattern.count("#")

    def encode(text: str) -> str:
        signs = iter(text.ljust(room, fill))
        return "".join(next(signs) if sign == "#" else sign for sign in pattern)

    return Codec(name, encode, lambda text: re.sub("[^0-9]", "", text), lambda t: t.isdecimal() and len(t) <= room)


def _money(text: str) -> str:
    return f"{int(text):,}.00"


def _unmoney(text: str) -> str:
    return text.removesuffix(".00").replace(",", "")


def _solid(text: str) -> bool:
    return text.isdecimal() and text[0] != "0"


def _longest(text: str) -> bool:
    return text.isdecimal() and len(text) == 18


def _colours(text: str) -> str:
    return " ".join(f"#{text[at : at + 6].ljust(6, 'f')}" for at in range(0, len(text), 6))


def _times(text: str) -> str:
    """Seconds since 1970, ten digits at a time, as dates."""
    pieces = (text[at : at + 9] for at in range(0, len(text), 9))
    return ", ".join(datetime.fromtimestamp(int("1" + piece.ljust(9, "0")), UTC).isoformat() for piece in pieces)


def _untimes(text: str) -> str:
    return "".join(str(int(datetime.fromisoformat(each).timestamp()))[1:] for each in text.split(", "))


def _called(name: str, short: Callable[[str], str], whole: Callable[[str], str]) -> tuple[Place, Place]:
    """Under its name: without its check digit nothing proves it."""
    return (
        Place(
            f"{name}, JSON",
            lambda s: Request(json.dumps({s.key: short(s.value)}).encode(), "application/json"),
            lambda request: whole(str(next(iter(json.loads(request.body).values())))),
        ),
        Place(
            f"{name}, text",
            lambda s: Request(f"{s.label}: {short(s.value)}\n".encode(), "text/plain; charset=utf-8"),
            lambda request: whole(request.text.partition(": ")[2].strip()),
        ),
    )


def _is(name: str) -> Callable[[Secret], bool]:
    return lambda secret: secret.name == name


def _whole(text: str) -> str:
    body = f"{text[:6]}19{text[6:]}"
    return body + resident_check(body)


TECHNIQUES: tuple[Technique, ...] = (
    spelled(
        "dressed as network addresses",
        LAY,
        "takes the digits out",
        [
            _padded("IPv6", "####:####:####:####:####::"),
            _grouped("IPv4", 2, "."),
            _padded("hardware address", "##:##:##:##:##:##:##:##:##:##"),
        ],
        fits=digits,
        records=False,
    ),
    spelled(
        "dressed as identifiers",
        LAY,
        "takes the digits out",
        [
            _padded("UUID", "########-####-####-####-ffffffffffff"),
            _grouped("version", 3, ".", "v"),
            _grouped("ticket", 6, "-", "REF-", "-X"),
            _grouped("file name", 6, "_", "IMG_", ".jpg"),
        ],
        fits=digits,
        records=False,
    ),
    spelled(
        "dressed as quantities",
        LAY,
        "takes the digits out",
        [
            Codec("money", _money, _unmoney, _solid),
            Codec("fraction", lambda text: f"0.{text}", lambda text: text[2:], str.isdecimal),
            # any latitude has fourteen decimals, and one in ten the check digit of a card
            Codec("coordinate", lambda t: f"{t[:2]}.{t[2:]}", lambda t: t.replace(".", ""), _longest),
            Codec("negative", lambda text: f"-{text}", lambda text: text[1:], _solid),
        ],
        fits=digits,
        records=False,
    ),
    spelled(
        "dressed as colours",
        LAY,
        "takes the digits out",
        [Codec("CSS", _colours, lambda text: re.sub("[^0-9]", "", text), str.isdecimal)],
        fits=digits,
        records=False,
    ),
    placed(
        "resident ID without check digit",
        LAY,
        "works out the check digit",
        _called("17 digits", lambda value: value[:-1], lambda text: text + resident_check(text)),
        _is("resident ID"),
    ),
    placed(
        "resident ID of the old form",
        LAY,
        "puts the century and the check digit back",
        _called("15 digits", lambda value: value[:6] + value[8:-1], _whole),
        _is("resident ID"),
    ),
)

SHORTENED = placed(
    "card without check digit",
    Family.BEYOND,
    "works out the check digit",
    _called("15 digits", lambda value: value[:-1], lambda text: text + card_check(text)),
    _is("bank card"),
    "cards of shops, libraries and buses have fifteen digits and any check digit, and are called cards",
)

TIMES = spelled(
    "dressed as times",
    Family.BEYOND,
    "counts the seconds since 1970",
    [
        Codec("ISO 8601", _times, _untimes, lambda text: len(text) == 18),
        Codec(
            "seconds",
            lambda text: f"1{text[:9]}, 1{text[9:]}",
            lambda text: "".join(each[1:] for each in text.split(", ")),
        ),
    ],
    fits=_is("resident ID"),
    records=False,
    beyond="which figure is put in front, so that a time comes out, is agreed: a key in other words",
)
