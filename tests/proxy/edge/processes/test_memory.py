import gc
import json
import os
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from proxy.edge.processes import memory


class Knot:
    """Refers to itself."""

    def __init__(self):
        self.itself = self


@pytest.fixture
def _no_collector():
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collector")
def test_what_died_old_is_collected_once_a_minute():
    tidy = memory.Tidy()
    tidy.look(1000.0)
    dead = weakref.ref(Knot())
    tidy.look(1001.0)
    assert dead() is not None
    tidy.look(1000.0 + 24 * 3600)
    assert dead() is None


@pytest.mark.usefixtures("_no_collector")
def test_what_can_be_given_back_is_before_a_worker_is_called_too_big():
    dead = weakref.ref(Knot())
    size = memory.resident(1 << 50)
    assert dead() is not None
    assert size > 1_000_000
    assert memory.resident(1000) > 1_000_000
    assert dead() is None


MOVED = """
import json, pathlib
from proxy.edge.processes import memory
def pages():
    lines = (line.split() for line in pathlib.Path("/proc/self/smaps_rollup").read_text().splitlines()[1:])
    sizes = {name: int(size) for name, size, *_ in lines}
    return sizes["AnonHugePages:"], sizes["Rss:"]
held = b"x" * (16 << 20)
before = pages()
memory._take_huge_pages()
print(json.dumps([before, pages(), held.count(b"x")]))
"""


@pytest.mark.skipif(
    not Path("/sys/kernel/mm/transparent_hugepage").exists()
    or tuple(map(int, os.uname().release.split("-")[0].split(".")[:2])) < (6, 1),
    reason="needs huge pages and Linux 6.1",
)
def test_what_is_loaded_is_moved_to_huge_pages_and_takes_no_more_for_it():
    told = subprocess.run([sys.executable, "-c", MOVED], capture_output=True, check=True).stdout
    (before, size), (after, grown), held = json.loads(told)
    assert after - before >= 8 << 10  # KB
    assert grown - size < 4 << 10
    assert held == 16 << 20
