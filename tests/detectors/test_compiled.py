import contextlib

from detectors import compiled
from detectors.compiled import Declared, database, ready


class Kept(dict):
    """A cache in memory."""

    def put(self, key, data):
        self[key] = data

    def alone(self):
        return contextlib.nullcontext()


def seen(scan, text):
    found = []
    scan(text, match_event_handler=lambda number, _start, end, *_: found.append((number, end)))
    return found


def test_ids_and_flags_are_each_expressions_own():
    made = database([b"ab", b"c+"], [0, 8], None, [7, 3])  # 8: told once
    assert seen(made.scan, b"ab ab ccc") == [(7, 2), (7, 5), (3, 7)]


def test_what_is_kept_is_what_was_asked_for():
    kept = Kept()
    for ids in ([1, 2], [2, 1]):
        for flags in ([0, 0], [0, 8]):
            for _ in range(2):
                made = database([b"a", b"b"], flags, kept, ids)
                assert seen(made.scan, b"abb") == [(ids[0], 1), (ids[1], 2), (ids[1], 3)][: 2 + (flags[1] == 0)]
    assert len(kept) == 4


def test_a_declared_database_is_compiled_when_it_is_first_used(monkeypatch):
    monkeypatch.setattr(compiled, "_declared", [])
    used, waiting = Declared((5, b"x", 0)), Declared((6, b"y", 0))
    assert seen(used.scan, b"xyx") == [(5, 1), (5, 3)]
    kept = Kept()
    ready(kept)
    assert len(kept) == 1  # the one that was not used yet
    assert seen(waiting.scan, b"xyx") == [(6, 2)]
