"""The register of important data read from its file, with the sets and the key beside it, and compiled."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from detectors import cellset, fingerprint
from detectors.cellset import Cells
from detectors.conditions import CHINA, Box, Condition, Exact, Files, Labels, Precision, Terms, Volume
from detectors.fingerprint import Documents
from detectors.hashset import KEY_BYTES, SetError
from detectors.important import Catalogue, Entry, Status
from detectors.registry import ENTITIES
from proxy.policy import catalogue as written
from proxy.policy.catalogue import Register, load_register
from proxy.policy.errors import Code, PolicyError, Problem
from proxy.policy.yamltree import MAX_BYTES, PolicyFile

type Sets = Mapping[tuple[object, str], Documents | Cells]


def load(path: str | Path) -> Catalogue:
    """Read the register at `path` with the sets and the key it names (paths relative to it), and compile it.

    Raises PolicyError with every mistake, those in the sets at the line that names them.
    """
    return compile_register(read(path))


def read(path: str | Path) -> Register:
    """The register alone; `-` is stdin. Raises PolicyError."""
    try:
        if str(path) == "-":
            text = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                text = file.read(MAX_BYTES + 1)
    except OSError as error:
        note = f"{error.strerror or 'cannot be read'}; name a register file"
        raise PolicyError([Problem(str(path), 1, 1, Code.UNREADABLE, note)]) from None
    return load_register(PolicyFile(str(path), text), ENTITIES)


def compile_register(register: Register) -> Catalogue:
    """A register with the sets and the key it names. Raises PolicyError, at the lines that name them."""
    folder = Path(register.path).parent
    key, problems = b"", []
    if register.document.key is not None:
        try:
            key = read_key(folder / register.document.key)
        except SetError as error:
            problems.append(register.problem(("key",), f"{register.document.key}: {error}"))
    sets: dict[tuple[object, str], Documents | Cells] = {}
    for loc, name in register.paths() if not problems else ():
        reader: Callable[[bytes, bytes], Documents | Cells] = fingerprint.load if loc[-2] == "files" else cellset.load
        try:
            if (loc[-2], name) not in sets:
                sets[loc[-2], name] = reader(key, _bytes(folder / name))
        except SetError as error:
            problems.append(register.problem(loc, f"{name}: {error}"))
    if problems:
        raise PolicyError(problems)
    return Catalogue([_entry(entry, sets) for entry in register.document.entries], key)


def _entry(entry: written.Entry, sets: Sets) -> Entry:
    matchers = tuple(tuple(_conditions(matcher, sets)) for matcher in entry.matchers)
    return Entry(entry.id, Status(entry.status), matchers, entry.issuer or "the operator's catalogue")


def _conditions(asked: written.Matcher, sets: Sets) -> Iterator[Condition]:
    """The conditions of a matcher, cheap ones first: where one does not hold the rest is not looked at."""
    if asked.labels:
        yield Labels(asked.labels)
    if asked.terms:
        yield Terms(tuple(dict.fromkeys(asked.terms.any_of)), asked.terms.at_least)
    if asked.volume:
        yield Volume(asked.volume.at_least, asked.volume.entity or "")
    if asked.precision:
        box = asked.precision.within
        within = Box(box.west, box.south, box.east, box.north) if box else CHINA
        yield Precision(asked.precision.decimals, asked.precision.points, within)
    if asked.files and isinstance(documents := sets["files", asked.files.set], Documents):
        yield Files(documents, contained=asked.files.contained, passage=asked.files.passage)
    if asked.exact and isinstance(cells := sets["exact", asked.exact.set], Cells):
        yield Exact(cells, columns=asked.exact.columns, rows=asked.exact.rows)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SetError(error.strerror or "cannot be read") from None


def read_key(path: Path) -> bytes:
    """The key in a file. Raises SetError."""
    key = _bytes(path)
    if len(key) != KEY_BYTES:
        raise SetError(f"a key is {KEY_BYTES} bytes, this is {len(key)}; `egress catalogue build` makes one")
    return key
