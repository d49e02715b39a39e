"""Something put between the digits that nobody sees."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable

from proxy.cli.evasions.carriers import (
    FORM,
    JSON,
    MULTIPART,
    TEXT,
    WRITTEN,
)
from proxy.cli.evasions.families.separators import SEP, between, in_groups
from proxy.cli.evasions.model import Place, Request, Secret, Technique, Way, placed
from proxy.cli.evasions.ways import Codec, short, spelled


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


def _tagged(piece: Callable[[str], str], strip: str) -> Way:
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
        carriers=WRITTEN,
    ),
    spelled(
        "soft hyphens",
        SEP,
        "drops soft hyphens",
        in_groups("soft hyphen", "\xad"),
        fits=short,
        records=False,
        carriers=WRITTEN,
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
        carriers=WRITTEN,
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
        carriers=WRITTEN,
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
        carriers=WRITTEN,
    ),
    spelled(
        "combining marks",
        SEP,
        "drops combining marks",
        [Codec("overlay", _marked, _unmarked, str.isascii), Codec("three", _zalgo, _unmarked, str.isascii)],
        fits=short,
        records=False,
        carriers=WRITTEN,
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
        "emoji",
        SEP,
        "drops pictographs",
        [between("smile", "😀"), between("mixed", "🔥", "✅", "❤️", every=3), between("flag", "🇨🇳", every=6)],
        fits=short,
        records=False,
        carriers=WRITTEN,
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
