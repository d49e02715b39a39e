import asyncio
import os
import sys

import pytest

from proxy.edge.processes.child import Child

SERVES = """
import socket, sys, time
_, control = sys.argv
line = socket.socket(fileno=int(control)).makefile("rwb", buffering=0)
line.write(b'{"kind":"warm"}\\n{"kind":"ready"}\\n')
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("time.sleep(600)", "stuck"),
        ("while True: pass", "spinning"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", "stopped"),
    ],
)
def test_a_worker_that_hangs_is_given_up(does, why):
    async def scenario():
        child = await Child.spawn(0, [sys.executable, "-c", SERVES + does], [])
        await asyncio.wait_for(child.ready.wait(), 30)
        while child.code is None:
            child.look()
            await asyncio.sleep(0.1)
        await asyncio.wait_for(child.gone(), 30)
        return child.code, child.ready.is_set(), child.fate

    assert asyncio.run(scenario()) == (-9, False, f"hangs ({why})")


TALKS = """
import socket, sys
_, control, cells, listeners = sys.argv
line = socket.socket(fileno=int(control)).makefile("rwb", buffering=0)
assert b'"start"' in line.readline()
line.write(b'{"kind":"warm"}\\n')
assert b'"place"' in line.readline()
line.write(b'{"kind":"ready"}\\n')
assert b'"ping"' in line.readline()
line.write(b'{"kind":"pong"}\\n')
assert b'"weigh"' in line.readline()
line.write(b'{"kind":"weight","memory":7,"pause":0.1}\\n')
assert b'"policy"' in line.readline()
line.write(b'{"kind":"taken"}\\n')
assert b'"drain"' in line.readline()
"""


def test_a_worker_gets_warm_takes_a_place_and_a_policy_and_drains():
    async def scenario():
        shared = os.open(os.devnull, os.O_RDONLY)
        child = await Child.spawn(0, [sys.executable, "-c", TALKS], [[shared], [shared]])
        child.start(files=[])
        await asyncio.wait_for(child.warm.wait(), 30)
        child.place(worker=0, place=0)
        await asyncio.wait_for(child.ready.wait(), 30)
        child.look()
        child.weigh()
        taken = await child.policy({"files": [], "series": []})
        leaving = asyncio.ensure_future(child.stop(5))
        await child.gone()
        left = child.code
        await leaving
        os.close(shared)
        return taken, left, child.code, child.was_ready, child.memory

    assert asyncio.run(scenario()) == (True, None, 0, True, 7)
