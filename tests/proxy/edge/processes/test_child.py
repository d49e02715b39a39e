import asyncio
import os
import sys

from proxy.edge.processes.child import Child


def test_a_worker_that_gives_no_sign_of_life_is_killed():
    async def scenario():
        child = await Child.spawn(0, [sys.executable, "-c", "import time; time.sleep(600)"], [])
        child.ping(patience=600)
        child.ping(patience=-1)
        await asyncio.wait_for(child.gone(), 30)
        return child.code, child.ready.is_set()

    assert asyncio.run(scenario()) == (-9, False)


TALKS = """
import socket, sys
_, control, cells, listeners = sys.argv
line = socket.socket(fileno=int(control)).makefile("rwb", buffering=0)
assert b'"start"' in line.readline()
line.write(b'{"kind":"warm"}\\n')
assert b'"place"' in line.readline()
line.write(b'{"kind":"ready"}\\n')
assert b'"ping"' in line.readline()
line.write(b'{"kind":"pong","memory":7}\\n')
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
        child.ping(60)
        taken = await child.policy({"files": [], "series": []})
        leaving = asyncio.ensure_future(child.stop(5))
        await child.gone()
        left = child.code
        await leaving
        os.close(shared)
        return taken, left, child.code, child.was_ready, child.memory

    assert asyncio.run(scenario()) == (True, None, 0, True, 7)
