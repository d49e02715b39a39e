"""The bridge to Presidio, both ways: its recognizers behind our scan, our catalogue behind its analyzer.

In: `Recognizers` is a `Finder` made of what `detectors.recognizers` has ready. A pattern that runs out of time is told
to the allowance (Presidio logs it and goes on), a check digit raises a score by what it proves (Presidio makes it
certain), and context words are looked for by `detectors.context`, in field names too (Presidio wants a language model
for that).

Out: `pack` gives the registry as recognizers for any `AnalyzerEngine`:

    for recognizer in pack(languages=engine.supported_languages):
        engine.registry.add_recognizer(recognizer)

Presidio is imported when something here is called, never with this module: it takes a second and brings spaCy.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from detectors.api import Allowance, EntityClass, Field, Finder, Hit, Locate, Located
from detectors.compiled import Cache
from detectors.context import Evidence
from detectors.data import labels
from detectors.recognizers import SECONDS, Ready, Recognizer, UnfitError, ready
from detectors.registry import select
from detectors.scan import CONTRADICTED, Scanner

if TYPE_CHECKING:
    from presidio_analyzer import AnalysisExplanation, EntityRecognizer, RecognizerResult

UNREAD = "presidio"
"""What an allowance is told of bytes on which a recognizer failed or ran out of time."""
SLOW = "presidio_slow"
"""What it is told of bytes that were left to no slow recognizer, for want of allowance."""
NAME = "GbaEgressRecognizer"
"""What the catalogue is called among Presidio's recognizers."""
PROVED = 0.75
"""The most a check digit is worth without a word of context: of random numbers one in ten passes."""
SUPPORTED = 0.9
"""The most a pattern or a check digit is worth with a word of context."""

_CHANCE = 10
_CONTEXT, _CONTEXT_LEAST = 0.35, 0.4  # what Presidio's own context enhancer adds, and lifts to
_WINDOW, _BEFORE, _BEHIND, _FAR = 8192, 512, 2048, 16 * 1024
_OVERRUN = 16 * 1024
_OTHERWISE = "card"
"""The label family whose opposite says: a number of another kind."""


class Recognizers:
    """The finder. Raises UnfitError where one of the recognizers cannot be used.

    It reads windows of 8 KB: no value may begin in one and end more than 2 KB behind it, unless its first 2 KB match
    by themselves; then 16 KB are read. Patterns read everything; `seconds` bounds each on each window, and what takes
    longer is skipped and costs the message some of its allowance, so that not every window can be made to. What is no
    pattern (phone numbers: 0.1 MB a second) reads out of the allowance.
    """

    __slots__ = ("_evidence", "_ready", "_seconds", "detectors")

    def __init__(self, recognizers: Iterable[Recognizer], seconds: float = SECONDS) -> None:
        self._ready = tuple(ready(each) for each in recognizers)
        self._seconds = seconds
        self.detectors = tuple(detector for each in self._ready for detector in each.detectors.values())
        classes: dict[str, EntityClass] = {}
        for detector in self.detectors:
            if classes.setdefault(detector.entity, detector.entity_class) is not detector.entity_class:
                raise UnfitError(f"{detector.entity} is given two classes; give it one", "class")
        supporting = {str(at): each.context for at, each in enumerate(self._ready) if each.context}
        opposing = labels()[1].get(_OTHERWISE, ())
        against = {at: tuple(set(opposing) - set(own)) for at, own in supporting.items()}
        self._evidence = Evidence(supporting, against) if supporting else None

    def idle(self, text: bytes) -> bool:  # noqa: ARG002 - the protocol's signature
        """What others recognise can stand anywhere."""
        return False

    def find(self, text: bytes, hits: Sequence[Hit], locate: Locate, name: bytes, allowance: Allowance) -> list[Hit]:
        """What the recognizers see in normalised UTF-8 text. Bytes they did not come to see are told to `allowance`."""
        del hits, name  # a place's own name comes with it
        found: list[tuple[int, int, int, RecognizerResult]] = []
        edges = [*(_boundary(text, at) for at in range(0, len(text), _WINDOW)), len(text)]
        for start, stop in pairwise(edges):
            if allowance.left < 0:  # only what was overrun makes it so
                allowance.skip(UNREAD, len(text) - start)
                break
            unread = False
            for at, built in enumerate(self._ready):
                if not built.expressions and not allowance.take(SLOW, stop - start):
                    continue
                try:
                    found += [(at, *one) for one in self._within(built, text, start, stop)]
                except Exception as error:  # noqa: BLE001 - another's code: whatever it raises, it has not read this
                    unread = True
                    if isinstance(error, TimeoutError):
                        allowance.left -= _OVERRUN
            if unread:
                allowance.skip(UNREAD, stop - start)
        return self._weigh(text, found, locate)

    def _within(self, built: Ready, text: bytes, start: int, stop: int) -> list[tuple[int, int, RecognizerResult]]:
        """Results that begin in text[start:stop], with their byte spans. Raises TimeoutError."""
        mine: list[tuple[int, int, RecognizerResult]] = []
        for reach in (_BEHIND, _FAR):
            first = _boundary(text, max(0, start - _BEFORE))
            last = _boundary(text, stop + reach)
            piece = text[first:last].decode("utf-8", "surrogateescape")
            results = self._ask(built, piece)
            if not results:
                return []
            at = _offsets(piece, [place for result in results for place in (result.start, result.end)])
            spans = [(first + at[result.start], first + at[result.end], result) for result in results]
            mine = [each for each in spans if start <= each[0] < stop]
            if last == len(text) or all(each[1] < last for each in mine):
                break
        return mine

    def _ask(self, built: Ready, piece: str) -> list[RecognizerResult]:
        """Presidio swallows a time-out, so its patterns are run to their end under ours first."""
        seconds = self._seconds
        seen = [sum(1 for _ in each.finditer(piece, timeout=seconds)) for each in built.expressions]
        if built.expressions and not any(seen):
            return []
        results: list[RecognizerResult] = built.recognizer.analyze(piece, built.entities, None)
        return results

    def _weigh(self, text: bytes, found: list[tuple[int, int, int, RecognizerResult]], locate: Locate) -> list[Hit]:
        hits: list[Hit] = []
        for (at, start, end, result), place in zip(found, locate([each[1] for each in found]), strict=True):
            built = self._ready[at]
            value = text[start:end].translate(None, b" -")
            evidence = self._evidence_of(at, text, place, start, end)
            score = min(_score(result, evidence, number=value.isdigit()), built.max_score)
            detector = built.detectors.get(result.entity_type)
            if score > 0 and detector is not None:
                hits.append(Hit(detector, start, end, score, value))
        return hits

    def _evidence_of(self, at: int, text: bytes, place: Located, start: int, end: int) -> int:
        if self._evidence is None or not self._ready[at].context:
            return 0
        return self._evidence.of(str(at), text, place, start, end)


def _score(result: RecognizerResult, evidence: int, *, number: bool) -> float:
    """What a result is worth. One in ten random numbers passes a check digit, so passing multiplies the odds by ten."""
    explanation: AnalysisExplanation | None = result.analysis_explanation
    score = float(result.score)
    if explanation is not None and explanation.validation_result:
        pattern = float(explanation.original_score)
        odds = _CHANCE * pattern / (1 - min(pattern, 0.99))
        score = max(pattern, SUPPORTED if evidence > 0 else min(odds / (1 + odds), PROVED))
    elif evidence > 0:
        score = max(score, min(SUPPORTED, max(score + _CONTEXT, _CONTEXT_LEAST)))
    return min(score, CONTRADICTED) if evidence < 0 and number else score


def _boundary(text: bytes, at: int) -> int:
    """The start of the character that byte `at` is in."""
    at = min(at, len(text))
    for back in range(4):
        if at - back <= 0 or at - back == len(text) or text[at - back] & 0xC0 != 0x80:
            return at - back
    return at


def _offsets(piece: str, places: Iterable[int]) -> dict[int, int]:
    """Byte offsets of character offsets in a text that was decoded with `surrogateescape`."""
    if piece.isascii():
        return {place: place for place in places}
    at: dict[int, int] = {}
    before = total = 0
    for place in sorted(set(places)):
        total += len(piece[before:place].encode("utf-8", "surrogateescape"))
        at[place], before = total, place
    return at


def pack(
    entities: Iterable[str] | None = None,
    languages: Iterable[str] = ("en",),
    finders: Iterable[Finder] = (),
    cache: Cache | None = None,
) -> list[EntityRecognizer]:
    """The catalogue as Presidio recognizers: one for each language, all of them behind one pass over the text.

    Offsets are characters, scores are ours; label words in the text count as evidence. `entities` narrows what is
    looked for; raises ValueError for one there is not. `cache` keeps what was compiled. Safe to call from several
    threads.
    """
    wanted = None if entities is None else frozenset(entities)
    finders = tuple(finders)
    detectors = select(wanted)
    found = {each.entity for each in (*detectors, *(one for finder in finders for one in finder.detectors))}
    if wanted is not None and wanted - found:
        raise ValueError(f"no such entity: {', '.join(sorted(wanted - found))}")
    scanner, lock = Scanner(detectors, finders, cache), threading.Lock()
    supported = sorted(found if wanted is None else wanted)
    return [_catalogue()(scanner, lock, supported, language) for language in languages]


@cache
def _catalogue() -> Any:  # noqa: ANN401 - a class made of what is imported late
    from presidio_analyzer import AnalysisExplanation, LocalRecognizer, RecognizerResult  # noqa: PLC0415

    class GbaEgressRecognizer(LocalRecognizer):
        def __init__(self, scanner: Scanner, lock: threading.Lock, supported: list[str], language: str) -> None:
            self._scanner, self._lock = scanner, lock
            super().__init__(supported_entities=supported, name=NAME, supported_language=language)

        def load(self) -> None:
            """Nothing is loaded."""

        def analyze(
            self, text: str, entities: Sequence[str] | None, nlp_artifacts: object = None
        ) -> list[RecognizerResult]:
            del nlp_artifacts  # Presidio's analyzer gives it by name
            with self._lock:
                hits = _scan(self._scanner, text)
            return [self._result(*one) for one in hits if not entities or one[0].detector.entity in entities]

        def _result(self, hit: Hit, start: int, end: int) -> RecognizerResult:
            detector = hit.detector
            explanation = AnalysisExplanation(
                recognizer=NAME,
                original_score=hit.score,
                pattern_name=detector.detail or detector.entity,
                textual_explanation=f"Detected by the gba-egress catalogue; source: {detector.source}",
            )
            if detector.check is not None:
                explanation.validation_result = True
            told = {
                RecognizerResult.RECOGNIZER_NAME_KEY: NAME,
                RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
            }
            return RecognizerResult(detector.entity, start, end, hit.score, explanation, told)

    return GbaEgressRecognizer


def _scan(scanner: Scanner, text: str) -> list[tuple[Hit, int, int]]:
    """Hits with their character offsets in a text as people write it."""
    plain, origin = _plain(text)
    raw = plain.encode("utf-8", "replace")
    whole = Field(b"", 0, len(raw))
    hits = scanner.scan(raw, lambda starts: [whole] * len(starts), allowance=Allowance(len(raw)))
    if origin is None:
        return [(hit, hit.start, hit.end) for hit in hits]
    at: dict[int, int] = {}
    before = total = 0
    for place in sorted({place for hit in hits for place in (hit.start, hit.end)}):
        total += len(raw[before:place].decode())
        at[place], before = total, place
    return [(hit, origin[at[hit.start]], origin[at[hit.end] - 1] + 1) for hit in hits]


class _Meanings(dict[str, str]):
    """What a character beyond ASCII stands for in an identifier: itself, unless it is a drawn or invisible one."""

    def __missing__(self, character: str) -> str:
        plain = unicodedata.normalize("NFKC", character)
        if unicodedata.category(character) in {"Cf", "Cc"}:
            plain = ""
        elif unicodedata.category(character) == "Pd":
            plain = "-"
        elif not plain.isascii() or not all(c.isalnum() or c in " +-.@/()_" for c in plain):
            plain = character
        self[character] = plain
        return plain


_MEANT = _Meanings()


def _plain(text: str) -> tuple[str, list[int] | None]:
    """Full-width letters and digits made plain and invisible characters left out, and where each one was."""
    if text.isascii():
        return text, None
    kept: list[str] = []
    origin: list[int] = []
    for at, character in enumerate(text):
        meant = character if character.isascii() else _MEANT[character]
        kept.append(meant)
        origin += [at] * len(meant)
    return "".join(kept), origin
