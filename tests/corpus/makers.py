"""Every maker by name."""

from __future__ import annotations

from tests.corpus import contacts, money, papers, things
from tests.corpus.values import Make

MAKERS: dict[str, Make] = {
    make.__name__: make for family in (papers, contacts, money, things) for make in family.MAKERS
}
