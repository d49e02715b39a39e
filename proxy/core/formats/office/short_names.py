"""What people call the things of a document, where that is short and has figures: bookmarks, styles, sheets, pictures,
fields of forms, entries of lists. Other attributes so short are measures and numbers of the format's own.

ATTACK: three bookmarks called `b440106`, `b199003` and `b072170` are no value of any of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from proxy.core.formats.office import attributes
from proxy.core.formats.office.strands import Strands

_PREFIX = rb"(?:[A-Za-z][\w.-]{0,30}:)?"
_SHORT = rb"\s*=\s*(?:\"([^\"<& \x80-\xff]{1,7})\"|'([^'<& \x80-\xff]{1,7})')"
_NAMED = re.compile(
    rb"\s%b(?:name|descr|title|tooltip|alt|caption|display(?:Text|Name)?|description|prompt(?:Title)?|error(?:Title)?"
    rb"|author|initials|label|string|string-value(?:-if-(?:true|false))?)%b" % (_PREFIX, _SHORT)
)
_VALUED = re.compile(
    rb"<%b(?:tag|alias|name|docVar|lvlText|listItem|default|statusText|helpText|property)\s(?:[^<>]{0,200}?\s)?%b"
    rb"val(?:ue)?%b" % (_PREFIX, _PREFIX, _SHORT)
)
"""Elements that are a name, and have it for their value."""
_FIGURE = re.compile(rb"[0-9]")


def read(source: bytes, stem: str) -> Strands:
    """The short names in a part, a line each."""
    return attributes.strands(source, sorted(_spans(source)), stem)


def _spans(source: bytes) -> Iterator[tuple[int, int]]:
    for pattern in (_NAMED, _VALUED):
        for match in pattern.finditer(source):
            group = 1 if match[1] is not None else 2
            if _FIGURE.search(match[group]) and source.rfind(b"<", 0, match.start(group)) > source.rfind(
                b">", 0, match.start(group)
            ):
                yield match.span(group)
