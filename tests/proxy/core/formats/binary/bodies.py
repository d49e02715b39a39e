"""What the tests of binary formats share: bodies opened without an engine, and values to make bodies of."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Inner, Leaf, Node, Source
from proxy.core.limits import Limits

NEEDLE = "needle in a haystack"

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
    st.just(NEEDLE),
    st.text("ab é漢", max_size=400),
)


def nested(leaves, keys=TEXTS):
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys | st.just(NEEDLE), inner, max_size=5),
        max_leaves=25,
    )


def opened(module, data, limits=None, **source):
    """The node and what its opener hands out."""
    node = Node(data)
    return node, list(module.opened("body", node, Source(**source), Budget(len(data), limits or Limits())))


def leaf_text(module, data):
    """The text of the only leaf."""
    (leaf,) = [item for item in opened(module, data)[1] if isinstance(item, Leaf)]
    return leaf.node.data


def as_json(module, data):
    return json.loads(leaf_text(module, data))


def replaced(module, data, old, new):
    """The body with a text in its leaf written over, wherever it stands."""
    node, items = opened(module, data)
    (leaf,) = [item for item in items if isinstance(item, Leaf)]
    old_written, new_written = leaf.syntax.quote(old), leaf.syntax.quote(new)
    at = leaf.node.data.find(old_written)
    while at >= 0:
        leaf.node.edits.append((at, at + len(old_written), new_written))
        at = leaf.node.data.find(old_written, at + len(old_written))
    leaf.node.lift()
    return node.spliced()


def renamed(value, old, new):
    """A value with a text in it written over, in keys too."""
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, list):
        return [renamed(item, old, new) for item in value]
    if isinstance(value, dict):
        return {renamed(key, old, new): renamed(item, old, new) for key, item in value.items()}
    return value


def inner_data(items):
    return [item.node.data for item in items if isinstance(item, Inner)]


def survives(module, data, limits=None):
    """Bytes are read, or refused in the one way there is."""
    try:
        opened(module, data, limits)
    except Unscannable as no:
        return no.cause
    return None
