"""Something put between the digits that a reader leaves out."""

from __future__ import annotations

import re

from proxy.cli.evasions.carriers import (
    FORM,
    JSON,
    MULTIPART,
    NESTED,
    TEXT,
    WRITTEN,
    XML,
)
from proxy.cli.evasions.model import Family, Technique
from proxy.cli.evasions.ways import Codec, short, spelled

SEP = Family.SEPARATORS


def between(name: str, *signs: str, every: int = 1) -> Codec:
    """The signs by turns between groups of so many characters."""

    def encode(text: str) -> str:
        groups = [text[at : at + every] for at in range(0, len(text), every)]
        return "".join(group + signs[at % len(signs)] for at, group in enumerate(groups[:-1])) + groups[-1]

    found = re.compile("|".join(map(re.escape, sorted(signs, key=len, reverse=True))))
    return Codec(name, encode, lambda text: found.sub("", text), lambda text: not found.search(text))


def in_groups(name: str, sign: str, every: int = 4) -> tuple[Codec, Codec]:
    """A sign between all characters, and between groups of them."""
    return between(name, sign), between(f"{name}, groups of {every}", sign, every=every)


def _letters(text: str) -> str:
    return "x".join(text)


TECHNIQUES: tuple[Technique, ...] = (
    spelled("spaces", SEP, "drops spaces", in_groups("space", " "), fits=short, records=False, carriers=WRITTEN),
    spelled(
        "spaces of other widths",
        SEP,
        "drops any white space",
        [
            between("no-break", "\xa0"),
            between("ideographic", "\u3000"),
            between("thin, hair, figure", "\u2009", "\u200a", "\u2007"),
            between("narrow no-break", "\u202f", every=3),
            between("two and three spaces", "  ", "   ", every=6),
        ],
        fits=short,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "dots",
        SEP,
        "drops dots",
        [
            *in_groups("dot", "."),
            between("middle dot", "·"),
            between("ellipsis", "…", every=4),
            between("Chinese stop", "。"),
        ],
        fits=short,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "dashes",
        SEP,
        "drops dashes",
        [
            *in_groups("hyphen-minus", "-"),
            between("hyphens and dashes", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015"),
            between("minus", "\u2212", every=4),
            between("full-width", "－", every=4),
            between("two", "--", every=6),
        ],
        fits=short,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "slashes",
        SEP,
        "drops slashes",
        [*in_groups("slash", "/"), between("backslash", "\\", every=4), between("bar", "|")],
        fits=short,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "underscores and stars",
        SEP,
        "drops them",
        [*in_groups("underscore", "_"), between("star", "*"), between("tilde", "~", every=4), between("hash", "#")],
        fits=short,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "commas",
        SEP,
        "drops commas",
        [
            *in_groups("comma", ","),
            between("thousands", ",", every=3),
            between("Chinese", "，", "、"),
            between("semicolon", ";", every=4),
        ],
        fits=short,
        records=False,
        carriers=(JSON, TEXT, XML, MULTIPART, NESTED),
    ),
    spelled(
        "colons, plus and equals signs",
        SEP,
        "drops them",
        [
            between("colon", ":"),
            between("plus", "+", every=3),
            between("equals", "=", every=4),
            between("at", "@", every=6),
        ],
        fits=short,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "line breaks",
        SEP,
        "joins the lines",
        [*in_groups("LF", "\n"), between("CRLF", "\r\n", every=6), between("separators", "\u2028", "\u2029", every=3)],
        fits=short,
        records=False,
        carriers=(JSON, FORM, MULTIPART, NESTED),
    ),
    spelled(
        "tabs",
        SEP,
        "drops tabs",
        in_groups("tab", "\t"),
        fits=short,
        records=False,
        carriers=(JSON, TEXT, FORM, XML, MULTIPART),
    ),
    spelled(
        "brackets",
        SEP,
        "drops the brackets",
        [
            Codec(
                "each digit",
                lambda text: "".join(f"[{sign}]" for sign in text),
                lambda text: re.sub(r"\[(.)\]", r"\1", text),
            ),
            Codec(
                "quotes",
                lambda text: " ".join(f"'{sign}'" for sign in text),
                lambda text: re.sub(r"'(.)' ?", r"\1", text),
            ),
            Codec(
                "groups",
                lambda t: "".join(f"{{{t[at : at + 4]}}}" for at in range(0, len(t), 4)),
                lambda text: re.sub(r"[{}]", "", text),
            ),
        ],
        fits=short,
        records=False,
        carriers=WRITTEN,
    ),
    spelled(
        "letters",
        SEP,
        "drops the letters",
        [between("x", "x"), between("mixed", "q", "w", "z"), between("Han", "之"), between("word", " and ", every=3)],
        fits=lambda s: s.value.isdecimal(),
        records=False,
        carriers=WRITTEN,
    ),
)
