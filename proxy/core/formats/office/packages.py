"""How the parts of an OOXML package hang together (ECMA-376 part 2): which is which by its first element, not by its
name, and what a workbook calls its sheets.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote

from proxy.core.formats.base import Inner, readable
from proxy.core.formats.office import xml_spans
from proxy.core.formats.office.xml_spans import Xml

_PROLOG = re.compile(rb"(?:<\?.*?\?>|<!--.*?-->|<![^>]*>|[^<])*", re.DOTALL)
_ROOT = re.compile(rb"<(?:[^\s<>/:!?]+:)?([^\s<>/!?:]+)[\s/>]")
_OURS = re.compile(
    rb"schemas\.openxmlformats\.org|purl\.oclc\.org/ooxml|schemas\.microsoft\.com/(?:office|word)|urn:schemas-microsoft-com"
)
_HEAD = 8192
_RELATION = re.compile(rb"<(?:[^\s<>/:]+:)?Relationship\s([^<>]*)>")
_SHEET = re.compile(rb"<(?:[^\s<>/:]+:)?sheet\s([^<>]*)>")
_ATTRIBUTE = re.compile(rb"(?:([^\s<>/=:\"']+):)?([^\s<>/=:\"']+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_TELLING = re.compile(r"[0-9]{5}|@")
_PROPERTIES = ("core", "app", "custom")


class Relation(NamedTuple):
    """One relationship: its id, the last word of its type, and the part it leads to (as written where external)."""

    id: str
    kind: str
    target: str


@dataclass(slots=True)
class Part:
    """A part in XML: its name in the package, its first element, and the member of the archive it is."""

    name: str
    root: str
    item: Inner
    xml: Xml = field(repr=False)

    @property
    def owner(self) -> str:
        """The part whose relationships these are, if they are relationships."""
        folder, _, name = self.name.rpartition("/")
        return (
            posixpath.join(posixpath.dirname(folder), name.removesuffix(".rels"))
            if self.root == "Relationships"
            else ""
        )

    @property
    def stem(self) -> str:
        """What places in it begin with: `document`, `slide3`, `properties`."""
        stem = posixpath.basename(self.owner or self.name).rpartition(".")[0] or "xml"
        if stem in _PROPERTIES and self.root in ("coreProperties", "Properties"):
            return "properties"
        return harmless(stem, self.root)


def harmless(name: str, instead: str) -> str:
    """A name from inside a document as part of a place's name. ATTACK: a sheet may be called by somebody's number."""
    return instead if _TELLING.search(name) else readable(name.encode("utf-8", "replace")).replace("\n", " ") or instead


def root(data: bytes) -> str | None:
    """The first element's local name, where bytes look like XML of an office document; else None."""
    head = data[:_HEAD].replace(b"\0", b"")
    prolog = _PROLOG.match(head)
    found = _ROOT.match(head, prolog.end() if prolog else 0)
    if found is None or not _OURS.search(head):
        return None
    return found[1].decode("utf-8", "replace")


def attributes(tag: bytes) -> dict[str, str]:
    """The attributes of a tag by local name."""
    return {
        name.decode("utf-8", "replace"): xml_spans.plain(double or single).decode("utf-8", "replace")
        for _, name, double, single in _ATTRIBUTE.findall(tag)
    }


def relations(parts: Mapping[str, Part], owner: str) -> Iterator[Relation]:
    """The relationships of a part (of the package: an empty name)."""
    folder, _, name = owner.rpartition("/")
    listed = parts.get(posixpath.join(folder, "_rels", name + ".rels"))
    if listed is None:
        return
    for match in _RELATION.finditer(listed.xml.text):
        found = attributes(match[1])
        target = found.get("Target", "")
        if found.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/" + folder, unquote(target))).lstrip("/")
        yield Relation(found.get("Id", ""), found.get("Type", "").rpartition("/")[2], target)


def titles(parts: Mapping[str, Part]) -> dict[str, str]:
    """The names of sheets as they are shown, by part; comments and drawings of a sheet have its name, too."""
    names: dict[str, str] = {}
    for part in parts.values():
        if part.root == "workbook":
            targets = {relation.id: relation.target for relation in relations(parts, part.name)}
            for number, match in enumerate(_SHEET.finditer(part.xml.text), 1):
                found = attributes(match[1])
                target = targets.get(found.get("id", ""))
                if target:
                    names.setdefault(target, harmless(found.get("name", ""), f"sheet{number}"))
    for sheet, title in list(names.items()):
        for relation in relations(parts, sheet):
            names.setdefault(relation.target, title)
    return names
