"""Texts without a single identifier that look as if they held some, each with its reason."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from tests.corpus.build import Document
from tests.corpus.tables import table
from tests.corpus.values import digits
from tests.detectors.made import luhn_check

_HOLE = re.compile(r"\{([a-zA-Z]+)(?::(\d+))?\}")
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _moment(rng: random.Random) -> datetime:
    return datetime.fromtimestamp(rng.randrange(1_500_000_000, 1_790_000_000), UTC)


def _ean(rng: random.Random, opening: str) -> str:
    """EAN-13 (GS1 General Specifications §7.9)."""
    body = opening + digits(rng, 12 - len(opening))
    return body + str(-sum(int(d) * (3 if at % 2 else 1) for at, d in enumerate(body)) % 10)


def _some(rng: random.Random, alphabet: str, size: int) -> str:
    return "".join(rng.choice(alphabet) for _ in range(size))


def _number(rng: random.Random, size: int) -> str:
    """Digits that do not begin with a nought."""
    return rng.choice("123456789") + digits(rng, size - 1)


def _luhn(rng: random.Random, size: int) -> str:
    body = _number(rng, size - 1)
    return body + luhn_check(body)


FILL: dict[str, Callable[[random.Random, int], str]] = {
    "n": _number,
    "h": lambda rng, size: _some(rng, "0123456789abcdef", size),
    "H": lambda rng, size: _some(rng, "0123456789ABCDEF", size),
    "a": lambda rng, size: _some(rng, "ABCDEFGHJKLMNPQRSTUVWXYZ", size),
    "b": lambda rng, size: _some(rng, _BASE64, size),
    "i": lambda rng, below: str(rng.randrange(1, below)),
    "f": lambda rng, size: "0." + digits(rng, size),
    "s": lambda rng, _: f"{_moment(rng).timestamp():.0f}",
    "ms": lambda rng, _: f"{_moment(rng).timestamp():.0f}{digits(rng, 3)}",
    "us": lambda rng, _: f"{_moment(rng).timestamp():.0f}{digits(rng, 6)}",
    "snow": lambda rng, _: str(rng.randrange(10**18, 2 * 10**18)),
    "uuid": lambda rng, _: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    "date": lambda rng, _: f"{_moment(rng):%Y%m%d}",
    "iso": lambda rng, _: f"{_moment(rng):%Y-%m-%d}",
    "dt": lambda rng, _: f"{_moment(rng):%Y%m%d%H%M%S}",
    "price": lambda rng, _: f"{rng.randrange(100, 999999) / 100:.2f}",
    "ean": lambda rng, _: _ean(rng, rng.choice(("690", "692", "694", "489", "471", "400"))),
    "isbn": lambda rng, _: _ean(rng, "9787"),
    "luhn": _luhn,
}


def lookalikes(seed: int = 1) -> Iterator[Document]:
    """Every text of the table, its holes filled; some several times over."""
    rng = random.Random(seed)
    for group in table("lookalikes")["group"]:
        for text in group["texts"]:
            for _ in range(group.get("times", 1)):
                body = _HOLE.sub(lambda hole: _fill(rng, hole), text)
                yield Document("look-alike", "", _type(body), body.encode(), (), group["reason"])


def _fill(rng: random.Random, hole: re.Match[str]) -> str:
    make = FILL.get(hole[1])
    return make(rng, int(hole[2] or 0)) if make else hole[0]


def _type(body: str) -> str:
    if body.startswith("{") and body.endswith("}"):
        return "application/json"
    return "text/csv" if "\n" in body and body.count(",") > 3 and "INSERT" not in body else "text/plain"
