"""Other ways to read what was read: letters taken for digits, digits for letters, fillers of a machine-readable line.

Only a reading that check digits prove is offered, beside the first; nothing is altered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from detectors import checks, checks_things

Reading = tuple[str, tuple[int, ...]]
"""A text, and of each of its characters the position in the text it was read from."""

_TO_DIGIT = str.maketrans("OoQDUIl|!iZzSsBGbqg", "0000011111225586699")
_TO_LETTER = str.maketrans("0158642", "OISBGAZ")
_LOOKS = "0-9OoQDUIl|!iZzSsBGbqg"
_RESIDENT = re.compile(rf"(?<![0-9A-Za-z])[{_LOOKS}]{{17}}[{_LOOKS}XxKk]")
_CARD = re.compile(rf"(?<![0-9A-Za-z])[{_LOOKS}](?:[ -]?[{_LOOKS}]){{14,18}}(?![0-9A-Za-z])")
_HKID = re.compile(rf"(?<![0-9A-Za-z])[A-Z]{{1,2}}[{_LOOKS}]{{6}} ?[(（][{_LOOKS}A][)）]")
_FILLERS = {**dict.fromkeys("く〈‹＜≤﹤〱", "<"), **dict.fromkeys("《«≪⟪", "<<")}
_ZONE = re.compile(r"[0-9A-Z<]{26,50}")
_FILL = re.compile(r"<+")
_PASSPORT = (
    (1, 9, _TO_DIGIT),
    (9, 10, _TO_DIGIT),
    (10, 13, _TO_LETTER),
    (13, 20, _TO_DIGIT),
    (21, 28, _TO_DIGIT),
    (42, 44, _TO_DIGIT),
)
_PERMIT = ((0, 2, _TO_LETTER), (4, 11, _TO_DIGIT), (12, 19, _TO_DIGIT), (20, 27, _TO_DIGIT), (28, 30, _TO_DIGIT))
_FORMS: tuple[tuple[int, tuple[tuple[int, int, dict[int, int]], ...], Callable[[bytes], bool]], ...] = (
    (44, _PASSPORT, checks.passport_mrz),
    (30, _PERMIT, checks_things.permit_mrz),
)


def proven(text: str) -> bool:
    """Whether a text is a number that proves itself: region, date and check digit."""
    value = text.replace(" ", "").encode()
    return checks.resident_id(value) or checks.residence_permit(value)


def readings(text: str) -> Iterator[Reading]:
    """Other readings of a text, each with one stretch of it read anew."""
    for pattern, write, proof in _NUMBERS:
        for match in pattern.finditer(text):
            new = write(match[0])
            if new != match[0] and proof(new):
                yield text[: match.start()] + new + text[match.end() :], tuple(range(len(text)))
    yield from _zone(text)


def _resident(text: str) -> str:
    return text[:17].translate(_TO_DIGIT) + text[17].translate({ord("K"): "X", ord("k"): "X", **_TO_DIGIT})


def _hkid(text: str) -> str:
    at = len(re.sub("[ ()（）]", "", text)) - 7
    return text[:at] + text[at:].translate(_TO_DIGIT)


def _digits(text: str) -> bytes:
    return re.sub("[ ()（）-]", "", text).encode()


_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], str], Callable[[str], bool]], ...] = (
    (_RESIDENT, _resident, proven),
    (_CARD, lambda text: text.translate(_TO_DIGIT), lambda text: checks.payment_card(_digits(text))),
    (_HKID, _hkid, lambda text: checks.hkid(_digits(text))),
)


def _zone(text: str) -> Iterator[Reading]:
    """Lines of a machine-readable zone (ICAO Doc 9303-3): fillers that were misread or miscounted, letters in the
    place of digits."""
    clean: list[tuple[str, int]] = []
    for at, character in enumerate(text):
        if character != " ":
            clean += ((each, at) for each in _FILLERS.get(character, character))
    line = "".join(character for character, _ in clean)
    if not _ZONE.fullmatch(line):
        return
    sources = [at for _, at in clean]
    for length, fields, proof in _FORMS:
        for new, places in _filled(line, sources, length):
            for first in (0, 1):  # what is read as a digit in a number may be a letter: tried both ways
                fixed = _fixed(new, fields[first:])
                if proof(fixed.encode()):
                    if fixed != text:
                        yield fixed, tuple(places)
                    return


def _filled(line: str, sources: list[int], length: int) -> Iterator[tuple[str, list[int]]]:
    """The line with as many fillers as make it `length` characters long."""
    if len(line) == length:
        yield line, sources
        return
    missing = length - len(line)
    for match in sorted(_FILL.finditer(line), key=lambda each: -len(each[0])):
        if len(match[0]) + missing > 0:
            cut, rest = match.start(), match.end()
            fill = len(match[0]) + missing
            at = [sources[min(cut + step, rest - 1)] for step in range(fill)]
            yield line[:cut] + "<" * fill + line[rest:], [*sources[:cut], *at, *sources[rest:]]


def _fixed(line: str, fields: tuple[tuple[int, int, dict[int, int]], ...]) -> str:
    for start, end, table in fields:
        line = line[:start] + line[start:end].translate(table) + line[end:]
    return line
