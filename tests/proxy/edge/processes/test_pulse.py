import os
import subprocess
import sys

import pytest

from proxy.edge.processes.pulse import (
    ASLEEP_SECONDS,
    SILENT_SECONDS,
    SPINNING_SECONDS,
    STOPPED_SECONDS,
    Pulse,
    Vitals,
    vitals,
)

LOOK = 0.25


def looks(pulse, seen, seconds, **judged):
    """What is said of a worker that was asked at 0 and looked at again and again; `seen(now)` is what shows."""
    now = 0.0
    pulse.ask(now)
    while now <= seconds:
        if why := pulse.hung(now, seen(now), **judged):
            return why, now
        now += LOOK
    return "", now


def still(state):
    """One that is in that state, and does nothing."""
    return lambda _: Vitals(state, 5.0, 7)


CASES = {
    "stopped": (still("T"), "stopped", STOPPED_SECONDS),
    "asleep in a call": (still("S"), "stuck", ASLEEP_SECONDS),
    "asleep again and again": (lambda now: Vitals("S", 5.0 + now / 20, 7), "stuck", ASLEEP_SECONDS),
    "spinning": (lambda now: Vitals("R", 5.0 + now, 7), "spinning", SPINNING_SECONDS),
    "spinning on half a processor": (lambda now: Vitals("R", 5.0 + now / 2, 7), "spinning", 2 * SPINNING_SECONDS),
    "kept from the processor": (still("R"), "silent", SILENT_SECONDS),
    "waiting for a disk": (still("D"), "silent", SILENT_SECONDS),
    "working without an answer": (lambda now: Vitals("R", 5.0 + now, int(now * 100)), "silent", SILENT_SECONDS),
    "nothing to be seen of it": (lambda _: None, "silent", SILENT_SECONDS),
    "busy where calls are not told": (lambda now: Vitals("R", 5.0 + now, None), "silent", SILENT_SECONDS),
}


@pytest.mark.parametrize("case", CASES)
def test_who_is_silent_is_judged_by_what_it_does(case):
    seen, why, seconds = CASES[case]
    said, when = looks(Pulse(), seen, 60.0)
    assert said == why
    assert seconds <= when <= seconds + LOOK


def test_an_answer_ends_the_wait():
    pulse = Pulse()
    assert looks(pulse, still("T"), 0.5)[0] == ""
    pulse.heard()
    assert not pulse.waiting
    assert pulse.hung(100.0, Vitals("T", 5.0, 7)) == ""
    pulse.ask(100.0)
    assert pulse.hung(100.0 + LOOK, Vitals("T", 5.0, 7)) == ""


def test_time_in_which_nobody_could_look_hangs_nobody():
    pulse = Pulse()
    pulse.ask(0.0)
    assert pulse.hung(0.0, Vitals("S", 5.0, 7)) == ""
    pulse.excuse(100.0)
    assert pulse.hung(100.0, Vitals("S", 5.0, 7)) == ""
    assert pulse.hung(100.0 + ASLEEP_SECONDS, Vitals("S", 5.0, 7)) == "stuck"


def test_whoever_collects_long_may_burn_longer():
    pulse = Pulse()
    pulse.pause = 3.0
    said, when = looks(pulse, lambda now: Vitals("R", now, 7), 60.0)
    assert (said, when >= SPINNING_SECONDS + 6.0) == ("spinning", True)


@pytest.mark.parametrize("state", ["R", "S"])
def test_who_compiles_a_policy_gets_its_time(state):
    said, when = looks(Pulse(), lambda now: Vitals(state, now, 7), 100.0, patience=72.0, works=False)
    assert (said, when > 72.0) == ("silent", True)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_the_system_tells_of_a_process():
    ours = vitals(os.getpid())
    assert ours.state == "R"
    looked = vitals(os.getpid()).calls - ours.calls  # to look is to read, too
    reading, writing = os.pipe()
    for _ in range(50):
        os.write(writing, b"x")
    wrote = vitals(os.getpid()).calls
    assert wrote <= ours.calls + 2 * looked
    for _ in range(50):
        os.read(reading, 1)
    assert vitals(os.getpid()).calls >= wrote + 50
    os.close(reading)
    os.close(writing)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        assert vitals(other.pid).state in "RSD"
        other.kill()
        other.wait()
        assert vitals(other.pid) is None
