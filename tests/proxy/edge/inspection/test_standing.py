import os
import subprocess
import sys
import time

import pytest

from proxy.edge.inspection import standing
from proxy.edge.inspection.standing import Standing
from tests.e2e.rig import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="schedulers of Linux")
RISE = pytest.mark.skipif(not standing.may_come_back(5), reason="may not raise priorities: neither root nor LimitNICE")


def waiting():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as started:
        yield started.pid
        started.kill()


process = pytest.fixture(waiting, name="process")
other = pytest.fixture(waiting, name="other")


@pytest.fixture
def clock(monkeypatch):
    """Seconds that passed, and those of a processor that were had meanwhile."""
    told = {"now": 100.0, "spent": 7.0}
    monkeypatch.setattr(time, "monotonic", lambda: told["now"])
    monkeypatch.setattr(standing, "spent", lambda _: told["spent"])

    def passes(seconds, spent):
        told["now"] += seconds
        told["spent"] += spent

    return passes


def policies(*processes):
    return [os.sched_getscheduler(each) for each in processes]


@RISE
def test_what_reads_a_document_yields_to_all_while_it_gets_on(process, other, clock):
    mine = Standing([process], yields=True)
    mine.begin(other)
    for _ in range(5):
        clock(0.2, 0.15)
        mine.look()
    assert policies(other, process) == [os.SCHED_IDLE] * 2
    mine.end()
    assert policies(other) == [os.SCHED_BATCH]  # or its end would wait


@RISE
def test_what_starves_yields_no_more_nor_does_what_comes_right_behind(process, clock):
    mine = Standing([], yields=True)
    mine.begin(process)
    clock(0.2, 0.05)
    mine.look()
    assert policies(process) == [os.SCHED_BATCH]
    mine.end()
    clock(0.5, 0)
    mine.begin(process)
    assert policies(process) == [os.SCHED_BATCH]
    clock(0.6, 0)
    mine.begin(process)
    assert policies(process) == [os.SCHED_IDLE]


@RISE
def test_a_glance_too_soon_says_nothing(process, clock):
    mine = Standing([], yields=True)
    mine.begin(process)
    clock(0.01, 0)
    mine.look()
    assert policies(process) == [os.SCHED_IDLE]


def test_what_could_not_come_back_does_not_yield(process):
    mine = Standing([process], yields=False)
    mine.begin(process)
    mine.look()
    mine.end()
    assert policies(process) == [os.SCHED_OTHER]


def test_the_seconds_of_other_processes_are_told_until_they_end():
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as spins:
        eventually(lambda: standing.spent([spins.pid]) > 0.05, "its seconds")
        spins.kill()
    assert standing.spent([spins.pid]) == 0.0
