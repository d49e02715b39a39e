"""Clients that go on sending while something is broken, and what must hold whatever it is."""

from __future__ import annotations

import hashlib
import http.client
import itertools
import threading
from collections import Counter
from typing import Self

from tests.e2e.origins import Origin
from tests.e2e.rig import Gate, eventually

SECRET = "440106199003072170"
_SERIAL = itertools.count()
_PAUSE = 0.005  # the machine is for other tests, too


class Traffic:
    """Requests one after the other, each with an identifier and a number of its own, until `stop`. `outcomes` counts
    answers by status, and what came instead of one by the name of its exception."""

    def __init__(self, gate: Gate, origin: Origin, *, padding: int = 0, threads: int = 2) -> None:
        host, port = gate.listen.split(":")
        self._gate = host, int(port)
        self._target = f"{origin.url}/people"
        self._padding = b"lorem ipsum " * (padding // 12)
        self._over = threading.Event()
        self.outcomes: Counter[int | str] = Counter()
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(threads)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        eventually(lambda: self.outcomes, "an outcome")
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def more(self, outcome: int | str = 200) -> None:
        """Wait until there is another one of these."""
        before = self.outcomes[outcome]
        eventually(lambda: self.outcomes[outcome] > before, f"another {outcome}; there are {dict(self.outcomes)}")

    def _send(self) -> None:
        while not self._over.is_set():
            connection = http.client.HTTPConnection(*self._gate, timeout=30)
            try:
                for _ in range(20):
                    self._one(connection)
                    if self._over.wait(_PAUSE):
                        break
            except (OSError, http.client.HTTPException) as e:
                self.outcomes[type(e).__name__] += 1
            finally:
                connection.close()

    def _one(self, connection: http.client.HTTPConnection) -> None:
        body = b'{"n": %d, "idCard": "%b", "note": "%b"}' % (next(_SERIAL), SECRET.encode(), self._padding)
        connection.request("POST", self._target, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        self.outcomes[answer.status] += 1


def nothing_uninspected_nothing_lost(gate: Gate, origin: Origin) -> None:
    """All that arrived went through the engine, and has its line in the audit trail, whose chains are whole."""
    arrived = list(origin.seen)
    assert all(SECRET.encode() not in seen.body + seen.head for seen in arrived), "an identifier has left"
    lines = gate.audit()
    forwarded = {line["bodies"]["forwarded_sha256"] for line in lines}
    assert all(hashlib.sha256(seen.body).hexdigest() in forwarded for seen in arrived), "a message without its line"
    chains_are_whole(gate)


def chains_are_whole(gate: Gate) -> None:
    """Every line of the audit trail tells the digest of the one before it."""
    for file in (gate.state / "audit").glob("*.jsonl"):
        previous = "0" * 64
        for line in file.read_bytes().splitlines():
            assert f'"prev_hash":"{previous}"'.encode() in line, "a chain is broken"
            previous = hashlib.sha256(line).hexdigest()
