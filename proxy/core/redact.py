"""Write redactions back: from characters to bytes, from fields up through every container, nothing else touched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate, groupby

from proxy.core import digests, operators
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Node
from proxy.core.formats.head import from_text
from proxy.core.leaf_text import LeafText
from proxy.core.message import Cause, Message, Operator
from proxy.core.survey import Found, Survey

_STRICTNESS = tuple(Operator)

Change = tuple[int, int, str]
"""Characters `start:end` of the scanned text become a string."""


def redacted(message: Message, seen: Survey, redactions: Iterable[tuple[int, Operator]], key: bytes) -> Message:
    """The message with the redactions made and lengths and digests put right.

    Raises `Unscannable(rewrite)` where that cannot be done without breaking something else.
    """
    chosen = [(seen.found(index), operator) for index, operator in redactions]
    chosen.sort(key=lambda pair: (id(pair[0].text), pair[0].hit.start, -pair[0].hit.end))
    for _, group in groupby(chosen, key=lambda pair: id(pair[0].text)):
        _edit_leaf(list(group), key)
    _lift({id(found.text.leaf.node): found.text.leaf.node for found, _ in chosen}.values())
    headers = from_text(seen.head.spliced(), message.headers) if seen.head.edits else message.headers
    trailers = from_text(seen.tail.spliced(), message.trailers) if seen.tail.edits else message.trailers
    new = replace(message, path=seen.target.spliced(), headers=headers, body=seen.body.spliced(), trailers=trailers)
    headers, trailers = digests.refresh(
        headers,
        trailers,
        message.body,
        new.body,
        path=message.path,
        path_changed=new.path != message.path,
        headers_changed=headers is not message.headers,
        status=message.status,
    )
    return replace(new, headers=headers, trailers=trailers)


def _edit_leaf(group: Sequence[tuple[Found, Operator]], key: bytes) -> None:
    text = group[0][0].text
    if text.leaf.binary or not text.leaf.node.rewritable:
        raise Unscannable(Cause.REWRITE)
    bare: dict[int, list[tuple[Found, Operator]]] = {}
    for found, operator in _outermost(group):
        if found.place.path.lower() == "header:host":
            raise Unscannable(Cause.REWRITE)  # the request would go to another host than the one it names
        if found.place.bare:
            bare.setdefault(found.place.start, []).append((found, operator))
            continue
        for start, end, new in _changes(found, operator, key):
            pieces = text.reading.to_pieces(start, end)
            for (first, last, _), share in zip(pieces, _shares(new, pieces), strict=True):
                written = text.encode(text.leaf.syntax.quote(share))
                text.leaf.node.edits.append((*text.to_node(first, last), written))
    for pairs in bare.values():
        _edit_bare(text, pairs, key)


def _shares(new: str, pieces: Sequence[tuple[int, int, int]]) -> list[str]:
    """A replacement dealt out: character for character where it is as long as what it replaces, else all of it to the
    first piece."""
    if len(pieces) == 1:
        return [new]
    if sum(size for _, _, size in pieces) != len(new):
        return [new, *[""] * (len(pieces) - 1)]
    ends = list(accumulate(size for _, _, size in pieces))
    return [new[end - size : end] for end, (_, _, size) in zip(ends, pieces, strict=True)]


def _outermost(group: Sequence[tuple[Found, Operator]]) -> list[tuple[Found, Operator]]:
    """Each stretch once, with the strictest operator asked for anything in it: a mask around a number to be removed
    would leave some of its digits. Raises `Unscannable(rewrite)` where two overlap and neither holds the other.
    """
    outer: list[tuple[Found, Operator]] = []
    reached = -1
    for found, operator in group:
        if found.hit.end <= reached:
            outer[-1] = (outer[-1][0], max(outer[-1][1], operator, key=_STRICTNESS.index))
            continue
        if found.hit.start < reached:
            raise Unscannable(Cause.REWRITE)
        reached = found.hit.end
        outer.append((found, operator))
    return outer


def _edit_bare(text: LeafText, pairs: Sequence[tuple[Found, Operator]], key: bytes) -> None:
    """A number becomes a string: digits cannot say that they are hidden."""
    place = pairs[0][0].place
    shift = text.reading.to_text(place.start)
    value = text.reading.text[shift : text.reading.to_text(place.end)].decode("utf-8", "replace")
    for found, operator in reversed(pairs):
        for start, end, new in reversed(_changes(found, operator, key)):
            value = value[: start - shift] + new + value[end - shift :]
    quoted = place.bare + text.leaf.syntax.quote(value) + place.bare
    text.leaf.node.edits.append((*text.to_node(place.start, place.end), text.encode(quoted)))


def _changes(found: Found, operator: Operator, key: bytes) -> list[Change]:
    """What to write over a hit. A mask changes only the characters it hides, so that separators keep their bytes."""
    start, end = found.hit.start, found.hit.end
    raw = found.text.reading.text[start:end]
    old = raw.decode("utf-8", "replace")
    new = operators.apply(operator, found.finding.entity, old, ordinal=found.finding.subject, key=key)
    if operator is not Operator.MASK or len(new) != len(raw):
        return [(start, end, new)]
    changes: list[Change] = []
    for differs, run in groupby(range(len(new)), key=lambda at: old[at] != new[at]):
        if differs:
            positions = list(run)
            first, last = positions[0], positions[-1] + 1
            changes.append((start + first, start + last, new[first:last]))
    return changes


def _lift(nodes: Iterable[Node]) -> None:
    """Carry the edits up to the roots, the deepest nodes first."""
    levels: defaultdict[int, dict[int, Node]] = defaultdict(dict)
    for node in nodes:
        levels[_depth(node)][id(node)] = node
    for depth in range(max(levels, default=0), 0, -1):
        for node in levels[depth].values():
            node.lift()
            if node.parent is not None:
                levels[depth - 1][id(node.parent)] = node.parent


def _depth(node: Node) -> int:
    depth = 0
    while node.parent is not None:
        node = node.parent
        depth += 1
    return depth
