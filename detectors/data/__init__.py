"""The tables detectors stand on. Each file names its sources; this module only reads them.

The files are part of the package, so reading them is no more IO than importing a module is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

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


def birth_years() -> range:
    """Years a living holder of a document may have been born in."""
    bounds = _table("numbers.toml")["birth"]
    return range(bounds["first_year"], bounds["last_year"] + 1)


def labels() -> tuple[Labels, Labels]:
    """The label families, and for each the words that contradict it. `@name` in a list stands for a shared list.

    The files of `labels/` are read as one: a shared list may be named in any of them.
    """
    table: dict[str, dict[str, list[str]]] = {"shared": {}, "families": {}, "against": {}}
    for name in sorted(path.name for path in files(__name__).joinpath("labels").iterdir()):
        for section, lists in _table(f"labels/{name}").items():
            table[section].update(lists)
    shared = table["shared"]

    def spelt(words: list[str]) -> tuple[str, ...]:
        return tuple(one for word in words for one in (spelt(shared[word[1:]]) if word.startswith("@") else (word,)))

    families = {family: spelt(words) for family, words in table["families"].items()}
    return families, {family: spelt(words) for family, words in table["against"].items()}


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(_text(name))
