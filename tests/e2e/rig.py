"""Real processes on loopback: a gate, servers that keep every byte they get, and curl."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import os
import re
import selectors
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which a test gives up waiting for something that should have happened."""


def eventually(probe, what: str, patience: float = PATIENCE):
    """Poll until `probe` returns something true, and return that."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := probe():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {patience:g} s for {what}")


# -- certificates -----------------------------------------------------------------------------------------------------


@dataclass
class Authority:
    """A test CA and what it signed."""

    directory: Path
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self):
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"test CA {self.directory.name}")])
        self.cert = self._build(self.name, self.key).add_extension(x509.BasicConstraints(True, None), True)
        self.cert = self.cert.sign(self.key, hashes.SHA256())
        self.path = self.directory / "ca.pem"
        self.path.write_bytes(self.cert.public_bytes(serialization.Encoding.PEM))

    def _build(self, subject, key):
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=30))
        )

    def leaf(self, host: str = "localhost", address: str = "127.0.0.1") -> Path:
        """Certificate and key for a host and its address, in one PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName(host), x509.IPAddress(ip_address(address))]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        cert = self._build(subject, key).add_extension(x509.SubjectAlternativeName(names), False)
        path = self.directory / f"{host}.pem"
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(pem + cert.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return path


# -- servers ----------------------------------------------------------------------------------------------------------


@dataclass
class Seen:
    """One request as it arrived."""

    protocol: str
    head: bytes
    body: bytes


class Origin:
    """A server that keeps what it gets; `answer` is what it sends, `(status, headers, body)`."""

    def __init__(self, cert: Path | None = None) -> None:
        self.seen: list[Seen] = []
        self.answer = (200, [("content-type", "application/json")], b'{"ok":true}')
        self.hold = threading.Event()
        self.hold.set()
        self._cert = cert
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._started.wait(PATIENCE)

    @property
    def url(self) -> str:
        return f"{'https' if self._cert else 'http'}://127.0.0.1:{self.port}"

    def take(self) -> Seen:
        """The one request seen since the last call."""
        (seen,) = self.seen
        self.seen.clear()
        return seen

    def close(self) -> None:
        self.hold.set()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        context = None
        if self._cert:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self._cert)
            context.set_alpn_protocols(["h2", "http/1.1"])
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(lambda *_: None)
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._client, "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()
        clients = asyncio.all_tasks() - {asyncio.current_task()}
        for task in clients:
            task.cancel()
        await asyncio.gather(*clients, return_exceptions=True)

    async def _client(self, reader, writer) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            tls = writer.get_extra_info("ssl_object")
            if tls is not None and tls.selected_alpn_protocol() == "h2":
                await self._http2(reader, writer)
            else:
                while True:
                    await self._http1(reader, writer)
        writer.transport.abort()

    async def _http1(self, reader, writer) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = await _body(head.lower(), reader)
        self.seen.append(Seen("HTTP/1.1", head, body))
        await self._wait()
        status, headers, sent = self.answer
        lines = [f"HTTP/1.1 {status} x", *(f"{k}: {v}" for k, v in headers), f"content-length: {len(sent)}", "", ""]
        writer.write("\r\n".join(lines).encode() + sent)
        await writer.drain()

    async def _wait(self) -> None:
        while not self.hold.is_set():  # noqa: ASYNC110 - set from another thread
            await asyncio.sleep(0.01)

    async def _http2(self, reader, writer) -> None:
        conn = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding=None))
        conn.initiate_connection()
        heads: dict[int, bytes] = {}
        bodies: dict[int, bytes] = {}
        while True:
            writer.write(conn.data_to_send())
            await writer.drain()
            data = await reader.read(65536)
            if not data:
                return
            for event in conn.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    heads[event.stream_id] = b"".join(b"%s: %s\r\n" % pair for pair in event.headers)
                    bodies[event.stream_id] = b""
                elif isinstance(event, h2.events.DataReceived):
                    bodies[event.stream_id] += event.data
                    conn.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.TrailersReceived):
                    heads[event.stream_id] += b"".join(b"trailer %s: %s\r\n" % pair for pair in event.headers)
                elif isinstance(event, h2.events.StreamEnded):
                    self.seen.append(Seen("HTTP/2.0", heads[event.stream_id], bodies[event.stream_id]))
                    status, headers, sent = self.answer
                    conn.send_headers(event.stream_id, [(":status", str(status)), *headers])
                    conn.send_data(event.stream_id, sent, end_stream=True)


async def _body(head: bytes, reader) -> bytes:
    if b"expect: 100-continue" in head:
        raise OSError("the gate answers 100-continue itself")
    if b"transfer-encoding: chunked" in head:
        body = b""
        while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
        return body
    found = re.search(rb"content-length: (\d+)", head)
    return await reader.readexactly(int(found[1])) if found else b""


# -- gates ------------------------------------------------------------------------------------------------------------


@dataclass
class Gate:
    """A running `egress run`."""

    process: subprocess.Popen
    state: Path
    ready: str
    errors: Path

    @property
    def listen(self) -> str:
        return self.said("listen")

    def said(self, key: str) -> str:
        """A value of the ready line."""
        return dict(pair.split("=", 1) for pair in self.ready.split()[1:])[key]

    def page(self, path: str) -> tuple[int, str]:
        """A page of the metrics port."""
        try:
            with urllib.request.urlopen(f"http://{self.said('metrics')}{path}", timeout=PATIENCE) as got:
                return got.status, got.read().decode()
        except urllib.error.HTTPError as e:
            with e:
                return e.code, e.read().decode()

    def metrics(self) -> dict[str, float]:
        """Every sample by its name and labels as written."""
        lines = (line for line in self.page("/metrics")[1].splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    def audit(self) -> list[dict]:
        """Every audit line of every worker, by time."""
        lines = [
            line for file in sorted((self.state / "audit").glob("*.jsonl")) for line in file.read_text().splitlines()
        ]
        return sorted(map(json.loads, lines), key=lambda event: event["time"])

    def workers(self) -> list[int]:
        """Process ids of the workers that have a place."""
        return self.processes("egress-worker")

    def processes(self, name: str) -> list[int]:
        """Process ids of the supervisor's children of that name."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split() if _comm(pid) == name]

    def curl(self, *args: str, data: bytes | None = None) -> Reply:
        """curl through the gate, trusting its authority."""
        command = [need_curl(), "-sS", "-i", "--max-time", "30", "-x", f"http://{self.listen}", "--cacert", self.ca()]
        command += ["--suppress-connect-headers", *args]
        if data is not None:
            command += ["--data-binary", "@-"]
        done = subprocess.run(command, input=data, capture_output=True, timeout=PATIENCE, check=False)
        return Reply.of(done)

    def ca(self) -> str:
        """The gate's certificate, as a user would get it."""
        path = self.state.with_name(f"{self.state.name}-ca.pem")
        if not path.exists():
            path.write_bytes(egress("ca", "export", "--state-dir", str(self.state)).stdout)
        return str(path)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and see it end."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def _comm(pid: str) -> str:
    with contextlib.suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


@dataclass
class Reply:
    """What curl got."""

    code: int
    status: int
    version: str
    headers: dict[str, str]
    body: bytes
    error: str

    @classmethod
    def of(cls, done) -> Reply:
        out = done.stdout
        while out.startswith(b"HTTP/1.1 100"):
            out = out.partition(b"\r\n\r\n")[2]
        head, _, body = out.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        words = first.split()
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
        status = int(words[1]) if len(words) > 1 else 0
        return cls(done.returncode, status, words[0] if words else "", headers, body, done.stderr.decode())


def need_curl() -> str:
    """The path of curl; without it tests skip here and fail in CI."""
    return need("curl")


def need(tool: str) -> str:
    """The path of a program; without it tests skip here and fail in CI."""
    found = shutil.which(tool) or shutil.which(tool, path="/usr/sbin")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{tool} is missing in CI")
        pytest.skip(f"{tool} is not installed")
    return found


def environment() -> dict[str, str]:
    """Ours without the variables that would configure a gate, or make it print its hint."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("EGRESS_", "MAKE")) and "proxy" not in k.lower()}


def egress(*args: str, **kwargs) -> subprocess.CompletedProcess:
    """Run the command to its end."""
    command = [str(Path(sys.executable).with_name("egress")), *args]
    return subprocess.run(
        command, capture_output=True, timeout=PATIENCE, cwd=ROOT, env=environment(), check=False, **kwargs
    )


def ready_line(process, errors: Path) -> str:
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if not selector.select(PATIENCE):
            process.kill()
            raise AssertionError(f"no ready line: {errors.read_text()}")
    line = process.stdout.readline().decode()
    assert line.startswith("ready "), errors.read_text()
    return line.strip()
