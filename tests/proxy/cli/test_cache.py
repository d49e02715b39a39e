from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Barrier

from hypothesis import given
from hypothesis import strategies as st

from detectors.compiled import database
from proxy.cli import cache as cache_module
from proxy.cli.cache import FolderCache


def ends(made, text):
    found = []
    made.scan(text, match_event_handler=lambda number, _start, end, *_: found.append((number, end)))
    return found


def test_a_database_is_the_same_out_of_the_cache(tmp_path):
    cache = FolderCache(tmp_path / "cache")
    first = database([b"abc[0-9]{3}", b"x+y"], 0, cache)
    assert len(list((tmp_path / "cache").iterdir())) == 1
    again = database([b"abc[0-9]{3}", b"x+y"], 0, cache)
    assert ends(again, b"zabc123 xxy") == ends(first, b"zabc123 xxy") == [(0, 7), (1, 11)]


def test_a_damaged_file_is_compiled_anew(tmp_path):
    cache = FolderCache(tmp_path)
    database([b"abc"], 0, cache)
    (file,) = tmp_path.iterdir()
    held = file.read_bytes()
    file.write_bytes(held[:40] + bytes([held[40] ^ 1]) + held[41:])
    assert ends(database([b"abc"], 0, cache), b"abc") == [(0, 3)]
    assert file.read_bytes() == held


def test_other_expressions_are_another_database(tmp_path):
    cache = FolderCache(tmp_path)
    database([b"ab", b"c"], 0, cache)
    assert ends(database([b"a", b"bc"], 0, cache), b"abc") == [(0, 1), (1, 3)]


def test_what_the_library_does_not_take_back_is_compiled_anew(tmp_path):
    class Other:
        def get(self, _key):
            return b""

        def put(self, _key, data):
            self.kept = data

        def alone(self):
            return nullcontext()

    other = Other()
    assert ends(database([b"abc"], 0, other), b"abc") == [(0, 3)]
    assert other.kept


def test_what_many_want_at_once_is_compiled_once(tmp_path):
    begun = Barrier(4)

    class Counting(FolderCache):
        def put(self, key, data):
            puts.append(key)
            super().put(key, data)

    def one(_number):
        begun.wait()
        return ends(database([b"abc[0-9]{3}"], 0, Counting(tmp_path / "cache")), b"abc123")

    puts = []
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(4))) == [[(0, 6)]] * 4
    assert len(puts) == 1


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    cache = FolderCache(tmp_path / "file" / "cache")
    cache.put("key", b"x")
    assert cache.get("key") is None
    assert ends(database([b"abc"], 0, cache), b"abc") == [(0, 3)]


def test_what_was_not_used_for_long_makes_room_and_only_the_owner_reads(tmp_path, monkeypatch):
    monkeypatch.setattr(cache_module, "_KEPT_BYTES", 5 * 132)
    cache = FolderCache(tmp_path / "cache")
    for number in range(5):
        cache.put(str(number), b"x" * 100)
        os.utime(tmp_path / "cache" / str(number), (number, number))
    assert cache.get("0")
    cache.put("last", b"x" * 100)
    assert {path.name for path in (tmp_path / "cache").iterdir()} == {"0", "2", "3", "4", "last"}
    assert not (tmp_path / "cache").stat().st_mode & 0o077
    assert not (tmp_path / "cache" / "last").stat().st_mode & 0o077


@given(st.binary(max_size=200))
def test_any_file_gives_bytes_or_nothing(held):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "k").write_bytes(held)
        assert FolderCache(Path(folder)).get("k") is None
