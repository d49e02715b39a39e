"""Labelled documents, put together from values, names, carriers and ways of writing. The same seed, the same corpus."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from tests.corpus.carriers import CARRIERS, Cell
from tests.corpus.makers import MAKERS
from tests.corpus.prose import PROSE
from tests.corpus.tables import table
from tests.corpus.values import Value
from tests.corpus.writings import WAYS

SCRIPTS = ("hans", "hant", "en")
_TOGETHER = 4
_FILLERS = table("tables")["fillers"]


class Labelled(NamedTuple):
    """A value where it stands in a document: as it is written there, by whom it is looked for, and how."""

    value: Value
    written: str
    name: str
    way: str = ""


class Document(NamedTuple):
    """A document and its labels; `carrier` and `script` say how it was made."""

    carrier: str
    script: str
    content_type: str
    body: bytes
    labels: tuple[Labelled, ...]
    reason: str = ""


def _name(rng: random.Random, maker: str, script: str, taken: set[str]) -> str:
    value = MAKERS[maker](random.Random(0), script)
    options = table("words")[value.words or value.entity][script]
    for _ in range(9):
        name = rng.choice(options)
        if name not in taken:
            break
    taken.add(name)
    return name


def _groups(rng: random.Random, makers: list[str]) -> Iterator[list[str]]:
    """All makers a few at a time, in a new order."""
    shuffled = rng.sample(makers, len(makers))
    for at in range(0, len(shuffled), _TOGETHER):
        yield shuffled[at : at + _TOGETHER]


def structured(rng: random.Random, makers: list[str]) -> Iterator[Document]:
    """Every maker in every carrier and script."""
    for carrier, kind in CARRIERS.items():
        for script in kind.names:
            for group in _groups(rng, makers):
                taken: set[str] = set()
                names = [_name(rng, maker, script, taken) for maker in group]
                if len(taken) < len(group):
                    continue
                before, behind = (Cell(*filler) for filler in rng.sample(_FILLERS[script], 2))
                rows = [[before, *_cells(rng, names, group, script), behind] for _ in range(kind.rows)]
                content_type, body = kind.write(rng, rows)
                labels = tuple(Labelled(c.value, c.text, c.name) for row in rows for c in row if c.value)
                yield Document(carrier, script, content_type, _bytes(body), labels)


def _cells(rng: random.Random, names: list[str], makers: list[str], script: str) -> list[Cell]:
    values = [MAKERS[maker](rng, script) for maker in makers]
    return [Cell(name, value.text, value) for name, value in zip(names, values, strict=True)]


def _bytes(body: str | bytes) -> bytes:
    return body if isinstance(body, bytes) else body.encode()


def written(rng: random.Random, makers: list[str]) -> Iterator[Document]:
    """Every maker in prose of every kind and script."""
    for carrier, write in PROSE.items():
        for script in SCRIPTS:
            for group in _groups(rng, makers):
                yield _prose(rng, carrier, write, script, [(maker, MAKERS[maker](rng, script), "") for maker in group])


def _prose(rng, carrier, write, script, values):
    taken: set[str] = set()
    cells, labels = [], []
    for maker, value, way in values:
        cell = Cell(_name(rng, maker, script, taken), value.text, value)
        cells.append(cell)
        labels.append(Labelled(value, cell.text, cell.name, way))
    return Document(carrier, script, "text/plain", write(rng, cells, script).encode(), tuple(labels))


def ways(rng: random.Random, makers: list[str], rounds: int = 1) -> Iterator[Document]:
    """Every way of writing of every maker, in prose and in a few carriers."""
    for way, transform in WAYS.items():
        for maker in makers:
            for script in SCRIPTS:
                for _ in range(rounds):
                    value = MAKERS[maker](rng, script)
                    other = transform(rng, value)
                    if other is None:
                        continue
                    turned = value._replace(text=other)
                    carrier = rng.choice(list(PROSE))
                    yield _prose(rng, carrier, PROSE[carrier], script, [(maker, turned, way)])
                    carrier = rng.choice(
                        (
                            "json_flat",
                            "json_escaped",
                            "form",
                            "csv",
                            "xml_elements",
                            "sql_insert",
                            "log_key_value",
                            "html_table",
                        )
                    )
                    cells = [Cell(*_FILLERS["key"][0]), Cell(_name(rng, maker, "key", set()), other, turned)]
                    content_type, body = CARRIERS[carrier].write(rng, [cells])
                    yield Document(
                        carrier, "key", content_type, body.encode(), (Labelled(turned, other, cells[1].name, way),)
                    )
