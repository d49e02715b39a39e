"""Something put between the digits that a reader leaves out."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable

from proxy.cli.evasions.carriers import (
    CSV,
    FORM,
    HTML,
    JSON,
    MULTIPART,
    NESTED,
    QUERY,
    TEXT,
    XML,
)
from proxy.cli.evasions.model import Family, Place, Request, Secret, Technique, placed
from proxy.cli.evasions.ways import Codec, short, spelled

SEP = Family.SEPARATORS
_TEXTS = (JSON, TEXT, CSV, XML, FORM, QUERY, MULTIPART, NESTED, HTML)


def between(name: str, *signs: str, every: int = 1) -> Codec:
    """The signs by turns between groups of so many characters."""

    def encode(text: str) -> str:
        groups = [text[at : at + every] for at in range(0, len(text), every)]
        return "".join(group + signs[at % len(signs)] for at, group in enumerate(groups[:-1])) + groups[-1]

    found = re.compile("|".join(map(re.escape, sorted(signs, key=len, reverse=True))))
    return Codec(name, encode, lambda text: found.sub("", text), lambda text: not found.search(text))


def _both(name: str, sign: str, every: int = 4) -> tuple[Codec, Codec]:
    return between(name, sign), between(f"{name}, groups of {every}", sign, every=every)


def _override(text: str) -> str:
    """Right-to-left override, and the text from its end: it is shown the right way round."""
    return f"\u202e{text[::-1]}\u202c"


def _marked(text: str) -> str:
    """A combining mark on every character."""
    return "".join(sign + "\u0335" for sign in text)


def _unmarked(text: str) -> str:
    return "".join(sign for sign in text if not unicodedata.combining(sign))


def _zalgo(text: str) -> str:
    return "".join(sign + "\u0301\u0323\u0348" for sign in text)


def _letters(text: str) -> str:
    return "x".join(text)


def _tagged(piece: Callable[[str], str], strip: str) -> tuple[Callable[[Secret], Request], Callable[[Request], str]]:
    """A number in a page with markup between its digits, and how a browser would show it."""
    drop = re.compile(strip, re.DOTALL)

    def send(secret: Secret) -> Request:
        shown = "".join(map(piece, secret.value))
        page = f"<!DOCTYPE html><html><body><p>{secret.label}: <i>{shown}</i>.</p></body></html>"
        return Request(page.encode(), "text/html; charset=utf-8")

    def receive(request: Request) -> str:
        return html.unescape(drop.sub("", request.text.partition("<i>")[2].rpartition("</i>")[0]))

    return send, receive


_TAGS = r"<!--.*?-->|<style>.*?</style>|<span style=\"display:none\">.*?</span>|<[^>]*>"

TECHNIQUES: tuple[Technique, ...] = (
    spelled("spaces", SEP, "drops spaces", _both("space", " "), fits=short, records=False, carriers=_TEXTS),
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
        carriers=_TEXTS,
    ),
    spelled(
        "dots",
        SEP,
        "drops dots",
        [
            *_both("dot", "."),
            between("middle dot", "·"),
            between("ellipsis", "…", every=4),
            between("Chinese stop", "。"),
        ],
        fits=short,
        records=False,
        carriers=_TEXTS,
    ),
    spelled(
        "dashes",
        SEP,
        "drops dashes",
        [
            *_both("hyphen-minus", "-"),
            between("hyphens and dashes", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015"),
            between("minus", "\u2212", every=4),
            between("full-width", "－", every=4),
            between("two", "--", every=6),
        ],
        fits=short,
        records=False,
        carriers=_TEXTS,
    ),
    spelled(
        "slashes",
        SEP,
        "drops slashes",
        [*_both("slash", "/"), between("backslash", "\\", every=4), between("bar", "|")],
        fits=short,
        records=False,
        carriers=_TEXTS,
    ),
    spelled(
        "underscores and stars",
        SEP,
        "drops them",
        [*_both("underscore", "_"), between("star", "*"), between("tilde", "~", every=4), between("hash", "#")],
        fits=short,
        records=False,
        carriers=_TEXTS,
    ),
    spelled(
        "commas",
        SEP,
        "drops commas",
        [
            *_both("comma", ","),
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
        carriers=_TEXTS,
    ),
    spelled(
        "invisible characters",
        SEP,
        "drops format characters",
        [
            between("zero-width space", "\u200b"),
            between("joiners", "\u200c", "\u200d"),
            between("word joiner", "\u2060", every=3),
            between("byte order mark", "\ufeff", every=2),
            between("invisible operators", "\u2061", "\u2062", "\u2063", "\u2064"),
            between("Hangul fillers", "\u3164", "\u115f"),
        ],
        fits=short,
        records=False,
        carriers=_TEXTS,
    ),
    spelled(
        "soft hyphens",
        SEP,
        "drops soft hyphens",
        _both("soft hyphen", "\xad"),
        fits=short,
        records=False,
        carriers=_TEXTS,
    ),
    spelled(
        "variation selectors and tags",
        SEP,
        "drops them",
        [
            between("selector", "\ufe0f"),
            between("supplement", "\U000e0100", "\U000e0101"),
            between("tag", "\U000e0041", every=2),
        ],
        fits=short,
        records=False,
        carriers=_TEXTS,
    ),
    spelled(
        "bidirectional controls",
        SEP,
        "drops the controls",
        [
            between("marks", "\u200e", "\u200f"),
            between("isolates", "\u2066", "\u2069"),
            between("embeddings", "\u202a", "\u202c", every=4),
        ],
        fits=short,
        records=False,
        carriers=_TEXTS,
    ),
    spelled(
        "right-to-left override",
        SEP,
        "shows it: the override turns the text round",
        [
            Codec("whole", _override, lambda text: text[1:-1][::-1]),
            Codec("isolate", lambda t: f"\u2067\u202e{t[::-1]}\u202c\u2069", lambda text: text[2:-2][::-1]),
            Codec("half", lambda t: t[:6] + _override(t[6:]), lambda t: t[:6] + t[7:-1][::-1]),
        ],
        fits=short,
        records=False,
        carriers=_TEXTS,
    ),
    spelled(
        "combining marks",
        SEP,
        "drops combining marks",
        [Codec("overlay", _marked, _unmarked, str.isascii), Codec("three", _zalgo, _unmarked, str.isascii)],
        fits=short,
        records=False,
        carriers=_TEXTS,
    ),
    spelled(
        "line breaks",
        SEP,
        "joins the lines",
        [*_both("LF", "\n"), between("CRLF", "\r\n", every=6), between("separators", "\u2028", "\u2029", every=3)],
        fits=short,
        records=False,
        carriers=(JSON, FORM, MULTIPART, NESTED),
    ),
    spelled(
        "tabs",
        SEP,
        "drops tabs",
        _both("tab", "\t"),
        fits=short,
        records=False,
        carriers=(JSON, TEXT, FORM, XML, MULTIPART),
    ),
    spelled(
        "control characters",
        SEP,
        "drops control characters",
        [
            between("NUL", "\0"),
            between("escape, bell", "\x1b", "\x07", every=3),
            between("backspace", "\x08", every=4),
            between("DEL", "\x7f", every=2),
        ],
        fits=short,
        records=False,
        carriers=(JSON, TEXT, FORM, MULTIPART),
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
        carriers=_TEXTS,
    ),
    spelled(
        "emoji",
        SEP,
        "drops pictographs",
        [between("smile", "😀"), between("mixed", "🔥", "✅", "❤️", every=3), between("flag", "🇨🇳", every=6)],
        fits=short,
        records=False,
        carriers=_TEXTS,
    ),
    spelled(
        "letters",
        SEP,
        "drops the letters",
        [between("x", "x"), between("mixed", "q", "w", "z"), between("Han", "之"), between("word", " and ", every=3)],
        fits=lambda s: s.value.isdecimal(),
        records=False,
        carriers=_TEXTS,
    ),
    placed(
        "markup between the digits",
        SEP,
        "shows the page",
        [
            Place("each in a tag", *_tagged("<b>{}</b>".format, _TAGS)),
            Place("empty tags", *_tagged("{}<span></span>".format, _TAGS)),
            Place("word breaks", *_tagged("{}<wbr>".format, _TAGS)),
            Place("comments", *_tagged("{}<!-- 7 -->".format, _TAGS)),
            Place("hidden text", *_tagged('{}<span style="display:none">5</span>'.format, _TAGS)),
            Place("tags and references", *_tagged(lambda sign: f"<td>&#{ord(sign)};</td>", _TAGS)),
        ],
    ),
)
