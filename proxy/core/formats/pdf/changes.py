"""From edits of texts to characters of pages: which of them go, and what is drawn in the place of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from unicodedata import normalize

from proxy.core.formats.base import Node
from proxy.core.formats.cells import Cells
from proxy.core.formats.pdf.erase import Removal
from proxy.core.formats.pdf.joined import Join
from proxy.core.formats.pdf.sight import Sight, Spot

Gone = dict[int, str]
"""By the index of a character in a page's text: what is drawn instead."""

Echoes = dict[str, tuple[str, Gone]]
"""By a line as it is compared: the line as it stands, and what of its characters goes."""


def seen_as(line: str) -> str:
    """What makes two lines the same to a person: Han characters that are radicals are the characters, too."""
    return normalize("NFKC", line).strip()


def alike(drawn: str, said: str) -> bool:
    """Whether glyphs and the text that stands for them say the same: radicals stand for the characters they look like,
    which fonts made by browsers are full of."""
    return len(drawn) == len(said) and all(
        one == other or "\u2e80" <= one <= "\u2fdf" or normalize("NFKC", one) == normalize("NFKC", other)
        for one, other in zip(drawn, said, strict=True)
    )


def of_text(node: Node) -> Gone:
    """What edits of a page's text leave out."""
    text = node.data
    gone: Gone = {}
    for start, end, new in sorted(set(node.edits)):
        first = len(text[:start].decode())
        for begin, last, instead in _kept(text[start:end].decode(), new.decode()):
            _spread(range(first + begin, first + last), instead, gone)
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


def note_edits(text: str, edits: Iterable[tuple[int, int, str]], echoes: Echoes) -> None:
    """Remember what became of a string."""
    gone: Gone = {}
    for start, end, new in edits:
        _spread(range(start, end), new, gone)
    note_lines(text, gone, echoes)


def note_lines(text: str, gone: Gone, echoes: Echoes) -> None:
    """Remember what became of the lines of a text."""
    start = 0
    for line in text.split("\n"):
        within = {at - start: new for at, new in gone.items() if start <= at < start + len(line)}
        if within:
            echoes.setdefault(seen_as(line), (line, within))
        start += len(line) + 1


def of_lines(text: str, echoes: Echoes) -> Gone:
    """The same where a text has the same lines."""
    gone: Gone = {}
    start = 0
    for line in text.split("\n") if echoes else ():
        old, within = echoes.get(seen_as(line), ("", {}))
        shift = start + len(line) - len(line.lstrip()) - (len(old) - len(old.lstrip()))
        if len(line.strip()) == len(old.strip()):
            gone.update((at + shift, new) for at, new in within.items())
        start += len(line) + 1
    return gone


def _spread(places: Sequence[int], new: str, gone: Gone) -> None:
    """A replacement over the characters it replaces; what the mask's font lacks becomes a star."""
    written = "".join(letter if " " <= letter <= "~" else "*" for letter in new if not letter.isspace())
    for count, place in enumerate(places):
        share = written[count * len(written) // len(places) : (count + 1) * len(written) // len(places)]
        gone.setdefault(place, share)


def _kept(old: str, new: str) -> list[tuple[int, int, str]]:
    """A replacement as the stretches in which it differs: what stays the same stays as it is drawn."""
    if len(old) != len(new):
        return [(0, len(old), new)]
    runs: list[tuple[int, int, str]] = []
    for differs, run in groupby(range(len(old)), key=lambda at: old[at] != new[at]):
        if differs:
            places = list(run)
            runs.append((places[0], places[-1] + 1, new[places[0] : places[-1] + 1]))
    return runs


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
