"""The places an address begins or ends with, as `places_*.txt` list them, in both scripts and romanised."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Places:
    """Names of one side of the border.

    `full` are Han names that say what they are (深圳市, 福田区, 香港, 旺角), `short` those that people write without
    the suffix (深圳, 福田), `latin` the romanised or English ones, `streets` and `latin_streets` streets known to all.
    """

    full: frozenset[str]
    short: frozenset[str]
    latin: frozenset[str]
    streets: frozenset[str] = frozenset()
    latin_streets: frozenset[str] = frozenset()


def _text(name: str) -> str:
    return files("detectors.data").joinpath(name).read_text(encoding="utf-8")


def _rows(name: str) -> Iterator[str]:
    return (line for line in _text(name).splitlines() if line and not line.startswith("#"))


@cache
def words(script: str) -> Mapping[str, Any]:
    """The words addresses are made of, `han` or `latin`: spaced lists by name."""
    lists: Mapping[str, Any] = tomllib.loads(_text("address_words.toml"))[script]
    return lists


@cache
def scripts() -> tuple[dict[int, str], dict[int, str]]:
    """Translation tables for `str.translate`: to Traditional, and to Simplified."""
    pairs = [pair for row in _rows("places_han.txt") for pair in row.split()]
    return {ord(pair[0]): pair[1] for pair in pairs}, {ord(pair[1]): pair[0] for pair in pairs}


_BAY = ("广州", "深圳", "珠海", "佛山", "惠州", "东莞", "中山", "江门", "肇庆")
_SUFFIXES = ("新区", "区", "街道", "镇", "县", "市")


def _bare(name: str) -> str:
    """A county or town of the Greater Bay Area as its people call it; what is left of one character is no name."""
    stem = next((name.removesuffix(suffix) for suffix in _SUFFIXES if name.endswith(suffix)), name)
    return stem if len(stem) > 1 else name


@cache
def mainland() -> Places:
    """Provinces, prefectures and counties of the mainland. Counties are in Traditional script only for the Greater Bay
    Area: the rest come behind their province or city."""
    traditional, _ = scripts()
    full: set[str] = set()
    short: set[str] = set()
    latin: set[str] = {"China", "P.R. China", "PR China", "P.R.China", "PRC", "P.R.C."}
    for row in _rows("places_cn.txt"):
        name, stem, roman, counties = [*row.strip("[]").split("|"), ""][:4]
        both = {name, stem} - {""}
        counted = set(counties.split())
        full |= {name} | counted
        short |= {stem}
        latin |= {roman, roman.replace("'", "")}
        if stem in _BAY:
            bare = {_bare(each) for each in counted}
            short |= bare | {each.translate(traditional) for each in bare}
            both |= counted
        full |= {each.translate(traditional) for each in both if each != stem}
        short |= {stem.translate(traditional)}
    return Places(frozenset(full - {""}), frozenset(short - full - {""}), frozenset(latin - {""}))


@cache
def hong_kong() -> tuple[Places, Places]:
    """Areas, which show a Hong Kong address by themselves, and districts, places and streets."""
    _, simplified = scripts()
    parts: dict[str, tuple[set[str], set[str]]] = {}
    part: tuple[set[str], set[str]] = (set(), set())
    for row in _rows("places_hk.txt"):
        if row.startswith("["):
            part = parts.setdefault(row.strip("[]"), (set(), set()))
            continue
        han, _, english = row.partition("|")
        part[0].update(form for name in han.split() for form in (name, name.translate(simplified)))
        part[1].update(english.split(","))
    none: frozenset[str] = frozenset()
    (areas, area_names), (places, names), (streets, street_names) = (parts[k] for k in ("areas", "places", "streets"))
    return (
        Places(frozenset(areas), none, frozenset(area_names)),
        Places(frozenset(places), none, frozenset(names), frozenset(streets), frozenset(street_names)),
    )


@cache
def trie(names: frozenset[str]) -> str:
    """A regular expression on UTF-8 bytes for the longest of some names.

    Its first character is tried a byte at a time, so that no position of a text is held against each of thousands.
    """
    firsts = {name[0]: [f"\\x{byte:02x}" for byte in name[0].encode()] for name in names}
    rest = {name: name[1:] if name.isalpha() else map(re.escape, name[1:]) for name in names}
    return _branches(sorted([*firsts[name[0]], *rest[name]] for name in names), 0)


def lazily(expression: str) -> Callable[[], re.Pattern[bytes]]:
    """A regular expression on UTF-8 bytes that is compiled when it is first asked for: those of places are large."""
    return cache(lambda: re.compile(expression.encode()))


def _branches(rows: Sequence[Sequence[str]], at: int) -> str:
    """An expression for what is left of sorted rows that are the same before a place."""
    if len(rows) == 1:
        return "".join(rows[0][at:])
    ended = len(rows[0]) == at
    tails = []
    first = int(ended)
    while first < len(rows):
        step = rows[first][at]
        last = first + 1
        while last < len(rows) and rows[last][at] == step:
            last += 1
        tails.append(step + _branches(rows[first:last], at + 1))
        first = last
    whole = "|".join(tails)
    if ended:
        return f"(?:{whole})?"
    return whole if len(tails) == 1 else f"(?:{whole})"
