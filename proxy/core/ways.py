"""The ways in which a value is spread over one text, each told by a cheap expression: where it could be, how far it
reaches, and what its pieces are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from proxy.core import companies, spelled, spoken

_ASCII_WORDS, _HAN_WORDS, _HAN_DIGITS = spoken.ASCII, spoken.HAN, spoken.HAN_DIGITS

_SIGN = rb"[^0-9A-Za-z]{1,14}"
_ONE_SIGN = rb"(?:[^0-9A-Za-z\x80-\xff]|, |[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|\xf0[\x80-\xbf]{3})"
_NEXT = rb"\"\s*[,+.]?\s*(?:\"[^\"]{1,40}\"\s*:\s*)?\""
_HALVES = b"|".join(
    rb"[^0-9][1-6][0-9]{%d}[,;\t|] ?[0-9]{%d}[0-9Xx][^0-9]" % (first - 1, 17 - first) for first in range(4, 16)
)


class Way(NamedTuple):
    """One way to spread a value: what tells it to Hyperscan, the whole of it, and its pieces one by one. `code` is the
    same with letters among the figures, as companies have them: what it reads must prove itself."""

    gate: bytes
    whole: re.Pattern[bytes]
    piece: re.Pattern[bytes]
    meanings: Mapping[bytes, bytes]
    code: Way | None = None


def _way(
    gate: bytes,
    whole: bytes,
    piece: bytes = rb"[0-9A-Za-z]",
    meanings: Mapping[bytes, bytes] = spoken.MEANINGS,
    code: Way | None = None,
) -> Way:
    return Way(gate, re.compile(whole), re.compile(piece), meanings, code)


def _lettered(
    words: bytes,
    gap: bytes,
    letter: bytes = rb"(?<![A-Za-z])[A-HJ-NPQRTUWXY](?![A-Za-z])",
    meanings: Mapping[bytes, bytes] = spoken.MEANINGS,
) -> Way:
    """Words for figures, or figures, and letters."""
    either = rb"(?i:%b)|[0-9]|%b" % (words, letter)
    whole = rb"(?<![0-9A-Za-z])(?i:%b|[0-9])(?:%b(?:%b)){6,17}" % (words, gap, either)
    return _way(b"", whole, either, meanings)


_GAP = rb"[^0-9A-Za-z]{0,6}"
_CLOSING = rb"[^0-9A-Za-z]{0,6}\)"
_TAIL = rb"(?:[^0-9A-Za-z]{0,4}[Xx](?![0-9A-Za-z])|[^0-9A-Za-z]{0,8}[Aa](?=%b))?(?:%b)?" % (_CLOSING, _CLOSING)
_SMALL = rb"(?:am|an|as|at|be|by|id|in|is|it|my|no|of|on|or|so|to|us|we)[^A-Za-z]"
"""Words that stand before a number and are no letters of it."""
_INITIALS = rb"(?:(?<!_)(?!%b)[A-Z]{1,2}[ ,.;:/_-]{1,3})?" % _SMALL
_SPOKEN = rb"(?i)(?<![0-9A-Za-z])%b(?:%b)(?:%b(?:%b)){5,20}%b(?![0-9A-Za-z])" % (
    *(_INITIALS, _ASCII_WORDS, _GAP, _ASCII_WORDS, _TAIL),
)
SPOKEN_PIECE = rb"(?i)%b|\A[A-Z]{1,2}(?![A-Za-z])|x\Z|a(?=%b\Z)|[()]" % (_ASCII_WORDS, _CLOSING)
_NOUGHT = rb"\xe3\x80\x87|\xe9\x9b\xb6"
"""What may be the first or the last figure of a number; other numerals beside one count something else."""
_HAN_GAP = rb"(?:[^0-9A-Za-z\x80-\xff]|%b){0,4}" % spoken.HAN_BETWEEN
_HAN = rb"(?<![0-9A-Za-z])(?:[A-Z]{1,2}%b)?(?:%b|[0-9])(?:%b(?:%b|[0-9])){5,20}%b(?![0-9A-Za-z])" % (
    _HAN_GAP,
    _HAN_WORDS,
    _HAN_GAP,
    _HAN_WORDS,
    _TAIL,
)
_HAN_FILLED = (_HAN_DIGITS, spoken.HAN_FILLED, _HAN_DIGITS, spoken.HAN_FILLED, _HAN_DIGITS)
HAN_PIECE = rb"%b|[0-9A-Za-z()]" % _HAN_WORDS
_SPOKEN_CODE, _HAN_CODE = _lettered(_ASCII_WORDS, _GAP), _lettered(_HAN_WORDS, _HAN_GAP, rb"[A-HJ-NPQRTUWXY]")
_VALUES = rb"\"[A-Za-z]{0,2}[0-9(]{1,17}(?:%b(?:[0-9Xx()]|A(?=\))){1,17}){1,17}\"" % _NEXT
_VALUE = rb"\"([0-9A-Za-z()]{1,20})\"(?!\s*:)"
_PAIRS = rb"(?<==)[A-Za-z]{0,2}[0-9(]{1,17}(?:(?:&|; ?)[^=&;\s]{1,40}=(?:[0-9Xx()]|A(?=\))){1,17}){1,17}"
_PAIR = rb"(?:\A|=)([0-9A-Za-z()]{1,20})(?=[&;]|\Z)"
FIELDS = (
    _way(rb"\"[A-Z]{0,2}[0-9]{2,17}\", ?\"[A-Za-z_][0-9A-Za-z_.-]{0,24}\": ?\"[0-9]{1,17}[\"Xx(]", _VALUES, _VALUE),
    _way(rb"[0-9]{3}\", ?\"[0-9]{3}", _VALUES, _VALUE),
    _way(rb"[0-9]{3}\" ?[+.] ?\"[0-9]{3}", _VALUES, _VALUE),
    _way(rb"[0-9]{3}\"\n? {0,8}\"[0-9]{3}", _VALUES, _VALUE),
    _way(
        rb"=[0-9]{4,17}&[0-9A-Za-z_]{1,24}=[0-9]{4}",
        _PAIRS,
        _PAIR,
    ),
)
_END = rb"(?:[^0-9A-Za-z]{0,8}[XxAa])?(?:[^0-9A-Za-z()]{0,8}\))?"
_FIRST = rb"(?<![0-9A-Za-z])(?:[A-Z]{1,2}[^0-9A-Za-z]{0,8}|[a-z])?"
_ONE_BY_ONE = rb"%b[0-9](?:%b[0-9]){5,20}%b(?![0-9A-Za-z])" % (_FIRST, _SIGN, _END)
_IN_GROUPS = rb"%b[0-9]{1,15}(?:[^0-9A-Za-z]{1,13}[0-9]{1,15}){1,8}%b(?![0-9A-Za-z])" % (_FIRST, _END)
SIGNS = rb"[0-9A-Za-z]|[()]"
IN_GROUPS = _way(
    rb"[0-9]{3}[_*|~+=;#&][0-9]{3}|[0-9]{3}[^0-9A-Za-z\x80-\xff]{2}[0-9]{3}|" + _HALVES,
    _IN_GROUPS,
    SIGNS,
)
TEXTS = (
    _way(
        rb"(?:[0-9]%b){6}" % _ONE_SIGN,
        _ONE_BY_ONE,
        SIGNS,
    ),
    IN_GROUPS,
    _way(
        rb"[0-9]{3}</[0-9A-Za-z:_-]{1,24}>\s{0,9}<[0-9A-Za-z:_-]{1,24}>[0-9]{3}",
        rb"(?<=>)[A-Za-z]{0,2}[0-9]{1,17}(?:</[^<>]{1,40}>\s{0,20}<[^<>/]{1,60}>[0-9Xx]{1,17}){1,17}",
        rb"(?:\A|>)([0-9A-Za-z()]{1,20})(?=<|\Z)",
    ),
)
WORDS = (
    _way(
        rb"(?i)(?:zero|one|two|three|four|five|six|seven|eight|nine)[^A-Za-z]{0,4}(?:zero|one|two|three|four|five|six"
        rb"|seven|eight|nine)[^A-Za-z]{0,4}(?:zero|one|two|three|four|five|six|seven|eight|nine)",
        _SPOKEN,
        SPOKEN_PIECE,
        code=_SPOKEN_CODE,
    ),
    _way(
        rb"(?i)(?:liu|jiu|ling|san)[ -]%b[ -]%b" % ((rb"(?:ling|yi|yao|er|san|si|wu|liu|qi|ba|jiu)",) * 2),
        _SPOKEN,
        SPOKEN_PIECE,
        code=_SPOKEN_CODE,
    ),
    _way(
        rb"(?:(?:%b)[ ,./_*-]){5}|(?:(?:%b)(?:\", ?\"|\r?\n)){5}|(?:\xe2\x85[\xa0-\xa8\xb0-\xb8][ ,./0_-]{0,4}){5}"
        % (_HAN_DIGITS, _HAN_DIGITS),
        _HAN,
        HAN_PIECE,
        code=_HAN_CODE,
    ),
)
_REPEATED_END = rb"(?:[^0-9A-Za-z]{0,14}[XxAa])?(?:[^0-9A-Za-z()]{0,4}\))?(?![0-9])"
SIGNS_OF_FIGURES = rb"[0-9]|\A[A-Z]{1,2}(?![A-Za-z])|(?<![A-Za-z])[XxAa]\Z|(?<=\()[0-9A](?=\)\Z)|[()]"


def _tongue(words: tuple[str, ...]) -> Way:
    """Figures in the words of one language."""
    either = spoken.either(words)
    meanings = {word.encode(): b"%d" % digit for digit, word in enumerate(words)}
    initials = _INITIALS if words[0].isascii() else _INITIALS.replace(b"{1,3}", b"{0,3}")
    return _way(
        spoken.tongue_gate(words),
        rb"(?i)(?<![0-9A-Za-z])%b(?:%b)(?:%b(?:%b)){5,20}%b(?![0-9A-Za-z])" % (initials, either, _GAP, either, _TAIL),
        rb"(?i)%b|\A[A-Z]{1,2}(?![A-Za-z])|x\Z|a(?=%b\Z)|[()]" % (either, _CLOSING),
        meanings,
        _lettered(either, _GAP, meanings=meanings),
    )


_CLOSED, _OPENED = rb"[\])}'\"]", rb"[\[({'\"]"
_RESIDENT = (
    rb"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])[0-9]{4}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9]{4}[0-9Xx]"
)
_UNIONPAY = rb"(?:62[0-9]{14}(?:[0-9]{3})?|4[0-9]{15}|5[1-5][0-9]{14})"
_DRESSED = (
    rb"(?<![0-9A-Za-z.])(?:[A-Za-z]{1,6}[-_]?|#)?[0-9]{1,8}+"
    rb"(?:(?![.]00(?:[^0-9.]|\Z))(?>[-:.,_]?[ ,;]{0,2}#?)[0-9]{1,8}+){1,12}"
    rb"(?:[fF][0-9a-fA-F: #-]{0,40})?(?![0-9A-Za-z])"
)
# ATTACK: a hundred figures in a row can be parted in more ways than there is time for; so each run is taken whole
"""An address, a version, a ticket, a price, colours, filled up with f: what is put between figures and around them."""
_LITERALS = (
    rb"['\"][A-Za-z]{0,2}[0-9(]{1,17}(?:['\"]\s{0,20}[,+.&|]{0,2}\s{0,20}['\"](?:[0-9Xx()]|A(?=\))){1,17}){1,17}['\"]"
)
_CALL = rb"(?:n?ch(?:a)?r[wb]?|\[char\]|codepoint)(?:\([ ]?)?((?:0x|&h)[0-9a-f]{2}|[0-9]{2,3})(?:[ ]?\))?"
REPEATED = _way(
    rb"[0-9]%b[0-9]%b[0-9]%b[0-9]%b[0-9]%b[0-9]" % ((rb"[^0-9\n]{2,14}",) * 5),
    rb"(?<![0-9A-Za-z])(?:[A-Z]{1,2}([^0-9\n]{2,14}?))?"
    rb"[0-9](?![\"'],? ?[\"'])([^0-9\n]{2,14}?)[0-9](?:\2[0-9]){5,20}(?:\2\((?:\2)?[0-9A](?:\2)?\))?%b" % _REPEATED_END,
    SIGNS_OF_FIGURES,
)
"""The same between all figures."""
CODE = _way(companies.GATE, rb"(?!)")
"""The code of a company, which `companies` puts together."""
SHORTS = (
    _way(
        rb"[0-9]%b[ ,]?%b[0-9]%b[ ,]?%b[0-9]|[0-9]\", ?\"[0-9]\", ?\"[0-9]|(?:[0-9](?:\xf0\x9f[\x80-\xbf]{2}){2}){3}"
        % (_CLOSED, _OPENED, _CLOSED, _OPENED),
        _ONE_BY_ONE,
        SIGNS,
    ),
    _way(
        rb"[0-9]{3}[/@:,;\t\\][0-9]{3}|[0-9]{3} [0-9]{3} [0-9]{2}|[0-9]{3}--[0-9]|[0-9]{5}@[0-9]|[0-9]{5}   ?[0-9]"
        rb"|[0-9]{3}[(][^0-9A-Za-z]|[0-9]{2}(?:\xf0\x9f[\x80-\xbf]{2}){1,2}[0-9]|[0-9]{2}\xe2[\x98-\x9e][\x80-\xbf][0-9]"
        rb"|[0-9]{3}\n[ \t]{0,12}[0-9]{3}|[0-9]{3}[\xc2-\xdf][\x80-\xbf][0-9]{3}"
        rb"|[0-9]{3}[\xe0-\xef][\x80-\xbf]{2}[0-9]{3}|[0-9]{3}[._/][0-9]{3}[._/(]"
        rb"|[0-9]{6}[^0-9A-Za-z\x80-\xff]{2}[0-9]{1,2}|[A-Z][0-9]{2}[\xe0-\xef][\x80-\xbf]{2}[0-9]{3}"
        rb"|[A-Z][0-9]{3,6}[^0-9A-Za-z\x80-\xff]{1,3}[0-9]{0,2}[(]"
        rb"|[0-9]{6}[ -][0-9]{6}[ -][0-9]{6}|[0-9]{9} [0-9]{9}"
        rb"|[A-Z][0-9]{2}[^0-9A-Za-z\x80-\xff:]{1,3}[0-9]{3}|[A-Z][0-9]{3,5}[^0-9A-Za-z\x80-\xff]{1,3}[0-9]{2}",
        _IN_GROUPS,
        SIGNS,
    ),
    _way(
        rb"[0-9][a-z][0-9][a-z][0-9][a-z][0-9][a-z][0-9]|[0-9][A-Z]{2}[0-9][A-Z]{2}[0-9][A-Z]{2}[0-9]"
        rb"|[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{2}|[0-9]{5}[A-Z]{2}[0-9]{2}"
        rb"|(?:[0-9][\xe4-\xe9][\x80-\xbf]{2}){4}"
        rb"|[0-9]{3} ?[a-z]{2,4} ?[0-9]{3} ?[a-z]{2,4} ?[0-9]",
        rb"(?<![0-9A-Za-z])[0-9]{1,6}(?:[^0-9]{1,6}[0-9]{1,6}){1,20}(?![0-9A-Za-z])",
        rb"[0-9]",
    ),
    _way(spoken.GATE, _SPOKEN, SPOKEN_PIECE, code=_SPOKEN_CODE),
    *map(_tongue, spoken.TONGUES),
    *(
        _way(
            rb"(?:%b){7}" % spoken.STEM,
            rb"(?:%b){7,20}" % spoken.STEM,
            spoken.STEM,
            {stem.encode(): b"%d" % ((at + first) % 10) for at, stem in enumerate(spoken.STEMS)},
        )
        for first in (0, 1)
    ),
    _way(
        spoken.FILLED_GATE,
        rb"(?i)(?<![0-9A-Za-z])(?:(?!%b)[A-Z]{1,2}(?=[ ,.;:/-])%b)?(?:%b)(?:%b(?:%b)){5,20}%b(?![0-9A-Za-z])"
        % (_SMALL, spoken.FILLED, spoken.ENGLISH, spoken.FILLED, spoken.ENGLISH, _TAIL),
        rb"(?i)(?<![A-Za-z])(?:%b)(?![A-Za-z])|\A[A-Z]{1,2}(?![A-Za-z])|x\Z|[()]" % spoken.ENGLISH,
    ),
    _way(
        spoken.PAIRED_GATE,
        rb"(?i)(?<![0-9A-Za-z])%b(?:%b)(?:%b(?:%b)){2,20}%b(?![0-9A-Za-z])"
        % (_INITIALS, _ASCII_WORDS, _GAP, _ASCII_WORDS, _TAIL),
        SPOKEN_PIECE,
    ),
    _way(
        spoken.MIXED_GATE,
        rb"(?i)(?<![0-9A-Za-z])%b(?:%b|[0-9])(?:[ ,-]{1,3}(?:%b|[0-9])){6,20}%b(?![0-9A-Za-z])"
        % (_INITIALS, spoken.ENGLISH, spoken.ENGLISH, _TAIL),
        rb"(?i)[0-9]|%b|\A[A-Z]{1,2}(?![A-Za-z])|x\Z|[()]" % spoken.ENGLISH,
    ),
    REPEATED,
    _way(
        rb"(?:[0-9](?:[\xe2-\xef][\x80-\xbf]{2}){2}){5}[0-9]",
        _ONE_BY_ONE,
        SIGNS,
    ),
    _way(rb"(?:%b){7}" % spoken.PINYIN, _SPOKEN, SPOKEN_PIECE, code=_SPOKEN_CODE),
    _way(
        rb"(?i)(?:chr[wb]?|char|codepoint)(?:\(|\])[ ]?(?:0x|&h|[0-9])[0-9]",
        rb"(?i)(?:['\"][0-9Xx()]{1,3}['\"][^0-9A-Za-z]{1,8})?%b(?:[^0-9A-Za-z]{0,8}(?:%b|['\"][0-9Xx()]{1,3}['\"](?!\w))){5,20}"
        % (_CALL, _CALL),
        rb"(?i)%b|['\"]([0-9Xx()]{1,3})['\"]" % _CALL,
        {form % code: bytes((code,)) for code in range(0x20, 0x7F) for form in (b"%d", b"0x%02x", b"&h%02x")},
    ),
    _way(
        rb"(?:%b|%b)\.0" % (_RESIDENT, _UNIONPAY),
        rb"(?<![0-9A-Za-z.])(?:%b|%b)\.0{1,2}(?![0-9])" % (_RESIDENT, _UNIONPAY),
        rb"[0-9]{9,}",
    ),
    _way(
        rb"[0-9]{17}(?:%b)" % spoken.FOREIGN_X,
        rb"(?<![0-9A-Za-z])[0-9]{17}(?:%b)" % spoken.FOREIGN_X,
        rb"[0-9]|%b" % spoken.FOREIGN_X,
    ),
    _way(
        rb"(?:[NIVX]{1,4}[ .,/-]){4}",
        rb"(?<![0-9A-Za-z])(?:[A-Z]{1,2}[ .,/-])?(?:%b)(?:[ .,/-](?:%b)){5,20}(?:[ .,/-](?:X|\( (?:%b) \)))?"
        rb"(?![0-9A-Za-z])" % ((spoken.ROMAN,) * 3),
        rb"(?:%b)(?![A-Z])|[A-Z()]" % spoken.ROMAN,
    ),
    _way(
        rb"(?:[.-]{5}[ /|]{1,3}){5}|(?:(?:-|\xc2\xb7){5} ){3}",
        rb"(?<![.-])(?:(?<![0-9A-Za-z])[A-Z]{1,2} )?(?:%b)(?:[ /|]{1,3}(?:%b)){5,20}"
        rb"(?:[ /|]{1,3}(?:-\.\.-|\( (?:%b) \)))?(?![.-]{2})" % ((spoken.MORSE,) * 3),
        spoken.MORSE + rb"|-\.\.-|[A-Z()]",
    ),
    _way(
        rb"(?:\xe2\xa0[\x80-\xbf] ?){6}",
        rb"(?:(?<![0-9A-Za-z])[A-Z]{1,2} ?)?%b(?: ?%b){5,20}(?: ?\(%b\)| ?(?:\xe2\xa0[\xa0\xb0\xbc]){0,2}\xe2\xa0\xad)?"
        % ((rb"(?:\xe2\xa0\xbc)?(?:%b)" % spoken.BRAILLE,) * 3),
        spoken.BRAILLE + rb"|\xe2\xa0\xad|[A-Z()]",
    ),
    _way(
        rb"[0-9](?:%b){1,2}[0-9]|%b(?:\xe3\x80\x81|\xef\xbc\x8c|\xc2\xb7|\xe3\x80\x82)%b|%b\xe5\x8d\x83%b\xe7\x99\xbe%b"
        rb"|[A-Z] ?(?:%b){6}|[0-9]{3}[(]%b[)]|[A-Z]%b[0-9]{4}|[0-9]{4}%b[(]"
        rb"|[0-9]{6}(?:%b)|(?:%b)[0-9]{6}" % (*((b"(?:%b)" % _HAN_DIGITS,) * 10), _NOUGHT, _NOUGHT),
        _HAN,
        HAN_PIECE,
        code=_HAN_CODE,
    ),
    _way(rb"(?:%b)(?:%b)(?:%b)(?:%b)(?:%b)" % _HAN_FILLED, _HAN, HAN_PIECE, code=_HAN_CODE),
    _way(
        rb"[0-9][OolI|SBEAGg]{1,3}[0-9]|[0-9]{7}[OolI|SBEAGg]{1,3}(?:[^0-9A-Za-z]|$)"
        rb"|[EAGTSOlIBg2]{8}|[lIo|][0-9]{7}|[^0-9A-Za-z]O[0-9]{7}"
        rb"|" + spoken.FOREIGN_GATE,
        rb"(?<![0-9A-Za-z])[A-Z]?(?:%b){7,18}[Xx]?(?![0-9A-Za-z])" % spoken.ALIKE,
        spoken.ALIKE + b"|[A-Za-z]",
        spoken.ALIKES,
    ),
    _way(rb"[0-9A-Za-z]%b|%b[0-9A-Za-z]" % (_RESIDENT, _RESIDENT), _RESIDENT),
    _way(
        rb"[0-9A-Za-z][A-Z][0-9]{6}[(][0-9A][)]|[A-Z][0-9]{6}[(][0-9A][)][0-9A-Za-z]",
        rb"[A-Z][0-9]{6}\([0-9A]\)",
        SIGNS,
    ),
    _way(
        rb"[A-Za-z_]%b[A-Za-z_]|(?:^|[^0-9])00%b(?:[^0-9]|$)" % (_UNIONPAY, _UNIONPAY),
        rb"(?<=[A-Za-z_])%b(?=[A-Za-z_])|(?<=(?<![0-9])00)%b(?![0-9])" % (_UNIONPAY, _UNIONPAY),
    ),
    _way(
        rb"[0-9]{2}(?:[.:-][0-9]{2}){3}|[0-9]{4}:[0-9]{4}:[0-9]{2}|#[0-9]{6}[ ,;]{1,2}#[0-9]{2}|[0-9]{8}-[0-9]{3}"
        rb"|v[0-9]{3}[.][0-9]{3}[.][0-9]{2}|[,.][0-9]{3}[,.][0-9]{3}[,.][0-9]{2}|[A-Z][-_][0-9]{6}[-_][0-9]{2}",
        _DRESSED,
        rb"(?:[0-9])",
    ),
    _way(
        rb"[0-9]{2}[(]?['\"][ \n]{0,8}[+.&|,]{0,2} {0,4}['\"][0-9(]",
        _LITERALS,
        rb"['\"]([0-9A-Za-z()]{1,20})['\"]",
    ),
    _way(rb": ?\"[0-9]\", ?\"[0-9A-Za-z_]{1,8}\": ?\"[0-9]\"", _VALUES, _VALUE),
    _way(
        rb"[=;&]\"?[A-Z]?[0-9]{1,17}[(]?\"?(?:&|,|; ?)[0-9A-Za-z_.*%\[\]-]{1,24}=\"?[0-9(]",
        rb"(?<==)\"?[A-Za-z]{0,2}[0-9(]{1,17}\"?(?:(?:&|,|; ?)[^=&,;\s]{1,40}=\"?(?:[0-9Xx()]|A(?=\))){1,17}\"?){1,17}",
        rb"(?:\A|=)\"?([0-9A-Za-z()]{1,20})(?=[\"&,;]|\Z)",
    ),
    _way(
        rb"[0-9]{2}\n[0-9A-Za-z_-]{1,24}: ?[0-9(]",
        rb"(?<=: )[A-Za-z]{0,2}[0-9(]{1,17}(?:\n[^:\n]{1,40}: (?:[0-9Xx()]|A(?=\))){1,17}){1,17}",
        rb"(?:\A|: )([0-9A-Za-z()]{1,20})(?=\n|\Z)",
    ),
    _way(
        rb"[0-9]{2}[(]?\" [0-9A-Za-z:_-]{1,24}=\"[0-9(]",
        rb"(?<=\")[A-Za-z]{0,2}[0-9(]{1,17}(?:\"\s{1,9}[^\"=<>]{1,40}=\"(?:[0-9Xx()]|A(?=\))){1,17}){1,17}",
        rb"(?:\A|\")([0-9A-Za-z()]{1,20})(?=\"|\Z)",
    ),
    CODE,
    _way(
        rb"[0-9]_?[0-9](?:n|L|ul|ULL?|LL|[ui]64)(?:[^0-9A-Za-z]|$)",
        rb"(?<![0-9A-Za-z_.'])[0-9][0-9_']{6,24}[0-9](?:n|L|ul|ULL?|LL|[ui]64)(?![0-9A-Za-z])",
        rb"(?<![ui])(?<![ui]6)[0-9]",
    ),
    _way(rb"9[1-3][1-6][0-7][0-9]{4}[0-9A-Z]{0,9}(?:%b)" % _HAN_DIGITS, rb"(?!)", code=_HAN_CODE),
    *(_way(*each) for each in spelled.WAYS),
)
