"""What takes too much memory is told so while there is some left."""

import gc
import os
import resource
import sys

import pytest

from proxy.edge.inspection.alarm import alarmed_when_full
from proxy.edge.inspection.sandbox import Gauge

MB = 1 << 20


class Knot:
    """What only the collector frees."""

    def __init__(self):
        self.me, self.held = self, list(map(str, range(1000, 3000)))


def hoard():
    """A million small things, which leave no room to say that there is none."""
    held = []
    while True:
        held.append([len(held)])


def hoard_twice():
    """The same by what swallows errors."""
    try:
        hoard()
    except MemoryError:
        hoard()


def forget():
    try:
        for _ in range(5000):
            Knot()
    except MemoryError:
        os._exit(3)
    raise MemoryError  # it came so far


def apart(work, most):
    """How a child that may take so much more data ends: 0 where it could still say that it was too much."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (30, 30))  # what runs in circles
            resource.setrlimit(resource.RLIMIT_DATA, (Gauge().data_bytes() + most,) * 2)
            alarmed_when_full()
            gc.disable()
            work()
        except MemoryError:
            code = len([each for each in range(100_000) if not each]) - 1
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


@pytest.mark.skipif(sys.platform != "linux", reason="children read documents on Linux")
@pytest.mark.parametrize("work", [hoard, hoard_twice, forget])
def test_what_holds_too_much_ends_while_it_can_still_answer(work):
    assert apart(work, 128 * MB) == 0
