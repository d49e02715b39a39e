"""The load generator: POSTs over kept connections, one thread each, as fast as they are answered or at a steady pace.
Runs as a process of its own.

Reads one job a line from standard input, opens and warms the connections, prints `warm`, waits for a line, runs, and
prints what it measured. So whoever reads the proxy's CPU time reads it between warm-up and work.
"""

from __future__ import annotations

import base64
import json
import socket
import ssl
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from tests.bench import http2
from tests.bench.turns import Turn


@dataclass(frozen=True, slots=True)
class Job:
    """`proxy` 0 goes straight to the origin. `requests` and `warmup` count all connections together.

    `seconds` other than 0 end the run in place of `requests`. `pace`: seconds from one request to the next, counting
    all connections; 0 for as fast as they are answered. The scheme `h2` is HTTP/2 in TLS, with so many `streams` in
    each connection.
    """

    proxy: int
    scheme: str
    origin: int
    roots: str
    body: str
    requests: int
    warmup: int
    connections: int
    host: str = "127.0.0.1"
    seconds: float = 0.0
    pace: float = 0.0
    streams: int = 1

    @property
    def lanes(self) -> int:
        """Requests under way at a time."""
        return self.connections * self.streams


@dataclass(frozen=True, slots=True)
class Result:
    """Seconds of the whole run and of each request."""

    seconds: float
    latencies: list[float]


class Connection:
    """One kept connection, through the proxy or straight."""

    def __init__(self, job: Job) -> None:
        self._socket = socket.create_connection(("127.0.0.1", job.proxy or job.origin), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        target = f"{job.host}:{job.origin}"
        if job.proxy and job.scheme != "http":
            self._socket.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
            answer = self._read_head()
            if b" 200 " not in answer.split(b"\r\n", 1)[0]:
                raise OSError(f"the proxy refused CONNECT: {answer[:60]!r}")
        if job.scheme != "http":
            context = ssl.create_default_context(cafile=job.roots)
            context.set_alpn_protocols(["h2" if job.scheme == "h2" else "http/1.1"])
            self._socket = context.wrap_socket(self._socket, server_hostname=job.host)
        where = f"http://{target}" if job.proxy and job.scheme == "http" else ""
        body = base64.b64decode(job.body)
        self._streams = http2.Streams(self._socket, target, body) if job.scheme == "h2" else None
        head = (
            f"POST {where}/v1/orders HTTP/1.1\r\nHost: {target}\r\nUser-Agent: bench\r\nAccept: */*\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._request = head.encode() + body

    def _read_head(self) -> bytes:
        held = b""
        while b"\r\n\r\n" not in held:
            data = self._socket.recv(65536)
            if not data:
                raise OSError("the connection was closed before an answer")
            held += data
        return held

    def post(self) -> None:
        """Send the request, read the answer to its end. Anything but 200 stops the benchmark."""
        self._socket.sendall(self._request)
        held = self._read_head()
        head, _, body = held.partition(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise OSError(f"unexpected answer: {head[:60]!r}")
        missing = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]) - len(body)
        while missing > 0:
            missing -= len(self._socket.recv(65536))

    def work(self, turns: Sequence[Turn]) -> list[float]:
        """The requests of all turns; seconds of each. Only HTTP/2 takes more than one turn."""
        if self._streams is not None:
            return self._streams.work(turns)
        latencies = []
        for turn in turns:
            while (due := turn.following()) is not None:
                time.sleep(max(0.0, due - time.perf_counter()))
                start = turn.started(due)
                self.post()
                latencies.append(time.perf_counter() - start)
        return latencies

    def close(self) -> None:
        self._socket.close()


def run(
    job: Job, number: int, go: threading.Event, ready: threading.Barrier, latencies: list[float], errors: list[str]
) -> None:
    """One connection's share of the job."""
    try:
        connection = Connection(job)
        connection.work([Turn(job.warmup // job.lanes) for _ in range(job.streams)])
        ready.wait()
        go.wait()
        mine = range(number * job.streams, (number + 1) * job.streams)
        pace = job.pace * job.lanes
        latencies += connection.work(
            [Turn(job.requests // job.lanes, job.seconds, pace, job.pace * lane) for lane in mine]
        )
        connection.close()
    except (OSError, threading.BrokenBarrierError) as error:
        errors.append(str(error))
        ready.abort()


def measure(job: Job) -> Result:
    """Do a whole job; raises SystemExit where a request failed."""
    go, ready = threading.Event(), threading.Barrier(job.connections + 1)
    latencies: list[float] = []
    errors: list[str] = []
    threads = [
        threading.Thread(target=run, args=(job, number, go, ready, latencies, errors), daemon=True)
        for number in range(job.connections)
    ]
    for thread in threads:
        thread.start()
    try:
        ready.wait()
    except threading.BrokenBarrierError:
        raise SystemExit(f"load: {errors[0]}") from None
    sys.stdout.write("warm\n")
    sys.stdout.flush()
    sys.stdin.readline()
    start = time.perf_counter()
    go.set()
    for thread in threads:
        thread.join()
    if errors:
        raise SystemExit(f"load: {errors[0]}")
    return Result(seconds=time.perf_counter() - start, latencies=latencies)


def main() -> None:
    """Serve jobs until standard input closes."""
    while line := sys.stdin.readline():
        sys.stdout.write(json.dumps(asdict(measure(Job(**json.loads(line))))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
