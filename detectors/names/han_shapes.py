"""How names in Han characters are written, and where: beside what asks for them, before a number, in cards and mail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from detectors.api import Shape
from detectors.data.places import trie
from detectors.names import forms

_HAN_WORDS = forms.WORDS["han"]


def either(words: Iterable[str]) -> str:
    """An expression for one of some words."""
    return trie(frozenset(words))


# A Han character: CJK Unified Ideographs, Extension A and the supplementary ones, as bytes.
_H = r"(?:(?:[\xe4-\xe9][\x80-\xbf]|\xe3[\x90-\xbf]|\xf0[\xa0-\xb1][\x80-\xbf])[\x80-\xbf])"
_NOT_BEHIND_HAN = r"(?<![\xe4-\xe9][\x80-\xbf]{2})"
# Where a value begins. ASCII or Chinese punctuation, or the start of the text; then perhaps a space.
_OPENED = r"(?:^|[^0-9A-Za-z_.\x80-\xff]|[^0-9A-Za-z_ ][.]|、|。|；|：|，|！|？|「|『|【|】|《|“|‘|（)"
_STARTS = rf"{_OPENED}[ ]?"
# What opens and closes a value that fills its field.
CELL = """(?:^|["'=>:,\t\n|])[ ]?"""
IN_CELL = r"""(?:(?<=["'=>:,\t\n|])|(?<=[=>:,|][ ])|\A)"""
CELL_ENDS = r"""(?![^"'<,;\t\r\n|&\]})])"""
CELL_END = r"""(?:["'<,;\t\r\n|&\]})]|$)"""
_FOLLOWED = either((*_HAN_WORDS["followers"], *_HAN_WORDS["titles"]))
# what a colon follows is a label: 姓名：张伟民，温度：36.5
_ENDED = rf"(?![ ]?(?::|：))(?:(?={_FOLLOWED})|(?!{_H})(?:(?![0-9A-Za-z_]|·|•|‧)|(?=[0-9]{{7}})))"

_DOT = "(?:·|•|‧|∙|・)"
_SURNAME = either(forms.COMMON)
_LONG_SURNAME = either(forms.COMPOUND)
_LEADS = rf"(?:{_LONG_SURNAME}|(?!{either(_HAN_WORDS['joins'])}{_SURNAME}){_SURNAME})"
_GIVEN = rf"(?:(?!{_FOLLOWED}|{either(_HAN_WORDS['unlikely'])}){_H})"
_FULL = rf"(?:{_LEADS}(?:{_SURNAME}{_GIVEN}{{2}}|{_GIVEN}{{1,2}}))"
_CUE = either(_HAN_WORDS["cues"])
_COURTESY = either(_HAN_WORDS["courtesies"])

_FOUR = rf"(?:(?!{_FOLLOWED}){_H}){{2,4}}"
# what a colon follows is what the next value is called
UNCALLED = r"(?![ ]?[:=](?![ ]?1[3-9]))"
WHOLE = Shape(
    _FOUR,
    0,
    0.75,
    before=rf"{_NOT_BEHIND_HAN}(?<![0-9A-Za-z_])(?<!·)",
    after=_ENDED + UNCALLED,
    trigger=rf"{_STARTS}{_H}{_H}",
    width=24,
    lead=8,
)
# 张　三 in tables that make names equally wide
SPACED = Shape(
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
FILLING = Shape(
    _FOUR,
    0,
    0.8,
    before=r"""(?:(?<=["'>\t\n|])|(?<=[>|][ ])|\A)""",
    after=CELL_ENDS,
    trigger=rf"""(?:^|["'>\t\n|])[ ]?{_H}{_H}""",
    width=24,
    lead=7,
)
LISTED = replace(FILLING, before=r"(?:(?<=,)|(?<=,[ ]))", trigger=rf",[ ]?{_H}{_H}")
APART = replace(SPACED, before=IN_CELL, after=CELL_ENDS, trigger=rf"{CELL}{_H}[ ]{{1,4}}{_H}")
# "姓名": "高丽", 申请人：高丽: called a name right before
_CALLS = r"""["'】\])]{0,2}[ ]?[:=][ ]?["'【\[(]?"""
NAMED = either(_HAN_WORDS["asked"])
ASKED = either("人者员員方主师師")


def called(words: str, score: float) -> Shape:
    """A name behind one of some words and a colon, with quotes between or not."""
    return Shape(
        rf"(?:{words}){_CALLS}({_FOUR})",
        score,
        score,
        before="",
        after=_ENDED + UNCALLED,
        trigger=rf"(?:{words}){_CALLS}{_H}{_H}",
        width=56,
        lead=40,
    )


# 张三，13800138000，广东省…: as people paste them
PART = r"(?:[ ]?[,/|(:;\t][ ]?|、|，|：|（|[ ]{1,4})"
_MOBILE = r"(?:\+?86[ -]?)?1[3-9][0-9](?:[0-9]{8}|[ -][0-9]{4}[ -][0-9]{4})"
_NUMBER = (
    rf"(?:{_MOBILE}|[1-9][0-9]{{5}}(?:19|20)[0-9]{{9}}[0-9Xx]|[A-Z]{{1,2}}[0-9]{{6}}\([0-9A]\)"
    r"|(?:\+?852[ -]?)?[5679][0-9]{3}[ -]?[0-9]{4})"
)
PASTED = Shape(
    rf"({_FULL}){PART}{_NUMBER}",
    0.6,
    0.6,
    before=_NOT_BEHIND_HAN,
    after="(?![0-9])",
    trigger=rf"{_H}{PART}{_NUMBER}",
    width=72,
    lead=60,
)
REVERSED = Shape(
    rf"{_MOBILE}{PART}({_FULL})",
    0.6,
    0.6,
    before="(?<![0-9])",
    after=r"(?=[ ,;|)\t\r\n]|$)",
    trigger=rf"{_MOBILE}{PART}{_SURNAME}{_H}",
    width=56,
    lead=44,
    numeric=True,
)
# vCard (RFC 6350), iCalendar (RFC 5545), LDIF (RFC 2849), SWIFT MT103, and the mailbox of RFC 5322
HEADS = r"(?:(?:^|\n)(?:FN|CN|cn|displayName)(?:;[^:\n]{0,40})?:[ ]?|;CN=\"?|:(?:50[AFK]|59[AF]?):(?:/[^\n]{1,40}\n)?)"
MAILBOX = r"\"?[ ]?<[0-9A-Za-z._%+-]{1,40}@"
HEADED = Shape(
    rf"{HEADS}({_FULL})", 0.7, 0.7, before="", after=rf"(?!{_H})", trigger=rf"{HEADS}{_H}{_H}", width=112, lead=96
)
MAILED = Shape(
    rf"({_FULL}){MAILBOX}",
    0.7,
    0.7,
    before=_NOT_BEHIND_HAN,
    after="",
    trigger=rf"{_H}{MAILBOX}",
    width=80,
    lead=64,
)
HALF = Shape(
    rf"{_H}{{1,3}}",
    0,
    0.65,
    before=IN_CELL,
    after=CELL_ENDS,
    trigger=rf"""{CELL}{_H}""",
    width=16,
    lead=4,
    common=True,
)
DOTTED = Shape(
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
INTRODUCED = Shape(
    rf"{_CUE}(?:是|为|為|係)?({_FULL})",
    0.7,
    0.7,
    before="",
    after=rf"(?:{_ENDED}|(?={either(_HAN_WORDS['after'])}))",
    trigger=rf"{_CUE}(?:是|为|為|係)?{_SURNAME}{_H}",
    width=48,
    lead=32,
)
# 张三，男，1990年生: how courts, registers and prospectuses begin
DESCRIBED = Shape(
    rf"({_FULL})(?:，|,|、|\(|（|[ ])[ ]?(?:男|女)",
    0.7,
    0.7,
    before=_NOT_BEHIND_HAN,
    after=rf"(?!{_H})",
    trigger=rf"{_SURNAME}{_H}{{1,3}}(?:，|,|、|\(|（|[ ])[ ]?(?:男|女)",
    width=40,
)
# 陈先生 is one person's name as it stands; of 陈大文先生 it is what stands before.
ADDRESSED = Shape(
    rf"((?:{_LEADS}{_COURTESY})|(?:{_FULL}(?={_COURTESY})))(?:{_COURTESY})?",
    0.6,
    0.6,
    before="",
    after="",
    trigger=_COURTESY,
    width=36,
)
