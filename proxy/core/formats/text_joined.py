r"""Values that a text without tags breaks, as whatever reads it puts them together: lines that go on (`4401\`, folded
calendars), literals side by side (`'4401' + '06'`), signs that change the look alone (`**44**01`, `{}`), lists of
characters, and names that stand for what is written elsewhere (`$A$B`, `*anchor`).

What stands around such a place is read once more, put together. The signs keep their bytes when the value is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

from detectors.compiled import Declared
from proxy.core import charsets
from proxy.core.formats.base import Leaf, Node, Syntax
from proxy.core.formats.joints import Joined, Joint, Segment, closed, windows
from proxy.core.formats.references import FEWEST, GLUE, OPERATOR, QUOTE, Mark, references
from proxy.core.formats.table import Table

_COMMENT = rb"/\*[^*\n]{0,100}\*/"
_SPACE = rb"[ \t\r\n]{0,20}"
_LITERALS = rb"%b(?:%b%b(?:%b%b)?%b|%b%b|\n%b)?%b" % (
    QUOTE,
    _SPACE,
    rb"(?:%b%b)?%b" % (_COMMENT, _SPACE, OPERATOR),
    _SPACE,
    _COMMENT,
    _SPACE,
    _SPACE + _COMMENT,
    _SPACE,
    _SPACE,
    QUOTE,
)
_CHAINED = rb"%b\)?%b\.(?:concat|append)\(%b" % (QUOTE, _SPACE, QUOTE)
_CELLS = rb"%b%b%b%b%b" % (QUOTE, _SPACE, OPERATOR, _SPACE, QUOTE)
"""In a table only what a formula joins: two quotes stand for one there, and lines are rows."""
_CONTINUED = rb"[\\^`]\r?\n[ \t]{0,40}"
_FOLDED = rb"\r?\n[ \t]"
_CUE = rb"\r?\n\r?\n(?:[0-9]{1,6}\r?\n)?[0-9:.,]{5,12} --> [^\n]{5,60}\n(?:<v [^>\n]{1,40}>)?"
"""The words of a film, or of a meeting, that go on in the next cue (SubRip, WebVTT)."""
_LEFT_OUT = rb"(?!\*{7}|_{7})"
"""So many signs side by side stand for figures that were masked."""
_LOOKS = (
    rb"(?:%b[*_~`]{2,8}|'{4,6}|\{\}|\}\{|\}?\\[A-Za-z]{1,16}\{|\\[,;:!/@ -]|</?[A-Za-z][^<>\n]{0,60}>"
    rb"|<!--[^>\n]{0,100}-->|\[/?[A-Za-z]{1,10}(?:=[^\[\]\n]{0,40})?\])"
) % _LEFT_OUT
_LISTED = rb"['\"]%b,%b['\"]" % (_SPACE, _SPACE)
_BEFORE, _BEHIND = rb"[0-9A-Z(]", rb"[0-9A-Z()xa]"
_ONE = rb"(?<=[\"'][0-9A-Za-z()])%b(?=[0-9A-Za-z()][\"'])" % _LISTED
_ANY = rb"(?:(?<=[0-9()])%b(?=%b)|(?<=[A-Z])%b(?=[0-9(]))"


def _mark(*joints: bytes) -> re.Pattern[bytes]:
    joined = rb"(?:%b)" % b"|".join(joints)
    return re.compile(rb"%b|%b" % (_ONE, _ANY % (joined, _BEHIND, joined)))


_MARKS = _mark(_CUE, _CONTINUED, _FOLDED, _LITERALS, _CHAINED, rb"%b{1,6}" % _LOOKS)
_CELL_MARKS = _mark(_CELLS, rb"%b{1,6}" % _LOOKS)
_FIELD = re.compile(rb"\A[A-Za-z][\w.-]{0,40}(?:;[^:\n]{0,80})?:")
"""What begins a line of a calendar, a card, a mail's head, a directory's entry: the next ones may go on with it."""
_FAR = 1000
_NEAR, _BACK, _SLACK = 10, 220, 400
"""Bytes that a joint is looked for before the place where one is seen, first and then, and behind it."""
_GIVEN = rb"(?::=|[\w \t]=|#define[ \t]\w{1,30}|&\w{1,30}|\\\w{1,30}\}?\{)[ \t]{0,8}"
_JOINED, _LIST, _ASSIGNED, _CODED = range(1, 5)


def _unbounded(expression: bytes) -> bytes:
    """Without the bounds of repetitions, which cost Hyperscan a second to compile and half its speed."""
    return re.sub(rb"\{1,[0-9]+\}", b"+", re.sub(rb"\{0,[0-9]+\}", b"*", expression))


_JOINTS = _unbounded(b"%b|%b|%b|%b|%b" % (_CONTINUED, _FOLDED, _LITERALS, _CHAINED, _LOOKS)).replace(
    _LEFT_OUT + rb"[*_~`]{2,8}", rb"[*_~`]{2,6}"
)


def _gate(*expressions: tuple[int, bytes]) -> Declared:
    return Declared(*((sign, expression, 0) for sign, expression in expressions))


_GATES = (
    _gate(
        (_JOINED, rb"[0-9()A-Z](?:%b)[0-9()XxAa]" % _JOINTS),
        (_LIST, rb"[\"'][0-9A-Z][\"'], ?[\"'][0-9][\"'], ?[\"'][0-9][\"'], ?[\"']"),
        (_ASSIGNED, _GIVEN + rb"[\"'`]?[A-Z]{0,2}[0-9]{2,20}[()0-9]{0,4}[\"'`}; \t\r\n]"),
        (_JOINED, rb"--> [0-9:.,]{5,12}[^\n]*\n(?:<v [^>\n]+>)?[0-9()XxAa]"),
        (_CODED, rb"(?i)(?:ch(?:r|ar)[wb]?|codepoint)\([ ]?(?:0x)?[0-9a-f]{2,6}[ ]?\)"),
    ),
    _gate(
        (
            _JOINED,
            (
                rb"[0-9A-Z()](?:(?:'{4}|\}|\\[A-Za-z]+\{|\\[,;:!/@ -]|</?[A-Za-z][^<>\n]*>|<!--[^>\n]*-->"
                rb"|\[/?[A-Za-z]+(?:=[^\[\]\n]*)?\])(?:[*_~`]{2}|''|[{}\\<\[])|[*_~`]{2}(?:''|[{}\\<\[])"
                rb"|\*{2,6}[_~`]{2}|_{2,6}[*~`]{2}|~{2,6}[*_`]{2}|`{2,6}[*_~]{2})"
            ),
        )
    ),
)
"""One look behind a figure, and the beginning of a second behind it: in one database they cost three times as much."""
_LONGEST = 1 << 15
_OTHERS = bytes(set(range(256)) - set(b"0123456789"))
_FIGURES = 6
"""Of a Hong Kong identity card whose check digit is a letter."""
_REACH = 48
_SIGNS = rb"[\w().,/:@+*#-]"
_BEFORE_JOINT = re.compile(rb"(?:%b| (?=[0-9)])){0,%d}" % (_SIGNS, _REACH))
_BEHIND_JOINT = re.compile(rb"(?:%b| (?=[0-9(])){0,%d}" % (_SIGNS, _REACH))
"""What could be one value, backwards and forwards, with the signs that people write between its figures."""
_CODE = re.compile(
    rb"(?i)(?<![A-Za-z0-9_])(?:String\.)?(?:n?ch(?:r|ar)[wb]?|unichr|from(?:char|code|codepoint|charcode))"
    rb"\([ ]?((?:0x)[0-9a-f]{2,6}|[0-9]{2,6})[ ]?\)"
)
_MOST = 20_000
"""Marks of one text: what has more is not written by anybody who hides one value."""
_SPOKEN = 1 << 16


def reading(part: str, kind: str, node: Node, charset: str, syntax: Syntax, depth: int) -> Iterator[Leaf]:
    """What is broken in the text of a node, as a leaf of its own."""
    source = charsets.read(node.data, charset).text
    found = joint(source, cells=isinstance(syntax, Table))
    if found is not None:
        yield leaf(f"{part}/{kind}", node, charset, syntax, depth, source, found)


def leaf(part: str, node: Node, charset: str, syntax: Syntax, depth: int, source: bytes, found: Joint) -> Leaf:
    """What was put together of a source, as a leaf."""
    locator = node.locator(syntax, source)
    places = locator.places(found.positions)
    spoken = b"\n".join(dict.fromkeys(place.name for place in places))[:_SPOKEN]
    return Leaf(part, node, Joined(found, syntax, locator), charset, name=spoken, depth=depth, coded=True)


def hinted(source: bytes) -> bool:
    """Whether a text may have something broken in it: one cheap look."""
    return any(gate.fires(source) for gate in _GATES)


def joint(source: bytes, *, cells: bool = False) -> Joint | None:
    """What is broken in a text, put together; None where nothing is. `cells` says that it is a table."""
    found = segments(source, cells=cells)
    return Joint(found) if found else None


def segments(source: bytes, *, cells: bool = False) -> list[Segment]:
    """The same, as the stretches of it."""
    seen: dict[int, list[int]] = {_JOINED: [], _LIST: [], _ASSIGNED: [], _CODED: []}
    for gate in _GATES:
        gate.scan(source, match_event_handler=lambda sign, _, end, *__: seen[sign].append(end))
    pattern = _CELL_MARKS if cells else _MARKS
    if seen[_LIST] or _SLACK * len(seen[_JOINED]) > len(source):
        places = _row(pattern, source, sorted(seen[_JOINED] + seen[_LIST])[:_MOST])
    else:
        places = _joints(pattern, source, sorted(seen[_JOINED])[:_MOST])
    marks = [Mark(*each) for each in places if source[each[0]] not in b"\r\n" or _goes_on(source, *each)]
    if seen[_ASSIGNED] and not cells and len(source) <= _LONGEST:
        marks += references(source, seen[_ASSIGNED])
    if len(seen[_CODED]) >= FEWEST - 1 and len(source) <= _LONGEST:
        marks += _codes(source)
    if not marks:
        return []
    ordered = _apart(sorted(marks))
    found: list[Segment] = []
    at = 0
    for start, end in windows([(mark.start, mark.end) for mark in ordered], len(source)):
        first = at
        while at < len(ordered) and ordered[at].end <= end:
            at += 1
        line = _segments(source, start, end, ordered[first:at])
        if _may_hold(line):
            found += closed(line)
    return found


def _row(pattern: re.Pattern[bytes], source: bytes, ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The joints around the places where one was seen to end: where one follows the other, or makes the other's end."""
    # ATTACK: a hundred thousand signs of a row, and no row; what lies around several is looked at once
    around: list[tuple[int, int]] = []
    for end in ends:
        first, last = max(end - _BACK, 0), end + _SLACK
        if around and first <= around[-1][1]:
            first = around.pop()[0]
        around.append((first, last))
    return (mark.span() for first, last in around for mark in pattern.finditer(source, first, last))


def _joints(pattern: re.Pattern[bytes], source: bytes, ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The same, where they are few: most are a few bytes long, and it costs to look for more before them and behind."""
    reached = 0
    for end in ends:
        for back in (_NEAR, _BACK) if end > reached else ():
            mark = pattern.search(source, max(reached, end - back), min(end + _SLACK, len(source)))
            if mark is not None and mark.start() < end:
                reached = mark.end()
                yield mark.span()
                break


def _goes_on(source: bytes, start: int, end: int) -> bool:
    """Whether a break of lines is none of what is said: in a line that is folded, or from one cue to the next."""
    return b" --> " in source[start:end] or _is_folded(source, start)


def _is_folded(source: bytes, at: int) -> bool:
    """Whether the line before a break that a blank follows is one that may go on: a field of a name and a colon."""
    begin = at
    for _ in range(8):
        begin = source.rfind(b"\n", max(0, at - _FAR), begin) + 1
        if source[begin : begin + 1] not in (b" ", b"\t") or not begin:
            return _FIELD.match(source[begin : begin + 130]) is not None
        begin -= 1
    return False


def _may_hold(line: Sequence[Segment]) -> bool:
    """Whether a line that was put together has the figures of a value where it was: most code joins none."""
    text = b"".join(segment.text for segment in line)
    if not text.isascii():
        return True
    if len(text.translate(None, _OTHERS)) < _FIGURES:
        return False
    return any(could_be(text, joint) for joint in accumulate(len(segment.text) for segment in line))


def could_be(text: bytes, joint: int) -> bool:
    """Whether what stands around a place of a text could be one value, by its figures."""
    before = _BEFORE_JOINT.match(text[max(0, joint - _REACH) : joint][::-1])
    return _figures(before) + _figures(_BEHIND_JOINT.match(text, joint)) >= _FIGURES


def _figures(run: re.Match[bytes] | None) -> int:
    return len(run[0].translate(None, _OTHERS)) if run is not None else 0


def _apart(marks: Sequence[Mark]) -> list[Mark]:
    """The marks without those that begin inside another."""
    kept: list[Mark] = []
    for mark in marks:
        if not kept or mark.start >= kept[-1].end:
            kept.append(mark)
    return kept


def _segments(source: bytes, start: int, end: int, marks: Sequence[Mark]) -> list[Segment]:
    segments: list[Segment] = []
    at = start
    for mark in marks:
        if at < mark.start:
            segments.append(Segment(at, mark.start, source[at : mark.start], same=True))
        if mark.text:
            segments.append(
                Segment(
                    mark.start, mark.end, mark.text, same=False, fixed=True, composed=mark.home is None, home=mark.home
                )
            )
        at = mark.end
    if at < end:
        segments.append(Segment(at, end, source[at:end], same=True))
    return segments


def _codes(source: bytes) -> Iterator[Mark]:
    """Characters by calls that make one of its code, and the signs between two of them."""
    before = -1
    for found in _CODE.finditer(source):
        if 0 <= before < found.start() and GLUE.fullmatch(source, before, found.start()):
            yield Mark(before, found.start())
        before = found.end()
        code = int(found[1], 16) if found[1][:2].lower() == b"0x" else int(found[1])
        if 0x20 <= code < 0x7F:
            yield Mark(*found.span(), bytes((code,)))
