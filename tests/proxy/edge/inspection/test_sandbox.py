"""What an inspector cannot do any more, tried out in processes that have given it up."""

import os
import subprocess
import sys

import pytest

from proxy.edge.inspection import sandbox, seccomp

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the guards are Linux's")

TRIED = """
import os, resource, signal, socket, subprocess, sys, threading
from pathlib import Path
from proxy.edge.inspection import sandbox
import proxy.core.engine

def tried(what):
    try:
        what()
    except (OSError, MemoryError, ValueError, RuntimeError) as e:
        return type(e).__name__
    return "done"

def in_child(what):
    parent, (reading, writing) = os.getpid(), os.pipe()
    memory = gauge.data_bytes() + (64 << 20)
    if os.fork() == 0:
        sandbox.confine(parent, memory)
        os.write(writing, tried(what).encode())
        os._exit(0)
    return os.read(reading, 100).decode()

def threaded():
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()

gauge = sandbox.Gauge()
missing = sandbox.enter()
print(",".join(missing))
place = sys.argv[1]
for expression in sys.argv[2:]:
    print(eval(expression))
"""


GIVEN_UP = [
    ("calls", "tried(socket.socket)"),
    ("calls", "tried(socket.socketpair)"),
    ("calls", "tried(lambda: subprocess.run(['true']))"),
    ("calls", "tried(lambda: os.execv('/bin/true', ['true']))"),
    ("calls", "tried(lambda: os.memfd_create('x'))"),
    ("calls", "tried(lambda: open('/dev/null', 'w'))"),
    ("calls", "tried(lambda: os.mkdir(place + '/made'))"),
    ("calls", "tried(lambda: os.rename(place + '/key', place + '/other'))"),
    ("calls", "tried(lambda: os.unlink(place + '/key'))"),
    ("calls", "in_child(os.fork)"),
    ("calls", "in_child(lambda: os.kill(os.getppid(), 0))"),
    ("calls", "in_child(lambda: os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0)))"),
    ("files", "tried(lambda: open(place + '/key').read())"),
    ("files", "tried(lambda: os.listdir('/'))"),
    ("files", "tried(lambda: open(f'/proc/{os.getppid()}/environ').read())"),
    ("rights", "tried(lambda: os.chroot('/'))"),
    ("", "tried(lambda: open(place + '/key', 'w'))"),
    ("", "in_child(lambda: bytearray(200 << 20))"),
    ("", "in_child(lambda: resource.setrlimit(resource.RLIMIT_DATA, (-1, -1)))"),
]
KEPT = [
    "tried(lambda: __import__('xml.dom.minidom'))",
    "tried(lambda: open(proxy.core.engine.__file__).read())",
    "tried(threaded)",
    "in_child(threaded)",
    "in_child(lambda: bytearray(20 << 20))",
    "in_child(lambda: resource.getrlimit(resource.RLIMIT_DATA))",
]


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """What each expression comes to in a process that is confined, and the guards this kernel does not have."""
    place = tmp_path_factory.mktemp("place")
    (place / "key").write_text("secret")
    expressions = [expression for _, expression in GIVEN_UP] + KEPT
    done = subprocess.run(
        [sys.executable, "-c", TRIED, str(place), *expressions],
        capture_output=True, text=True, check=False, env=sandbox.environment({}),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    missing, *said = done.stdout.splitlines()
    return dict(zip(expressions, said, strict=True)), missing.split(",")


@pytest.mark.parametrize(("guard", "expression"), GIVEN_UP)
def test_what_is_given_up_fails(tried, guard, expression):
    said, missing = tried
    if guard and guard in missing:
        pytest.skip(f"this kernel has no guard of {guard}")
    assert said[expression] in {"PermissionError", "MemoryError", "ValueError", "OSError"}


POWERS = """
import os, re, sys
from proxy.edge.inspection import sandbox
def powers():
    return re.search("CapEff:[ \\t]*([0-9a-f]+)", os.pread(status, 4096, 0).decode())[1]
status = os.open("/proc/thread-self/status", os.O_RDONLY)
sandbox.enter(sets_priorities=True)
print(powers())
sandbox.confine(os.getppid(), 1 << 40)
print(powers())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone has powers to give up")
def test_who_sets_priorities_keeps_no_other_power_and_a_reader_none():
    done = subprocess.run([sys.executable, "-c", POWERS], capture_output=True, text=True, check=True)
    inspector, reader = (int(each, 16) for each in done.stdout.split())
    assert inspector in (0, 1 << 23)
    assert reader == 0


@pytest.mark.parametrize("expression", KEPT)
def test_what_a_reader_needs_still_works(tried, expression):
    assert tried[0][expression] == "done"


def test_an_environment_keeps_nothing_that_configures_or_lets_in():
    ours = {"PATH": "/bin", "LANG": "C", "EGRESS_CONFIG": "x", "AWS_SECRET_ACCESS_KEY": "x", "PYTHONPATH": "x"}
    kept = sandbox.environment(ours)
    assert {name for name in kept if "THREADS" not in name and "MALLOC" not in name} == {"PATH", "LANG"}
    assert kept["OPENBLAS_NUM_THREADS"] == "1"


@pytest.mark.parametrize("machine", sorted(seccomp._MACHINES))
@pytest.mark.parametrize("alone", [False, True])
def test_every_jump_of_the_program_lands_in_it(machine, alone):
    steps = list(seccomp._steps(seccomp._MACHINES[machine], alone=alone))
    assert len(steps) < 4096
    for at, (code, yes, no, _) in enumerate(steps):
        assert max(yes, no) <= 255
        assert at + 1 + max(yes, no) < len(steps) or code == 0x06
