"""How names in Latin letters are written, and where."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from detectors.api import Shape
from detectors.names import forms
from detectors.names.han_shapes import CELL, CELL_END, IN_CELL, MAILBOX, PART, UNCALLED, either


def _cased(words: Iterable[str]) -> str:
    """The words as they may be written, spelt out: where `re` is to ignore case it cannot pass over what begins
    otherwise."""
    return either({form for word in words for form in (word, word.capitalize(), word.title(), word.upper())})


@cache
def _dropped(words: frozenset[str]) -> str:
    return rf"(?!{_cased(words)}\b)"


_COMPANY = ("ltd", "limited", "llc", "inc", "corp", "co", "company", "group", "holdings", "bank", "trading")
_ORGANISED = rf"(?![ ,]+{_cased((*_COMPANY, 'technology', 'university'))}\b)"
# Letters with accents are two bytes each: Latin-1 Supplement and Latin Extended-A.
_LETTERS = r"(?:(?:'|’)?(?:[A-Za-z]|[\xc3-\xc5][\x80-\xbf])){0,24}"
_WORD = rf"(?:{_dropped(forms.BREAKS)}(?:[A-Z]|\xc3[\x80-\x9e]){_LETTERS}(?:-[A-Za-z]{_LETTERS}){{0,2}}(?:[.](?=[ ]))?)"
_GIVEN_EN = rf"{_cased(forms.GIVEN)}\b"
_PARTICLE = r"(?:(?:de|da|dos|van|von|bin|binti|al|el|la|du|di|der)[ ])"
LATIN = Shape(
    rf"(?>{_WORD}(?:,[ ]?{_WORD}(?:[ ]{_WORD}){{0,2}}|(?:[ ]{{1,2}}{_PARTICLE}?{_WORD}){{1,4}}(?:,[ ]?{_GIVEN_EN})?))",
    0,
    0.75,
    before=r"(?<![0-9A-Za-z_])(?<![0-9A-Za-z_.][ ])(?<![A-Za-z]['-])",
    after=rf"(?![0-9A-Za-z_@]|['’-][A-Za-z]){_ORGANISED}{UNCALLED}",
    trigger=(
        r"(?:^|[^0-9A-Za-z_. ]|[^0-9A-Za-z_.][ ])[A-Z][A-Za-z\x80-\xff'.-]{0,24}"
        r"(?:,[ ]?|[ ]{1,2}(?:[a-z]{2,5}[ ])?)[A-Z\xc3]"
    ),
    width=112,
    lead=36,
    opening=r"(?:[A-Z]|\xc3[\x80-\x9e])",
)
_SMALL = rf"(?:{_dropped(forms.BREAKS)}[a-z]{{1,20}}(?:-[a-z]{{1,20}})?)"
_SMALLS = r"[a-z]{1,20}(?:-[a-z]{1,20})?"
# the end of the cell is part of the match: what a quote or a colon opens is seldom a cell of words
LOWER = Shape(
    rf"((?>{_SMALL}(?:,?[ ]{_SMALL}){{1,3}})){CELL_END}",
    0,
    0.7,
    before=IN_CELL,
    after="",
    trigger=rf"""(?:^|["'=>:\t])[ ]?{_SMALLS}(?:,?[ ]{_SMALLS}){{1,3}}{CELL_END}""",
    width=90,
    lead=90,
    opening="[a-z]",
    common=True,
)
LATIN_HALF = Shape(
    rf"((?>{_WORD}(?:[ ]{_WORD})?)){CELL_END}",
    0,
    0.65,
    before=IN_CELL,
    after="",
    trigger=rf"""{CELL}[A-Z][A-Za-z\x80-\xff'-]{{1,24}}(?:[ ][A-Z][A-Za-z\x80-\xff'-]{{0,24}})?{CELL_END}""",
    width=58,
    lead=56,
    opening="[A-Z]",
    common=True,
)
TITLE = r"\b(?:Mr|Mrs|Ms|Miss|Mdm|Madam|Mister|Dr|Prof|Professor|MR|MRS|MS|MISS|DR|PROF)[.]?[ ]"
INTRODUCTION = (
    r"\b(?:[Nn]ame is|I am|I'm|[Dd]ear|DEAR|[Aa]ttn|ATTN|[Aa]ttention|c/o|[Ss]igned|[Pp]atient|[Cc]ontact|[Cc]ustomer"
    r"|[Cc]lient|[Rr]ecipient|[Aa]pplicant|[Ee]mployee|[Pp]assenger|[Ss]tudent|[Dd]river|[Rr]egards|[Ss]incerely"
    r"|[Tt]hanks)(?:[.,:\n]{1,3}[ ]?|[ ])"
)


def after(words: str, score: float) -> Shape:
    """A name right behind an expression: a title, an introduction."""
    return Shape(
        rf"{words}((?>{_WORD}(?:[ ]{_WORD}){{0,3}}))",
        score,
        score,
        before="",
        after=rf"(?![0-9A-Za-z_@]|['’-][A-Za-z]){_ORGANISED}",
        trigger=rf"{words}[A-Z]",
        width=112,
        lead=32,
    )


# CHAN, Tai Man on a line of an identity card, or before its number
CARD = Shape(
    r"[A-Z]{2,14}(?:[ ][A-Z]{2,12})?,[ ]?[A-Z][a-z]{0,12}(?:[ -][A-Za-z][a-z]{0,12}){0,3}",
    0.6,
    0.6,
    before=r"(?:(?<=\n)|\A)",
    after=r"(?=\r?\n|\Z)",
    trigger=r"[A-Z],[ ]?[A-Z][a-z]",  # `before` sees to the rest: with it, Hyperscan takes a pass for this alone
    width=80,
    lead=34,
)
_LATIN_NAME = rf"(?>{_WORD}(?:,[ ]?|[ ]){_WORD}(?:[ ]{_WORD}){{0,3}})"
IDENTIFIED = Shape(
    rf"({_LATIN_NAME}){PART}(?:HKID[ :]{{1,2}})?[A-Z]{{1,2}}[0-9]{{6}}\([0-9A]\)",
    0.6,
    0.6,
    before=r"(?<![0-9A-Za-z_])",
    after="",
    trigger=rf"[A-Za-z]{PART}(?:HKID[ :]{{1,2}})?[A-Z]{{1,2}}[0-9]{{6}}\([0-9A]\)",
    width=144,
    lead=128,
)
MAILED_LATIN = Shape(
    rf"({_LATIN_NAME}){MAILBOX}",
    0.65,
    0.65,
    before=r"(?<![0-9A-Za-z_])",
    after="",
    trigger=r"<[0-9A-Za-z._%+-]{1,40}@",
    width=144,
    lead=128,
)
