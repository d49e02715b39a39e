"""From edits of texts to characters of pages: which of them go, and what is drawn in the place of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from proxy.core.formats.base import Node
from proxy.core.formats.cells import Cells
from proxy.core.formats.pdf.erase import Removal
from proxy.core.formats.pdf.joined import Join
from proxy.core.formats.pdf.sight import Sight, Spot

Gone = dict[int, str]
"""By the index of a character in a page's text: what is drawn instead."""


def of_text(node: Node) -> Gone:
    """What edits of a page's text leave out."""
    text = node.data
    gone: Gone = {}
    for start, end, new in sorted(set(node.edits)):
        first = len(text[:start].decode())
        _spread(range(first, first + len(text[start:end].decode())), new.decode(), gone)
    return gone


def of_joins(node: Node, cells: Cells, joined: Sequence[Join]) -> Gone:
    """What edits of its broken values leave out."""
    gone: Gone = {}
    for change in cells.changes(node):
        places = joined[int(str(change.key))].places
        for start, end, new in change.edits:
            _spread(places[start:end], new, gone)
    return gone


def of_copy(text: str, old: str, edits: Iterable[tuple[int, int, str]]) -> Gone | None:
    """The same edits where a drawing shows the old string, however it breaks lines; None where it does not show it."""
    drawn = [at for at, character in enumerate(text) if not character.isspace()]
    meant = [at for at, character in enumerate(old) if not character.isspace()]
    at = "".join(text[place] for place in drawn).find("".join(old[place] for place in meant))
    if at < 0 or not meant:
        return None
    shown = dict(zip(meant, drawn[at : at + len(meant)], strict=True))
    gone: Gone = {}
    for start, end, new in edits:
        _spread([shown[place] for place in range(start, end) if place in shown], new, gone)
    return gone


def _spread(places: Sequence[int], new: str, gone: Gone) -> None:
    """A replacement over the characters it replaces; what the mask's font lacks becomes a star."""
    written = "".join(letter if " " <= letter <= "~" else "*" for letter in new)
    for count, place in enumerate(places):
        share = written[count * len(written) // len(places) : (count + 1) * len(written) // len(places)]
        gone.setdefault(place, share)


def expected(text: str, gone: Mapping[int, str]) -> str:
    """The text of a page once the characters are gone, without its white space."""
    return "".join("".join(gone.get(at, letter) for at, letter in enumerate(text)).split())


def removals(page: Sight, gone: Mapping[int, str]) -> tuple[list[Removal], list[Spot]] | None:
    """Where the characters stand, and the boxes they fill; None where one of them stands nowhere."""
    found: list[Removal] = []
    spots: list[Spot] = []
    held = ""
    for at in sorted(gone):
        spot = page.spot(at)
        if spot is None:
            if not page.text[at].isspace():
                return None
            held += gone[at].strip()  # a gap that is not drawn: what stands for it goes to the next character
            continue
        found.append(Removal(spot.x, spot.y, held + gone[at]))
        held = ""
        spots.append(spot)
    return found, spots
