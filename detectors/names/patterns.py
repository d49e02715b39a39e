"""Names where something says that they are names: a field, a heading, a label, a title. No model.

Han names are surname-led; minority names stand with a dot; Hong Kong and Macao names are romanised; English names begin
with a given name. What a name alone looks like is judged in `forms`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from detectors.api import EntityClass, PatternDetector, Shape
from detectors.data.places import trie
from detectors.names import forms

_HAN_WORDS, _LATIN_WORDS = forms.WORDS["han"], forms.WORDS["latin"]


def _either(words: Iterable[str]) -> str:
    return trie(frozenset(words))


_SOURCE = "百家姓; Ministry of Public Security, 全国姓名报告; Hong Kong Government Cantonese Romanisation"
# A Han character: CJK Unified Ideographs, Extension A and the supplementary ones, as bytes.
_H = r"(?:(?:[\xe4-\xe9][\x80-\xbf]|\xe3[\x90-\xbf]|\xf0[\xa0-\xb1][\x80-\xbf])[\x80-\xbf])"
_NOT_BEHIND_HAN = r"(?<![\xe4-\xe9][\x80-\xbf]{2})"
# Where a value begins. ASCII or Chinese punctuation, or the start of the text; then perhaps a space.
_OPENED = r"(?:^|[^0-9A-Za-z_.\x80-\xff]|[^0-9A-Za-z_ ][.]|、|。|；|：|，|！|？|「|『|【|】|《|“|‘|（)"
_STARTS = rf"{_OPENED}[ ]?"
# What opens and closes a value that fills its field.
_CELL = """(?:^|["'=>:,\t\n|])[ ]?"""
_IN_CELL = r"""(?:(?<=["'=>:,\t\n|])|(?<=[=>:,|][ ])|\A)"""
_CELL_ENDS = r"""(?![^"'<,;\t\r\n|&\]})])"""
_CELL_END = r"""(?:["'<,;\t\r\n|&\]})]|$)"""
_FOLLOWED = _either((*_HAN_WORDS["followers"], *_HAN_WORDS["titles"]))
# what a colon follows is a label: 姓名：张伟民，温度：36.5
_ENDED = rf"(?![ ]?(?::|：))(?:(?={_FOLLOWED})|(?!{_H})(?:(?![0-9A-Za-z_]|·|•|‧)|(?=[0-9]{{7}})))"

_DOT = "(?:·|•|‧|∙|・)"
_SURNAME = _either(forms.COMMON)
_LONG_SURNAME = _either(forms.COMPOUND)
_LEADS = rf"(?:{_LONG_SURNAME}|(?!{_either(_HAN_WORDS['joins'])}{_SURNAME}){_SURNAME})"
_GIVEN = rf"(?:(?!{_FOLLOWED}|{_either(_HAN_WORDS['unlikely'])}){_H})"
_FULL = rf"(?:{_LEADS}(?:{_SURNAME}{_GIVEN}{{2}}|{_GIVEN}{{1,2}}))"
_CUE = _either(_HAN_WORDS["cues"])
_COURTESY = _either(_HAN_WORDS["courtesies"])

_FOUR = rf"(?:(?!{_FOLLOWED}){_H}){{2,4}}"
# what a colon follows is what the next value is called
_UNCALLED = r"(?![ ]?[:=](?![ ]?1[3-9]))"
_WHOLE = Shape(
    _FOUR,
    0,
    0.75,
    before=rf"{_NOT_BEHIND_HAN}(?<![0-9A-Za-z_])(?<!·)",
    after=_ENDED + _UNCALLED,
    trigger=rf"{_STARTS}{_H}{_H}",
    width=24,
    lead=8,
)
# 张　三 in tables that make names equally wide
_SPACED = Shape(
    rf"{_SURNAME}[ ]{{1,4}}{_H}{{1,2}}",
    0,
    0.7,
    before=rf"{_NOT_BEHIND_HAN}(?<![0-9A-Za-z_])",
    after=_ENDED,
    trigger=rf"{_STARTS}{_H}[ ]{{1,4}}{_H}",
    width=24,
    lead=12,
)
# a cell that says nothing else may hold a name that is an everyday word
_FILLING = Shape(
    _FOUR,
    0,
    0.8,
    before=r"""(?:(?<=["'>\t\n|])|(?<=[>|][ ])|\A)""",
    after=_CELL_ENDS,
    trigger=rf"""(?:^|["'>\t\n|])[ ]?{_H}{_H}""",
    width=24,
    lead=7,
)
_LISTED = replace(_FILLING, before=r"(?:(?<=,)|(?<=,[ ]))", trigger=rf",[ ]?{_H}{_H}")
_APART = replace(_SPACED, before=_IN_CELL, after=_CELL_ENDS, trigger=rf"{_CELL}{_H}[ ]{{1,4}}{_H}")
# "姓名": "高丽", 申请人：高丽: called a name right before
_CALLS = r"""["'】\])]{0,2}[ ]?[:=][ ]?["'【\[(]?"""
_NAMED = _either(_HAN_WORDS["asked"])
_ASKED = _either("人者员員方主师師")


def _called(words: str, score: float) -> Shape:
    return Shape(
        rf"(?:{words}){_CALLS}({_FOUR})",
        score,
        score,
        before="",
        after=_ENDED + _UNCALLED,
        trigger=rf"(?:{words}){_CALLS}{_H}{_H}",
        width=56,
        lead=40,
    )


# 张三，13800138000，广东省…: as people paste them
_PART = r"(?:[ ]?[,/|(:;\t][ ]?|、|，|：|（|[ ]{1,4})"
_MOBILE = r"(?:\+?86[ -]?)?1[3-9][0-9](?:[0-9]{8}|[ -][0-9]{4}[ -][0-9]{4})"
_NUMBER = (
    rf"(?:{_MOBILE}|[1-9][0-9]{{5}}(?:19|20)[0-9]{{9}}[0-9Xx]|[A-Z]{{1,2}}[0-9]{{6}}\([0-9A]\)"
    r"|(?:\+?852[ -]?)?[5679][0-9]{3}[ -]?[0-9]{4})"
)
_PASTED = Shape(
    rf"({_FULL}){_PART}{_NUMBER}",
    0.6,
    0.6,
    before=_NOT_BEHIND_HAN,
    after="(?![0-9])",
    trigger=rf"{_H}{_PART}{_NUMBER}",
    width=72,
    lead=60,
)
_REVERSED = Shape(
    rf"{_MOBILE}{_PART}({_FULL})",
    0.6,
    0.6,
    before="(?<![0-9])",
    after=r"(?=[ ,;|)\t\r\n]|$)",
    trigger=rf"{_MOBILE}{_PART}{_SURNAME}{_H}",
    width=56,
    lead=44,
)
# vCard (RFC 6350), iCalendar (RFC 5545), LDIF (RFC 2849), SWIFT MT103, and the mailbox of RFC 5322
_HEADS = r"(?:(?:^|\n)(?:FN|CN|cn|displayName)(?:;[^:\n]{0,40})?:[ ]?|;CN=\"?|:(?:50[AFK]|59[AF]?):(?:/[^\n]{1,40}\n)?)"
_MAILBOX = r"\"?[ ]?<[0-9A-Za-z._%+-]{1,40}@"
_HEADED = Shape(
    rf"{_HEADS}({_FULL})", 0.7, 0.7, before="", after=rf"(?!{_H})", trigger=rf"{_HEADS}{_H}{_H}", width=112, lead=96
)
_MAILED = Shape(
    rf"({_FULL}){_MAILBOX}",
    0.7,
    0.7,
    before=_NOT_BEHIND_HAN,
    after="",
    trigger=rf"{_H}{_MAILBOX}",
    width=80,
    lead=64,
)
_HALF = Shape(
    rf"{_H}{{1,3}}",
    0,
    0.65,
    before=_IN_CELL,
    after=_CELL_ENDS,
    trigger=rf"""{_CELL}{_H}""",
    width=16,
    lead=4,
    common=True,
)
_DOTTED = Shape(
    rf"(?:{_CUE}(?:是|为|為|:|：)?)?({_H}{{2,8}}(?:(?:{_DOT}|[.])(?:(?!{_FOLLOWED}){_H}){{1,8}}){{1,3}})",
    0,
    0.8,
    before=_NOT_BEHIND_HAN,
    after=r"(?![0-9A-Za-z_])",
    trigger=rf"{_H}(?:{_DOT}|[.]){_H}",
    width=128,
    lead=56,
)
# 联系人张三电话…, 我叫陈大文，…
_INTRODUCED = Shape(
    rf"{_CUE}(?:是|为|為|係)?({_FULL})",
    0.7,
    0.7,
    before="",
    after=rf"(?:{_ENDED}|(?={_either(_HAN_WORDS['after'])}))",
    trigger=rf"{_CUE}(?:是|为|為|係)?{_SURNAME}{_H}",
    width=48,
    lead=32,
)
# 张三，男，1990年生: how courts, registers and prospectuses begin
_DESCRIBED = Shape(
    rf"({_FULL})(?:，|,|、|\(|（|[ ])[ ]?(?:男|女)",
    0.7,
    0.7,
    before=_NOT_BEHIND_HAN,
    after=rf"(?!{_H})",
    trigger=rf"{_SURNAME}{_H}{{1,3}}(?:，|,|、|\(|（|[ ])[ ]?(?:男|女)",
    width=40,
)
# 陈先生 is one person's name as it stands; of 陈大文先生 it is what stands before.
_ADDRESSED = Shape(
    rf"((?:{_LEADS}{_COURTESY})|(?:{_FULL}(?={_COURTESY})))(?:{_COURTESY})?",
    0.6,
    0.6,
    before="",
    after="",
    trigger=_COURTESY,
    width=36,
)


def _titled(value: bytes) -> bool:
    text = value.decode()
    for title in forms.TITLES:
        if text.endswith(title):
            return text[: -len(title)] in forms.COMMON or text[: -len(title)] in forms.COMPOUND
    return forms.han_known(value)


def _cased(words: Iterable[str]) -> str:
    """The words as they may be written, spelt out: where `re` is to ignore case it cannot pass over what begins
    otherwise."""
    return _either({form for word in words for form in (word, word.capitalize(), word.title(), word.upper())})


def _dropped(words: Iterable[str]) -> str:
    return rf"(?!{_cased(words)}\b)"


_COMPANY = ("ltd", "limited", "llc", "inc", "corp", "co", "company", "group", "holdings", "bank", "trading")
_ORGANISED = rf"(?![ ,]+{_cased((*_COMPANY, 'technology', 'university'))}\b)"
# Letters with accents are two bytes each: Latin-1 Supplement and Latin Extended-A.
_LETTERS = r"(?:(?:'|’)?(?:[A-Za-z]|[\xc3-\xc5][\x80-\xbf])){0,24}"
_WORD = rf"(?:{_dropped(forms.BREAKS)}(?:[A-Z]|\xc3[\x80-\x9e]){_LETTERS}(?:-[A-Za-z]{_LETTERS}){{0,2}}(?:[.](?=[ ]))?)"
_GIVEN_EN = rf"{_cased(forms.GIVEN)}\b"
_PARTICLE = r"(?:(?:de|da|dos|van|von|bin|binti|al|el|la|du|di|der)[ ])"
_LATIN = Shape(
    rf"(?>{_WORD}(?:,[ ]?{_WORD}(?:[ ]{_WORD}){{0,2}}|(?:[ ]{{1,2}}{_PARTICLE}?{_WORD}){{1,4}}(?:,[ ]?{_GIVEN_EN})?))",
    0,
    0.75,
    before=r"(?<![0-9A-Za-z_])(?<![0-9A-Za-z_.][ ])(?<![A-Za-z]['-])",
    after=rf"(?![0-9A-Za-z_@]|['’-][A-Za-z]){_ORGANISED}{_UNCALLED}",
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
_LOWER = Shape(
    rf"((?>{_SMALL}(?:,?[ ]{_SMALL}){{1,3}})){_CELL_END}",
    0,
    0.7,
    before=_IN_CELL,
    after="",
    trigger=rf"""(?:^|["'=>:\t])[ ]?{_SMALLS}(?:,?[ ]{_SMALLS}){{1,3}}{_CELL_END}""",
    width=90,
    lead=90,
    opening="[a-z]",
    common=True,
)
_LATIN_HALF = Shape(
    rf"((?>{_WORD}(?:[ ]{_WORD})?)){_CELL_END}",
    0,
    0.65,
    before=_IN_CELL,
    after="",
    trigger=rf"""{_CELL}[A-Z][A-Za-z\x80-\xff'-]{{1,24}}(?:[ ][A-Z][A-Za-z\x80-\xff'-]{{0,24}})?{_CELL_END}""",
    width=58,
    lead=56,
    opening="[A-Z]",
    common=True,
)
_TITLE = r"\b(?:Mr|Mrs|Ms|Miss|Mdm|Madam|Mister|Dr|Prof|Professor|MR|MRS|MS|MISS|DR|PROF)[.]?[ ]"
_INTRODUCTION = (
    r"\b(?:[Nn]ame is|I am|I'm|[Dd]ear|DEAR|[Aa]ttn|ATTN|[Aa]ttention|c/o|[Ss]igned|[Pp]atient|[Cc]ontact|[Cc]ustomer"
    r"|[Cc]lient|[Rr]ecipient|[Aa]pplicant|[Ee]mployee|[Pp]assenger|[Ss]tudent|[Dd]river|[Rr]egards|[Ss]incerely"
    r"|[Tt]hanks)(?:[.,:\n]{1,3}[ ]?|[ ])"
)


def _after(words: str, score: float) -> Shape:
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
_CARD = Shape(
    r"[A-Z]{2,14}(?:[ ][A-Z]{2,12})?,[ ]?[A-Z][a-z]{0,12}(?:[ -][A-Za-z][a-z]{0,12}){0,3}",
    0.6,
    0.6,
    before=r"(?:(?<=\n)|\A)",
    after=r"(?=\r?\n|\Z)",
    trigger=r"(?:^|\n)[A-Z]{2,14}(?: [A-Z]{2,12})?, ?[A-Z][a-z]",
    width=80,
    lead=34,
)
_LATIN_NAME = rf"(?>{_WORD}(?:,[ ]?|[ ]){_WORD}(?:[ ]{_WORD}){{0,3}})"
_IDENTIFIED = Shape(
    rf"({_LATIN_NAME}){_PART}(?:HKID[ :]{{1,2}})?[A-Z]{{1,2}}[0-9]{{6}}\([0-9A]\)",
    0.6,
    0.6,
    before=r"(?<![0-9A-Za-z_])",
    after="",
    trigger=rf"[A-Za-z]{_PART}(?:HKID[ :]{{1,2}})?[A-Z]{{1,2}}[0-9]{{6}}\([0-9A]\)",
    width=144,
    lead=128,
)
_MAILED_LATIN = Shape(
    rf"({_LATIN_NAME}){_MAILBOX}",
    0.65,
    0.65,
    before=r"(?<![0-9A-Za-z_])",
    after="",
    trigger=rf"[A-Za-z]{_MAILBOX}",
    width=144,
    lead=128,
)


def _name(
    detail: str, labels: str, shapes: tuple[Shape, ...], check: Callable[[bytes], bool], strip: bytes = b""
) -> PatternDetector:
    return PatternDetector("PERSON", EntityClass.ATTRIBUTE, shapes, _SOURCE, labels, check, strip, detail)


def _scored(shape: Shape, labelled: float) -> Shape:
    return replace(shape, alone=0, labelled=labelled)


NAMES: tuple[PatternDetector, ...] = (
    _name("han", "person_exact", (_scored(_WHOLE, 0.8),), forms.han_led),
    _name("han", "person_exact", (_FILLING,), forms.han_any),
    _name("han", "person_exact", (_LISTED,), forms.han_listed),
    _name("han", "person_role", (_WHOLE,), forms.han_led),
    _name("han", "person_asked", (_scored(_FILLING, 0.6), _scored(_LISTED, 0.6)), forms.han_worded),
    _name("han", "person_bare", (_scored(_WHOLE, 0.6),), forms.han_known),
    _name("han", "person_user", (_scored(_WHOLE, 0.65),), forms.han_known),
    _name("han", "person_exact", (_SPACED,), forms.han_known, b" "),
    _name("han", "person_role", (_APART,), forms.han_known, b" "),
    _name("han", "person_bare", (_scored(_APART, 0.6),), forms.han_known, b" "),
    _name("han", "person_part", (_HALF,), forms.han_half),
    _name("han", "", (_called(_NAMED, 0.8),), forms.han_any),
    _name("han", "", (_called(_ASKED, 0.7),), forms.han_worded),
    _name("han", "", (_INTRODUCED, _DESCRIBED, _PASTED, _REVERSED, _HEADED, _MAILED), forms.han_known),
    _name("han", "", (_ADDRESSED,), _titled),
    _name("minority", "person_role", (_DOTTED,), forms.dotted),
    _name("minority", "person_bare", (_scored(_DOTTED, 0.6),), forms.dotted),
    _name("romanised", "person_role", (_LATIN, _LOWER), forms.romanised),
    _name("romanised", "person_bare", (_scored(_LATIN, 0.6),), forms.romanised),
    _name("romanised", "person_user", (_scored(_LATIN, 0.6),), forms.romanised),
    _name("english", "person_exact", (_LATIN,), forms.english_any),
    _name("english", "person_role", (_scored(_LATIN, 0.7), _LOWER), forms.english_known),
    _name("english", "person_bare", (_scored(_LATIN, 0.6),), forms.english_known),
    _name("english", "person_user", (_scored(_LATIN, 0.6),), forms.english_whole),
    _name("english", "person_part", (_LATIN_HALF,), forms.latin_half),
    _name("english", "", (_after(_TITLE, 0.6),), forms.english_half),
    _name("romanised", "", (_after(_TITLE, 0.65),), forms.romanised_half),
    _name("english", "", (_after(_INTRODUCTION, 0.6), _after(_HEADS, 0.65)), forms.english_known),
    _name("romanised", "", (_after(_INTRODUCTION, 0.65), _after(_HEADS, 0.65), _CARD), forms.romanised),
    _name("english", "", (_IDENTIFIED, _MAILED_LATIN), forms.english_known),
    _name("romanised", "", (_IDENTIFIED, _MAILED_LATIN), forms.romanised),
)
