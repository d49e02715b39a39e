import asyncio
import os
import sys

from proxy.edge.child import Child


def test_a_worker_that_gives_no_sign_of_life_is_killed():
    async def scenario():
        child = Child(0, [sys.executable, "-c", "import time; time.sleep(600)"], 0)
        ended = asyncio.ensure_future(child.run(lambda _: {}))
        while child._line is None:  # noqa: ASYNC110 - a private detail has no event
            await asyncio.sleep(0.01)
        child.ping(patience=600)
        child.ping(patience=-1)
        return await asyncio.wait_for(ended, 30), child.ready.is_set()

    assert asyncio.run(scenario()) == (-9, False)


TALKS = """
import socket, sys
line = socket.socket(fileno=int(sys.argv[1])).makefile("rwb", buffering=0)
assert b'"start"' in line.readline()
line.write(b'{"kind":"ready"}\\n')
assert b'"policy"' in line.readline()
line.write(b'{"kind":"%s"}\\n' % sys.argv[3].encode() if len(sys.argv) > 3 else b'{"kind":"taken"}\\n')
assert b'"drain"' in line.readline()
"""


def test_a_worker_is_ready_takes_a_policy_and_drains():
    async def scenario():
        cells = os.open(os.devnull, os.O_RDONLY)
        child = Child(0, [sys.executable, "-c", TALKS], cells)
        ended = asyncio.ensure_future(child.run(lambda _: {"worker": 0}))
        await asyncio.wait_for(child.ready.wait(), 30)
        taken = await child.policy({"files": [], "series": []})
        await child.stop(5)
        os.close(cells)
        return taken, await ended, child.was_ready

    assert asyncio.run(scenario()) == (True, 0, True)
