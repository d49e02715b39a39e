"""A gate on loopback with a certificate authority for one run: what the demo and the benchmark start and stop."""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from mitmproxy.certs import CertStore

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_SECONDS = 180
STOP_SECONDS = 10


class NotStartedError(Exception):
    """A program did not start; the text says which, and what it said."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Two PEM files: the roots a client must trust, and a server's key with its certificate."""

    roots: Path
    server: Path

    def server_context(self) -> ssl.SSLContext:
        """TLS for a server on 127.0.0.1 or localhost."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server)
        return context


@dataclass(frozen=True, slots=True)
class Gate:
    """A running gate. `roots` is the CA certificate a client must trust to speak TLS through it."""

    port: int
    metrics: int
    roots: Path
    state: Path
    process: subprocess.Popen[bytes]


def make_authority(folder: Path) -> Authority:
    """Write a new authority and a certificate for 127.0.0.1 and localhost into `folder`."""
    store = CertStore.from_store(folder, "throwaway", 2048)
    names: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(HOST))]
    entry = store.get_cert("localhost", names)
    roots, server = folder / "roots.pem", folder / "server.pem"
    roots.write_bytes(store.default_ca.to_pem())
    key = entry.privatekey.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    server.touch(mode=0o600)
    server.write_bytes(key + entry.cert.to_pem())
    return Authority(roots=roots, server=server)


@contextmanager
def gate(folder: Path, authority: Authority, *flags: str, spare: bool = False) -> Iterator[Gate]:
    """A gate on the default policy with one worker, free ports and its state in `folder`; raises NotStartedError."""
    state, log = folder / "state", folder / "gate.log"
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        tool("egress"), "run", "--policy", str(ROOT / "policies/default.yaml"), "--state-dir", str(state),
        "--listen", f"{HOST}:0", "--metrics-listen", f"{HOST}:0", "--workers", "1",
        "--upstream-ca", str(authority.roots), *(() if spare else ("--no-spare",)), *flags,
    ]  # fmt: skip
    with running(command, log) as process:
        ready = wait_for(r"^ready listen=\S*:(\d+) metrics=\S*:(\d+)", process, log)
        roots = folder / "gate-roots.pem"
        export = [tool("egress"), "ca", "export", "--state-dir", str(state)]
        roots.write_bytes(subprocess.run(export, check=True, stdout=subprocess.PIPE).stdout)  # noqa: S603 - our own
        yield Gate(int(ready[1]), int(ready[2]), roots, state, process)


@contextmanager
def running(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that writes to `log` and is gone afterwards. No EGRESS_ variable of the caller's shell reaches it."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("EGRESS_")}
    with (
        log.open("wb") as output,
        subprocess.Popen(  # noqa: S603 - our own programs
            command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT, env=environment
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for(pattern: str, process: subprocess.Popen[bytes], log: Path) -> re.Match[str]:
    """What `pattern` finds in the log once it is there; raises NotStartedError where it does not come."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        said = log.read_text(errors="replace")
        if found := re.search(pattern, said, re.MULTILINE):
            return found
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise NotStartedError(f"{log.stem} did not start; it said:\n{log.read_text(errors='replace')[-2000:]}")


def tool(name: str) -> str:
    """The path of a program of this environment; raises NotStartedError."""
    path = Path(sys.executable).parent / name
    if not path.exists():
        raise NotStartedError(f"{name} is not in {path.parent}: run `make venv`")
    return str(path)
