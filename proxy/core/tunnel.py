"""DNS tunnels: how much the names that one client asked for under one domain could have carried. Pure.

The measure is that of Ozery, Nadler and Shabtai (Information-based Heavy Hitters, arXiv 2307.02614): the information in
all different names asked for under a registered domain, within a window. It is bounded here by the length of the
labels that are new there times their entropy per character (Shannon). What is asked for again carries nothing new.
The numbers are ours: a page of a hundred hosts of a CDN comes to about 0.5 KB, two hundred names with a UUID each to
3.3 KB, one minute of iodine or dnscat2 to more than 10 KB. What stays below them for hours is not seen.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict

from proxy.core.dns import CARRIERS

WINDOW_SECONDS = 600.0
"""How long names are put together; the half before the last one counts with it."""
CARRIED_BYTES = 4096
"""What the names of a window may carry. Half of that where most of them ask for types whose answers carry data too."""
NAMES = 50
"""Fewer names with something new are none."""
MEAN_LENGTH = 20
"""Characters that are new in a name, on average; with less it is none: addresses in block lists, hosts of a CDN."""
ENTRIES = 10_000
"""Clients and domains that are watched at a time; the ones asked for least lately are forgotten."""
_BITS = 4096
"""The labels of one entry are remembered as so many bits, whatever their number."""
_SECOND_LEVEL = frozenset(("ac", "co", "com", "edu", "gob", "gov", "idv", "mil", "ne", "net", "nom", "or", "org"))


def registered(name: str) -> tuple[str, str]:
    """What stands before the domain somebody registered, and the domain: the last two labels, or three where the second
    is a category of a country (`com.hk`)."""
    labels = name.split(".")
    own = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[:-own]), ".".join(labels[-own:])


def information(text: str) -> float:
    """Bytes a text can carry at most, by its own frequencies."""
    size = len(text)
    entropy = -sum(count / size * math.log2(count / size) for count in Counter(text).values())
    return size * entropy / 8


class _Entry:
    """One client and domain. `seen` has a bit for each label; `before` is what the half window before carried."""

    __slots__ = ("before", "began", "carried", "carriers", "count", "letters", "seen", "suspect_until")

    def __init__(self, now: float) -> None:
        self.suspect_until = 0.0
        self.before = (0, 0.0, 0, 0)
        self.restart(now)

    def restart(self, now: float) -> None:
        """A new half window."""
        self.began = now
        self.seen = self.count = self.letters = self.carriers = 0
        self.carried = 0.0


class Watch:
    """Watches who asks for what. Times are seconds of any one clock that does not go back."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: OrderedDict[tuple[str, str], _Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def suspects(self, client: str, name: str, kind: int, now: float) -> bool:
        """Whether a query looks like a tunnel's, those of its client before it considered."""
        before, domain = registered(name)
        if not before:
            return False
        key = (client, domain)
        entry = self._entries.pop(key, None) or _Entry(now)
        self._entries[key] = entry
        if len(self._entries) > ENTRIES:
            self._entries.popitem(last=False)
        if now - entry.began > WINDOW_SECONDS / 2:
            stale = now - entry.began > WINDOW_SECONDS
            entry.before = (0, 0.0, 0, 0) if stale else (entry.count, entry.carried, entry.letters, entry.carriers)
            entry.restart(now)
        fresh = ""
        for label in before.split("."):
            bit = 1 << hash(label) % _BITS
            if not entry.seen & bit:
                entry.seen |= bit
                fresh += label
        if fresh:
            entry.count += 1
            entry.carried += information(fresh)
            entry.letters += len(fresh)
            entry.carriers += kind in CARRIERS
        if _is_much(entry):
            entry.suspect_until = now + WINDOW_SECONDS
        return now < entry.suspect_until and len(before) >= MEAN_LENGTH


def _is_much(entry: _Entry) -> bool:
    count, carried, letters, carriers = entry.before
    count, carried = count + entry.count, carried + entry.carried
    letters, carriers = letters + entry.letters, carriers + entry.carriers
    most = CARRIED_BYTES / 2 if 2 * carriers > count else CARRIED_BYTES
    return count >= NAMES and letters >= MEAN_LENGTH * count and carried >= most
