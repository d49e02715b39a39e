"""A worker reads for a moment only: what takes longer is left to others, whatever it is that takes long."""

import re
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from proxy.core.budget import BULK
from proxy.core.message import Action, Verdict
from proxy.edge.inspection.inline import Stopwatch
from tests.proxy.core.gate import message

FINE = Verdict(Action.LOG, inspected=1)


@pytest.fixture
def stopwatch():
    before = signal.getsignal(signal.SIGVTALRM)
    made = Stopwatch(0.05)
    yield made
    made.close()
    signal.signal(signal.SIGVTALRM, before)


def forever(_):
    while True:
        pass


def stubborn(_):
    """Takes whatever is raised for its own business, as a callback in a library would."""
    for _ in range(3):
        with suppress(Exception):
            forever(_)
    return FINE


def expression(_):
    re.match(r"(a|aa)+$", "a" * 60 + "b")
    return FINE


@pytest.mark.parametrize("inspect", [forever, stubborn, expression])
def test_what_takes_long_is_left_to_others_and_blocked_until_then(stopwatch, inspect):
    verdict = stopwatch.bounded(inspect)(message("x"))
    assert (verdict.action, verdict.skipped) == (Action.BLOCK, (BULK,))


def test_what_is_quick_is_not_disturbed_and_the_next_one_has_time_of_its_own(stopwatch):
    bounded = stopwatch.bounded(lambda sent: forever(sent) if sent.body == b"x" else FINE)
    for body in ("x", "y", "x", "y"):
        assert (bounded(message(body)) is FINE) == (body == "y")


def test_an_error_is_still_an_error(stopwatch):
    with pytest.raises(ZeroDivisionError):
        stopwatch.bounded(lambda _: 1 / 0)(message("x"))


@pytest.mark.parametrize(("closed", "code"), [(True, 3), (False, -signal.SIGVTALRM)])
def test_who_ends_with_a_closed_one_ends_with_its_own_code(closed, code):
    program = f"""
import builtins
from proxy.edge.inspection.inline import Stopwatch

class Slow:
    def __del__(self):  # while the interpreter ends, its handlers of signals are gone
        sum(range(10_000_000))

builtins.slow = Slow()
stopwatch = Stopwatch(0.01)
if {closed}:
    stopwatch.close()
raise SystemExit(3)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == code
