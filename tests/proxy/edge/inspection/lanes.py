"""Inspectors that do as the body says, and both lanes in front of them."""

import asyncio
import sys
from dataclasses import replace

import psutil

from proxy.core.budget import DOCUMENTS
from proxy.core.message import Action, Cause, Decision, Direction, Earlier, Kind, Message, Party, Verdict
from proxy.edge.inspection.slowlane import SlowLane

INSPECTOR = """
import sys, os, ctypes, signal, time
from proxy.core.message import Action, Verdict
from proxy.edge.inspection.inspector import serve

class Workshop:
    def gate(self, files):
        name, kind = files[0][0], sys.argv[1]
        class Gate:
            @staticmethod
            def ready():
                for sys.made in range(1, 4):
                    yield

            @staticmethod
            def inspect(message):
                if b"made" in message.body:
                    return Verdict(Action.LOG, inspected=getattr(sys, "made", 0))
                if b"deaf" in message.body:
                    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
                if b"swallow" in message.body:
                    try:
                        time.sleep(600)
                    except BaseException:
                        pass
                if b"hang" in message.body:
                    time.sleep(600)
                if b"wait for texts" in message.body and kind == "documents":
                    time.sleep(600)
                if b"slow" in message.body:
                    time.sleep(1)
                if b"die" in message.body:
                    sys.exit(3)
                if b"crash" in message.body:
                    ctypes.string_at(0)
                if b"bomb" in message.body:
                    bytearray(1 << 30)
                if b"document" in message.body and kind == "texts":
                    return Verdict(Action.BLOCK, skipped=("documents",))
                if b"kept" in message.body:
                    sys.kept = getattr(sys, "kept", 0) + 1
                    return Verdict(Action.LOG, inspected=sys.kept)
                if b"hoard" in message.body:
                    sys.hoard = bytearray(message.body[0] * 1_000_000)
                if b"who" in message.body:
                    return Verdict(Action.LOG, inspected=os.getpid())
                return Verdict(Action.BLOCK if name == "strict" else Action.LOG, inspected=len(message.body))
        return Gate

sys.exit(serve(Workshop(), documents=sys.argv[1] == "documents"))
"""
KNOWN = Verdict(Action.LOG, inspected=1, skipped=("names",))
DOCUMENT = Verdict(Action.BLOCK, skipped=(DOCUMENTS,))
TEXTS, READERS = ([sys.executable, "-c", INSPECTOR, kind] for kind in ("texts", "documents"))


class Judge:
    def decide(self, _message, _findings, uninspected, _seen=None):
        return Decision(Action.BLOCK if uninspected[0].cause is Cause.TIMEOUT else Action.LOG)


def message(body, address=""):
    client, server = Party("mainland", address), Party("outside")
    return Message(
        Kind.REQUEST, Direction.EXPORT, "POST", "https", "a", 443, b"/", ((b"a", b"b"),), body, client, server
    )


def lane(work, deadline=60.0, files=(("lax", b""),)):
    async def run():
        slow = SlowLane(TEXTS, READERS, files, Judge(), deadline)
        try:
            return await work(slow)
        finally:
            await slow.close()

    return asyncio.run(run())


def window(body):
    return replace(message(body), earlier=Earlier())


def alive(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


async def children_of(pid):
    while not (found := psutil.Process(pid).children()):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return found[0].pid
