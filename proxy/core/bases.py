"""Words of short texts that are something else in an alphabet with no sign of its own: base85 and its kin, base58,
base45, numbers in another base, base64 of what is packed or turned.

Only in short texts, where every long token can be tried: here is which, and `base_readings` says what each may say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from proxy.core.base_readings import DIGITS, NUMBER, readings
from proxy.core.stretch import Stretch, refuse

_MIXED = (
    rb"[0-9][A-Z][a-z]|[0-9][a-z][A-Z]|[A-Z][0-9][a-z]|[a-z][0-9][A-Z]|[a-z][A-Z][0-9]|[A-Z][a-z][0-9]",
    rb"[0-9][A-SU-Y][0-9]|[A-Z][0-9]{1,2}[A-Z]|[0-9][A-Z][A-Z][0-9]|[A-Z][a-z][A-Z][a-z]",
    rb"[g-z][0-9][a-z]|[a-z][0-9][g-z]|[0-9][g-z][0-9]|[0-9][a-z]{7}",
)
_SIGNED = (
    rb"[!#$%&(*+;<>?@^`{|}~=][A-Za-z0-9][!#$%&(*+;<>?@^`{|}~=]|[!#$%&(*+;<>?@^`{|}~=]{2}[A-Za-z0-9]"
    rb"|[!#$%&(*+;<>?@^`{|}~=][A-Za-z0-9]{2}:"
)
_HEXADECIMAL = (
    rb"[0-9a-f]{16}|[0-9A-F]{16}|0x[0-9A-Fa-f]{6}|0o[0-7]{9}|[01]{24}|[a-z2-7]{16}|[A-Z2-7]{16}"
    rb"|16#[0-9A-Fa-f]{6}|'h[0-9A-Fa-f]{6}"
)
_OTHER = (
    rb"[0-9A-Fa-f]3[0-9][.,;|/_]3[0-9]{2}[0-9A-Fa-f]|3[0-9][.|/_]3[0-9][.|/_]3[0-9]"
    rb"|[MNO][DTjz][AEIMQUYcgk][0-9A-Za-z]{1,9}\t"
)
GATES = (*_MIXED, _OTHER, _SIGNED, _HEXADECIMAL)
"""Hyperscan expressions of letters, figures and signs that change as in no language."""
_TRIED = 48
"""Stretches of a text."""
_WIDEST = 2048
_TOKEN_SIGNS = re.compile(rb"[!#-&(-+./:-@^-~0-9A-Za-z_-]*")
_LINE = re.compile(rb"[^\r\n]*")
_MASKS = (b"***", b"###", b"xxx", b"XXX", b"___", b"...", b"---")
_FIGURES_ALONE = re.compile(rb"([0-9]*)[\",:;{}\[\]]")
_PREFIX = re.compile(rb"[\w.-]{1,24}[:#|=.]")


_Span = tuple[int, int]


def stretches(text: bytes, ends: Iterable[int], field: Callable[[int], tuple[int, int]]) -> Iterator[Stretch]:
    """The words of a short text that decode to text, given positions in those that could; `field` tells where the
    value around a position begins and ends. None of them is written back: a change is refused."""
    reached = 0
    known: set[tuple[int, int]] = set()
    for end in ends:
        if end <= reached or text[end - 4 : end - 1] in _MASKS:
            continue
        if number := _is_number(text, end):
            reached = number
            continue
        spans = _quoted(text, end) or _candidates(text, end, *field(end - 1))
        reached = max(spans[0][1], end) if spans else reached
        for span in spans:
            if span in known:
                continue
            known.add(span)
            if len(known) > _TRIED:
                return
            found = list(readings(text[slice(*span)].replace(b'""', b'"')))
            for coding, data in found:
                yield Stretch(*span, coding, data, refuse, doubtful=coding == NUMBER)
            if found:
                reached = max(span[1], reached)
                break


def _is_number(text: bytes, at: int) -> int:
    """Where the number around a position ends that is a field's only value: it is what it is, and most are by far."""
    front = _FIGURES_ALONE.match(text[max(at - DIGITS, 0) : at][::-1])
    behind = _FIGURES_ALONE.match(text, at)
    if front is None or behind is None:
        return 0
    start, end = at - front.end(1), behind.end(1)
    return end if end - start < DIGITS and text[start:end].translate(None, b"01") else 0


def _quoted(text: bytes, at: int) -> list[_Span]:
    """The word around a position that stands in quotes, as most do: then it is all of the value. And that without its
    label. Nothing where it stands otherwise."""
    front = _TOKEN_SIGNS.match(text[max(at - _WIDEST, 0) : at][::-1])
    behind = _TOKEN_SIGNS.match(text, at)
    start, end = at - (front.end() if front else 0), behind.end() if behind else at
    if not start or text[start - 1] not in b"\"'" or text[end : end + 1] != text[start - 1 : start]:
        return []
    prefix = _PREFIX.match(text, start, end)
    return [(start, end), (prefix.end(), end)] if prefix and prefix.end() < at else [(start, end)]


def _candidates(text: bytes, at: int, first: int, last: int) -> list[_Span]:
    """What stands around a position in a value: the word, the word without its label, the value, the rest of its
    line. Nothing where it lies over the edge of two values."""
    if not first < at <= last:
        return []
    last = min(last, len(text))
    front = _TOKEN_SIGNS.match(text[first:at][::-1])
    behind = _TOKEN_SIGNS.match(text, at, last)
    token = (at - (front.end() if front else 0), behind.end() if behind else at)
    prefix = _PREFIX.match(text, *token)
    line = _LINE.match(text, at)
    said = max(text.rfind(b": ", first, at) + 2, text.rfind(b"\n", first, at) + 1, first)
    others = [(prefix.end(), token[1])] if prefix else []
    others += [(first, last), (said, min(line.end() if line else last, last))]
    others.append((text.rfind(b"\n", 0, at) + 1, line.end() if line else last))
    return [token, *(each for each in others if each != token and each[0] < at <= each[1] <= each[0] + _WIDEST)]
