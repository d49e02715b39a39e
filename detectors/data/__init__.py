"""The tables detectors stand on. Each file names its sources; this module only reads them.

The files are part of the package, so reading them is no more IO than importing a module is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from itertools import product
from types import MappingProxyType
from typing import Any, NamedTuple

Labels = Mapping[str, tuple[str, ...]]


def _text(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _rows(name: str) -> Iterator[str]:
    return (line for line in _text(name).splitlines() if line and not line.startswith("#"))


def _numbers(ranges: str) -> Iterator[int]:
    """`01 05-07` → 1, 5, 6, 7."""
    for item in ranges.split():
        first, _, last = item.partition("-")
        yield from range(int(first), int(last or first) + 1)


def regions() -> frozenset[bytes]:
    """Six-digit codes of GB/T 2260, abolished ones included."""
    codes = []
    for row in _rows("regions.txt"):
        prefecture, _, counties = row.partition(" ")
        codes += [f"{prefecture}{county:02}".encode() for county in _numbers(counties)]
    return frozenset(codes)


def issuers() -> dict[bytes, int]:
    """Card lengths by issuer prefix of four or six digits, as a bit set: bit n says that n digits occur."""
    table: dict[bytes, int] = {}
    for row in _rows("iins.csv"):
        first, last, lengths, _ = row.split(",")
        mask = sum(1 << length for length in _numbers(lengths))
        size = 4 if len(first) <= 4 else 6
        spare = size - len(first)
        for prefix in range(int(first) * 10**spare, (int(last) + 1) * 10**spare):
            key = f"{prefix:0{size}}".encode()
            table[key] = table.get(key, 0) | mask
    return table


def prefixes(plan: str, size: int) -> frozenset[bytes]:
    """The opening digits of a number plan, spelt out to `size` digits."""
    return frozenset(
        f"{opening}{rest:0{size - len(opening)}}".encode() if len(opening) < size else opening.encode()
        for opening in _table("numbers.toml")[plan]["prefixes"]
        for rest in range(10 ** (size - len(opening)))
    )


def bank_codes(place: str) -> frozenset[bytes]:
    """The three digits that open the numbers of a place's banks."""
    return frozenset(b"%03d" % code for code in _numbers(_table("banks.toml")[place]["codes"]))


def health_words() -> Mapping[str, Mapping[str, list[str]]]:
    """Headings of medical records, illnesses and drugs: Han words, and English ones as regular expressions."""
    return _table("health.toml")


def icd10() -> frozenset[bytes]:
    """The three-character categories that the chapters of ICD-10 leave room for."""
    return frozenset(
        b"%c%02d" % divmod(code, 100)
        for row in _rows("icd10.txt")
        for first, last in (row.split("-"),)
        for code in range(ord(first[0]) * 100 + int(first[1:]), ord(last[0]) * 100 + int(last[1:]) + 1)
    )


def countries() -> tuple[frozenset[bytes], frozenset[bytes]]:
    """ISO 3166-1: the alpha-3 codes and the numeric ones."""
    codes = [code.encode() for row in _rows("countries.txt") for code in row.split()]
    return frozenset(code[:3] for code in codes), frozenset(code[3:] for code in codes)


def makers() -> frozenset[bytes]:
    """World manufacturer identifiers (ISO 3780), spelt out to three characters."""
    characters = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
    return frozenset(
        (group[:size] + rest).encode()
        for row in _rows("wmi.txt")
        for group in row.split()
        for size in (group.index("*") if "*" in group else 2,)
        for rest in (_spelt(characters, 3 - size) if "*" in group else group[2:])
    )


def _spelt(characters: str, size: int) -> list[str]:
    return ["".join(each) for each in product(characters, repeat=size)]


def birth_years() -> range:
    """Years a living holder of a document may have been born in."""
    bounds = _table("numbers.toml")["birth"]
    return range(bounds["first_year"], bounds["last_year"] + 1)


@cache
def labels() -> tuple[Labels, Labels]:
    """The label families, and for each the words that contradict it. `@name` in a list stands for a shared list, or for
    a family's own. Of what contradicts a family, its own words are left out: a list of all numbers' names serves many.

    The files of `labels/` are read as one: a shared list may be named in any of them.
    """
    table: dict[str, dict[str, list[str]]] = {"shared": {}, "families": {}, "against": {}}
    for name in sorted(path.name for path in files(__name__).joinpath("labels").iterdir()):
        for section, lists in _table(f"labels/{name}").items():
            table[section].update(lists)
    shared = table["families"] | table["shared"]

    @cache
    def named(name: str) -> tuple[str, ...]:
        return spelt(shared[name])

    def spelt(words: list[str]) -> tuple[str, ...]:
        return tuple(one for word in words for one in (named(word[1:]) if word[0] == "@" else (word,)))

    families = {family: spelt(words) for family, words in table["families"].items()}
    against = {family: spelt(words) for family, words in table["against"].items()}
    own = {family: frozenset(families[family]) for family in against}
    return MappingProxyType(families), MappingProxyType(
        {
            family: tuple(dict.fromkeys(word for word in words if word not in own[family]))
            for family, words in against.items()
        }
    )


class Surname(NamedTuple):
    """A surname as written: Han forms (simplified first), and romanised ones, lower case, parts between hyphens."""

    han: tuple[str, ...]
    pinyin: tuple[str, ...]
    hong_kong: tuple[str, ...]
    macao: tuple[str, ...]
    common: bool


def surnames() -> tuple[Surname, ...]:
    """Surnames, single and compound, the most frequent first among those with a Cantonese form."""
    rows = (row.split(",") for row in _rows("surnames.csv"))
    return tuple(
        Surname(
            (row[0], *row[1].split()), tuple(row[2].split()), tuple(row[3].split()), tuple(row[4].split()), row[5] != ""
        )
        for row in rows
    )


def not_names() -> frozenset[str]:
    """Everyday words of two and three characters that are nobody's name, in Simplified script."""
    rows = (row.split(" ") for row in _rows("not_names.txt"))
    return frozenset(first + rest for first, *others in rows for rest in others)


def name_words() -> Mapping[str, Mapping[str, Any]]:
    """The words names are made of or stand beside, Latin and Han."""
    return _table("names.toml")


@cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(_text(name))
