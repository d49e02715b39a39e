"""How an address is written in Han characters, mainland and Hong Kong alike: from the large to the small.

An address begins with a place of the tables, goes on in names that end in what they are (区, 街道, 路, 村, 花园), and
comes to numbers with units (18号, 2栋, 12樓B室). The expressions are for `re` on UTF-8 bytes alone, so a Han character
is a group to whatever repeats it. Repeats are possessive and bounded: a run of Han is walked once, however it ends.
"""

from __future__ import annotations

from detectors.api import Shape
from detectors.data.places import hong_kong, lazily, mainland, scripts, trie, words

_TRADITIONAL, SIMPLIFIED = scripts()
_CN = mainland()
_AREAS, _PLACES = hong_kong()
_WORDS = words("han")


def _both(spaced: str) -> list[str]:
    """Spaced words in both scripts, longest first."""
    forms = dict.fromkeys(form for word in spaced.split() for form in (word, word.translate(_TRADITIONAL)))
    return sorted(forms, key=len, reverse=True)


def _spelt(spaced: str) -> str:
    return f"(?:{'|'.join(_both(spaced))})"


def _any(*lists: str) -> str:
    return _spelt(" ".join(_WORDS[name] for name in lists))


def _none(*lists: str) -> str:
    return f"(?!{trie(frozenset(_both(' '.join(_WORDS[name] for name in lists))))})"


def _behind(*lists: str) -> str:
    """Right behind one of some single characters; each is three bytes, which a look-behind must know."""
    return f"(?<={'|'.join(_both(' '.join(_WORDS[name] for name in lists)))})"


_HAN = r"[\xe4-\xe9][\x80-\xbf]{2}"
_NAME = f"(?:{_none('sentence')}(?!第[0-9]){_HAN}|(?<=壹|贰|叁)号)"
_INNER = f"(?:{_none('sentence', 'ends')}(?!第[0-9]){_HAN}|(?<=壹|贰|叁)号)"
# 深圳市 南山区 粤海街道 科技南路: names of at most nine characters before what ends them.
_CHAIN = f"(?:[ ]{{0,2}}+(?:,[ ])?+{_INNER}{{0,9}}+{_any('ends')}++){{1,9}}+"
_PART = "(?:[A-Za-z]{1,2}[0-9]{0,4}|[0-9]{1,5}[A-Za-z]?)"
_NUMBER = f"{_PART}(?:(?:[-~/&]|至|、|之|及){_PART}){{0,3}}+"
_HAN_NUMBER = f"{_any('digits')}{{1,5}}+"
_ANY_NUMBER = f"(?:{_NUMBER}|{_HAN_NUMBER})"
_GUARD = _none("not_along")
_ROOM = (
    rf"(?:[ ]?-?[A-Za-z]?[0-9]{{1,4}}(?:-[0-9]{{1,4}}){{0,2}}[A-Za-z]?(?![0-9A-Za-z.:%/-])"
    rf"(?:[ ]?{_spelt('室 房 户')}|(?![ ]?{_any('counted', 'units')}))|[A-Z](?![0-9A-Za-z])(?![ ]?{_any('units')}))"
)
# 17-4-2604: building, entrance, room
_DASHED = r"[0-9]{1,3}[A-Z]?(?:-[0-9]{1,4}[A-Z]?){1,3}(?![0-9A-Za-z-])"
_DIRECTION = f"(?:{_spelt('东 西 南 北 中 支路 支')}|{_any('digits')}段)?+"
_UNIT = rf"(?:第|附|之)?{_NUMBER}(?:[ ]?{_any('units')}|#|/F){_GUARD}{_ROOM}?+"
_HAN_UNIT = f"(?:第)?{_HAN_NUMBER}{_spelt('号楼 号 栋 幢 座 室 单元 楼 层 组 期 房')}{_GUARD}{_ROOM}?+"
# What may follow the first number: more of them, with a building's name before them or without, a floor, a bracket.
_TAIL = (
    rf"(?:[ ]?,?[ ]?(?:{_UNIT}|{_HAN_UNIT})"
    rf"|[ ]?{_NAME}{{1,12}}+(?:{_behind('buildings')}[ ]?{_UNIT}|(?:第)?{_NUMBER}[ ]?{_any('inside')}{_ROOM}?+)"
    rf"|(?:[ ]?{_NAME}{{1,12}}+)?{_behind('buildings')}[ ]?{_DASHED}"
    rf"|[ ]?{_any('floors')}(?:[A-Z][0-9]{{0,3}}{_spelt('铺 舖 室')})?"
    rf"|[ ]?\((?:{_HAN}|[0-9A-Za-z-]){{2,16}}+\))"
)
_MORE = f"{_TAIL}{{0,9}}+(?:[ ]?{_NAME}{{1,12}}?(?:{_any('named')}|{_behind('buildings')}(?!{_HAN})))?"
_FIRST = (
    f"(?:{_behind('streets')}[ ]?{_DIRECTION}[ ]?(?:第|甲|乙|丙|附)?{_ANY_NUMBER}[ ]?{_spelt('号 弄')}{_GUARD}{_ROOM}?+"
    f"|{_behind('villages')}(?:第)?{_ANY_NUMBER}{_spelt('组 社 队 居民组 村民组')}"
    f"|{_behind('houses')}[ ]?{_NUMBER}[ ]?{_spelt('室 房')}"
    f"|{_INNER}{{0,8}}+[ ]?{_NUMBER}[ ]?{_spelt('字楼 楼 层')}[ ]?{_NUMBER}[ ]?{_spelt('室 房 铺 舖')}"
    f"|{_INNER}{{0,8}}+[ ]?(?:第)?{_NUMBER}[ ]?{_spelt('号楼 栋 幢 座 单元 期 号 弄')}(?:{_TAIL}|{_ROOM})"
    rf"|{_behind('buildings')}{_DASHED})"
)

_ANCHORS = _CN.full | _CN.short | _AREAS.full | _PLACES.full
_NATION = {nation + name for nation in ("中国", "中國") for name in _ANCHORS if name[:2] in {"广东", "廣東", "香港"}}
_ANCHOR = trie(frozenset(_ANCHORS | _NATION))
_ANCHORED = (
    f"{_ANCHOR}(?!{_any('turns')}{{0,3}}{_any('turned')})(?:{_NAME}{{2,6}}+(?=[ ]))?+(?:{_CHAIN})?+{_FIRST}{_MORE}"
)
_TRIGGER = (
    f"(?:{_any('streets')}|{_spelt('东 西 南 北 中 支 至 之 及 、')})"
    f"[ ]?(?:第|甲|乙|丙|附)?[0-9A-Za-z-]{{1,7}}[ ]?{_spelt('号 弄 组 社 队')}"
    f"|[0-9A-Za-z][ ]?{_spelt('号楼 栋 幢 座 室 单元 房')}"
    f"|(?:{_any('streets')}|{_spelt('东 西 南 北 中')}){_any('digits')}{{1,5}}{_spelt('号 组 队 社')}"
    f"|[0-9A-Za-z]{_spelt('号')}[ ]?[0-9A-Za-z]{{1,5}}[ ]?{_spelt('楼 层 字楼 铺 舖')}"
    f"|{_any('digits')}{_spelt('居民组 村民组')}|区{_any('digits')}{_spelt('组')}"
    f"|{_any('buildings')}[0-9]{{1,3}}-[0-9]{{1,2}}-[0-9]{{3,4}}"
)

ANCHORED = Shape(_ANCHORED, 0.7, 0.85, before="", after="", trigger=_TRIGGER, width=128)
"""From a place of the tables to the last number: enough by itself."""

# With a label: any name and a number, from where a field or a word like 址 or 在 ends.
_LEAD = "址 是 在 到 至 为 於 于 往 住 给 寄 送 收 。 、 【 】 「 “ ： ， （"
_START = rf"(?=[\xe4-\xe90-9A-Za-z])(?:(?<![\x80-\xff0-9A-Za-z])|(?<={trie(frozenset(_both(_LEAD)))}))"
_RUN = f"(?:{_NAME}|[A-Za-z]{{1,3}}(?={_HAN})|{_behind('ends')}[ ](?={_HAN})){{0,30}}+"
_LOOSE = (
    rf"{_START}{_RUN}(?:[ ]?(?:{_UNIT}|{_HAN_UNIT})"
    rf"|{_behind('streets')}{_DIRECTION}[ ]?{_NUMBER}(?![0-9A-Za-z.:%/]){_none('counted', 'units')}"
    rf"|{_behind('buildings')}(?:{_DASHED}|[0-9]{{3,4}}[A-Z]?(?![0-9A-Za-z.:%/-]){_none('counted', 'units')}))"
    rf"{_MORE}"
)
# What follows is part of the trigger, so that not every 路 of a text is looked at; the value is the group before it.
_OVER = r"(?:[\x00-\x2f:-@\[-`{-\x7f\xe3]|$)"
_HALF = rf"({_START}{_RUN}{_behind('half')}(?![ ]?[0-9A-Za-z])){_OVER}"

LOOSE = Shape(
    _LOOSE,
    0,
    0.75,
    before="",
    after="",
    trigger=(
        f"(?:{_any('streets')}|号)[0-9]|{_any('buildings')}[0-9]{{1,3}}[0-9-][0-9]|[0-9A-Za-z][ ]?{_any('units')}"
        f"|{_any('digits')}{_spelt('号 栋 幢 座 室 单元 组')}"
    ),
    width=96,
)
"""What only a label makes an address: 科技园南区8栋1201, 解放路100."""
HALF = Shape(_HALF, 0, 0.6, before="", after="", trigger=_any("half") + _OVER, width=96)
"""A labelled address without a number; what it must name instead is for `half` to say."""

_WHOLE = lazily(f"(?:{_ANCHORED})")
_STARTS = lazily(_ANCHOR)
_AREA = lazily(trie(_AREAS.full))
_HK_WAYS = lazily(f"{trie(_PLACES.full | _PLACES.streets)}|{_any('hong_kong_ways')}|{_spelt('楼')}[A-Z]室")
_CN_WAYS = lazily(f"{_any('mainland_ways')}|市(?!{_spelt('广场 场 中心')})|(?:[0-9]|{_any('digits')}){_spelt('组')}")
_NEITHER = lazily(_any("neither"))
_LEVELS = lazily(_any("levels"))
_COUNT = lazily(f"{_NUMBER}[ ]?{_any('units')}|{_HAN_NUMBER}{_spelt('号 栋 座 单元 室')}")
_TOWNS = tuple("镇鎮市县縣乡鄉街")


def in_hong_kong(value: bytes) -> bool | None:
    """Which side of the border an address is on; None for one that is on neither."""
    text = value.decode("utf-8", "replace")
    found = _STARTS().match(value)
    if found:
        name = found[0].decode().removeprefix("中国").removeprefix("中國")
        return name in _AREAS.full or (name in _PLACES.full and not text.startswith(_TOWNS, len(name)))
    if _NEITHER().search(value):
        return None
    if _AREA().search(value):
        return True
    if _CN_WAYS().search(value):
        return False
    return bool(_HK_WAYS().search(value)) or any(ord(character) in SIMPLIFIED for character in text)


def loose(value: bytes) -> bool:
    """Whether a labelled value says where, and is not the longer way of reading an address that starts inside it."""
    whole = _WHOLE().search(value)
    if whole and whole.start():
        return False
    first = _COUNT().search(value)
    before = value[: first.start()] if first else value
    return len(before) >= 6 or len(_COUNT().findall(value)) >= 2


def half(value: bytes) -> bool:
    """Whether a value without a number names at least two levels above the street, village or estate."""
    return len(value) >= 24 and len(_LEVELS().findall(value)) >= 2
