"""What shows that a text may have pieces of values in it: cheap looks, before any piece is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from enum import IntEnum
from typing import NamedTuple

import hyperscan

from detectors.compiled import Declared
from proxy.core import disguised, plausible

LEAST = 17
"""Figures of a resident ID, whose last sign may be a letter."""
LITTLE = 6
"""Of a card of Hong Kong, whose first and last sign may be letters."""
_FIGURES = b"0123456789"
OTHERS = bytes(set(range(256)) - set(_FIGURES))
"""All that is no figure."""
_AMOUNT = re.compile(rb"\"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?\"")
"""A number in groups of three: no list, though it has its commas."""


_NAMED = rb"(?i)%b|%b" % (
    rb"phone|mobile|celular|telem|pass(?:p|ap)|card|identi(?:ty|dade)|hkid|maca[ou]|uscc|(?:id|social)[ _-]?(?:n|c)",
    "电话|電話|手机|手機|护照|護照|身份|证号|證號|证件|證件|卡号|卡號|信用代码|信用代碼".encode(),
)


RUN_KEYS = (
    b"text|plain_text|insert|content|delta|partial_json|arguments|answer|response|token|completion|output_text|reply"
    b"|chars?|chr?|c"
)
"""What the strings of a text in JSON are called that comes in many: by editors and chats (Quill, ProseMirror, Slate,
Slack, Telegram), by the interfaces of models, by those who send what is typed."""
RUN = rb'"(?:%b)" ?: ?"' % RUN_KEYS


class Sign(IntEnum):
    """What a text shows: values in fields or in lists, masks laid over one another, codes, negative numbers, labels
    behind what they name, keys of JSON that end with figures, words for what people and companies are known by, and
    strings that are part of a text."""

    FIELDS, LISTS, MASKS, CODES, NEGATED, LABELLED, KEYS, NAMED, RUNS = range(9)


class Shown(NamedTuple):
    """The signs of a text, how many of its fields seem to hold figures or one letter alone, and where words for what
    people and companies are known by end."""

    signs: AbstractSet[int]
    fields: int
    names: Sequence[int] = ()


_NOTHING = Shown(frozenset(), 0)


def _gate(*expressions: bytes) -> Declared:
    """Expressions that are looked for once."""
    flags = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_MULTILINE
    return Declared(*((number, expression, flags) for number, expression in enumerate(expressions)))


_PLAUSIBLE = _gate(plausible.BODY)
_EACH = (Sign.FIELDS, Sign.NAMED)
GATES = tuple(
    (
        expression,
        hyperscan.HS_FLAG_MULTILINE | (0 if number in {Sign.FIELDS, Sign.NAMED} else hyperscan.HS_FLAG_SINGLEMATCH),
    )
    for number, expression in enumerate(
        (
            rb"[\"'=>][0-9A-Z(][0-9()]{0,16}[Xx]?(?:[\"'&;<]|$)|[ :,\t\n]%b[Xx]?\r?$|[,;\t][0-9()]{4,12}[,;\t]"
            % rb"[0-9()]{1,12}",
            rb"[0-9][,\]]{1,2} ?\[?[0-9(]{1,3}[,\]]{1,2} ?\[?[0-9(]",
            rb"[0-9]{2}(?:\*{2}|#{2}|_{2}|\xe2\x80\xa2|\xe2\x97\x8f)|(?:\*{2}|#{2}|_{2}|\xe2\x80\xa2|\xe2\x97\x8f)[0-9]{2}",
            rb"[MNO][DTjz][AEIMQUYcgk][wxyz0-5=\"'&<]|[\"'=>][34][0-9]3[0-9]3|%b, ?%b, ?%b"
            % (rb"\"[0-9A-Za-z+/]{2,4}\"", rb"\"[0-9A-Za-z+/]{2,4}\"", rb"\"[0-9A-Za-z+/=]{2,4}\""),
            rb"-[0-9]{2}[,;] ?-[0-9]{2}[,;] ?-[0-9]{2}[,;]",
            rb"[0-9][0-9)](?:\r?\n| ?(?:%b) ?)[^0-9\s]{2,30}$" % disguised.IS,
            rb"[0-9]{2}\" ?:|_[0-9](?:\" ?)?:|[a-z_][0-9]{4,17}:|[a-z0-9]\[[0-9]{3,9}\]|, [0-9]{1,2}: [0-9]|%b"
            % rb"[0-9]\xe4\xbd\x8d|[0-9]{3} ?\*/",
            _NAMED,
            RUN,
        )
    )
)
"""Hyperscan expressions of the signs, in their order, and their flags: fields are counted, and of names it is told
where they end."""
_SIGNS = Declared(*((number, *gate) for number, gate in enumerate(GATES)))
_NAMES_SOMETHING = _gate(_NAMED)
_LENGTH = b"content-length"
_IN_FRONT = _gate(  # nearly every message says how long it is
    rb"(?i)(?:[=/]|(?:%b): )[A-Z]{0,2}[0-9()]{3,17}X?(?:[&/?;]|$)"
    % b"|".join(b"[^%c]%b" % (sign, _LENGTH[at + 1 :]) for at, sign in enumerate(_LENGTH))
)
_NAMES = _gate(rb"[0-9]{2}(?:=|: |\.[A-Za-z])")


def figures(text: bytes) -> int:
    """How many figures are in a text."""
    return len(text) - len(text.translate(None, _FIGURES))


def has_pieces(front: bytes) -> bool:
    """Whether a target or a header block has short values that could be pieces of one."""
    return _IN_FRONT.fires(front)


def has_names(front: bytes) -> bool:
    """Whether names in a target or a header block end with figures."""
    return _NAMES.fires(front)


def named(text: bytes) -> bool:
    """Whether a text has words for what people and companies are known by, and figures that could be a number."""
    return figures(text) >= LITTLE and _NAMES_SOMETHING.fires(text)


def plausible_in(text: bytes) -> bool:
    """Whether what could be the figures of a resident ID, or most of them, stands in a text as it is."""
    return _PLAUSIBLE.fires(text)


def dated(text: bytes) -> bool:
    """Whether the figures of a text, taken together, could hold a resident ID."""
    row = text.translate(None, OTHERS)
    return len(row) >= LEAST and plausible_in(row)


def noted(text: bytes, seen: Sequence[tuple[int, int]]) -> Shown:
    """What a text shows, its amounts apart, where some signs were seen, each with the position behind it."""
    if not seen:
        return _NOTHING
    signs = {sign for sign, _ in seen}
    count = len({end for sign, end in seen if sign == Sign.FIELDS})
    if Sign.LISTS in signs and _AMOUNT.search(text):
        signs = {*shown_by(_AMOUNT.sub(b'""', text)).signs, *(signs - {Sign.LISTS})}
    return Shown(signs, count, [end for sign, end in seen if sign == Sign.NAMED])


def shown_by(text: bytes) -> Shown:
    """What a text shows at a look of its own."""
    seen: list[tuple[int, int]] = []
    _SIGNS.scan(text, match_event_handler=lambda sign, _start, end, *_: seen.append((sign, end)))
    return noted(text, seen)
