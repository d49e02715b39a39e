"""Values glued to the word that says what they are, where no blank may stand: `/phone/51234567`, `card_no_6228….pdf`,
`<hkid_A123456.3/>`, a method that nobody knows, labels of a name to be looked up.

Signs that part words there (slash, underscore) stand inside of numbers elsewhere; so such a value is read once more by
itself, under the name of the word before it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from itertools import islice

import hyperscan

from detectors.compiled import Declared
from proxy.core.formats.base import Leaf, Node
from proxy.core.formats.plain import Plain

_GLUED = re.compile(
    rb"(?<![0-9A-Za-z])([A-Za-z][A-Za-z_-]{1,40})[_/.=:-]((?:[A-Za-z]{1,2})?[0-9]{6,19}(?:[Xx]|[.(_-][0-9Aa]\)?)?"
    rb"|9[1-3][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10})"
    rb"(?![0-9A-Za-z_-]|[.][0-9])"
)
_SIGN = Declared((0, rb"[A-Za-z][_/.=:-][A-Z]{0,2}[0-9]{6}", hyperscan.HS_FLAG_SINGLEMATCH))
ELEMENT = rb"<[A-Za-z_:]{1,40}[_.-][A-Z]{0,2}[0-9]{6}"
"""The same of the name of an element."""
_MOST = 64
_METHOD = re.compile(r"(?:\d\D*){6}")
_LABEL = 16
"""Characters of a label that is no word."""
_LABELS = 6
_OWN = 3
"""Labels at the end of a name at least one of which says whose it is."""


def hinted(text: bytes) -> bool:
    """Whether a text may have a value so glued: one cheap look."""
    return _SIGN.fires(text)


def leaves(part: str, node: Node, text: bytes | None = None, behind: bytes = b"") -> Iterator[Leaf]:
    """The values glued to words in some bytes, or only those that begin as `behind` says; `text` is what the bytes
    read as, if it is not they."""
    source = node.data if text is None else text
    starts = re.finditer(behind, source) if behind else _GLUED.finditer(source)
    for begin in islice(starts, _MOST):
        found = _GLUED.search(source, begin.start())
        if found is None:
            return
        start, end = found.span(2)
        one = node.child(start, end) if source is node.data else Node(found[2], rewritable=False)
        words = found[1].replace(b"_", b" ")
        yield Leaf(part, one, Plain(words), "utf-8", name=words, coded=True)


def corners(method: str, host: str) -> Iterator[Leaf]:
    """What a method and a host say that are neither: none of it can be written again."""
    if not method.isalpha():
        # ATTACK: a method may be any token (RFC 9110, section 9.1), and servers that know none of it still log it
        yield Leaf("method", Node(method.encode("utf-8", "replace"), rewritable=False), Plain(), "utf-8")
    if _METHOD.search(method):
        text = re.sub("[^0-9]+", " ", method).encode()
        yield Leaf("method", Node(text, rewritable=False), Plain(), "utf-8", coded=True)
    labels = host.split(".")[: 1 - _OWN]
    if labels and len(labels[0]) >= _LABEL:
        # ATTACK: a name to be looked up holds 63 characters a label: what is longer goes on in the next
        names = ("".join(labels[:count]) for count in range(1, min(len(labels), _LABELS) + 1))
        told = [said for name in names if (said := _decoded(name)) is not None]
        if told:
            yield Leaf("url:host", Node(b"\n".join(told), rewritable=False), Plain(), "utf-8", coded=True)


def _decoded(name: str) -> bytes | None:
    """What letters of a name say in base 16 or 32, if that is a text."""
    for decode in (bytes.fromhex, lambda letters: base64.b32decode(letters.upper() + "=" * (-len(letters) % 8))):
        try:
            text = decode(name).decode()
        except ValueError:
            continue
        if text.isprintable():
            return text.encode()
    return None
