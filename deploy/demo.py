"""`make demo`: real requests through a real gate, and what became of them.

Starts an HTTPS server and two gates on loopback (one whose clients are in the mainland, one whose clients are
outside), sends each case through with curl, reads what arrived and what the audit says, prints a table and ends.
Exit 0 when every case went as expected, 1 when one did not, 2 when something needed is missing.
"""

from __future__ import annotations

import json
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from deploy import local
from deploy.demo_cases import PEOPLE, Case, cases, readable

OUTSIDERS = "default_client_zone: outside\ndefault_server_zone: mainland\n"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case. `arrived` is None where nothing did."""

    status: int
    arrived: bytes | None
    action: str
    rules: tuple[str, ...]
    causes: tuple[str, ...]


class Server(ThreadingHTTPServer):
    """The other end: keeps each body it receives under its path, and serves a list of people."""

    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__((local.HOST, 0), Handler)
        self.received: dict[str, tuple[str, bytes]] = {}
        self.socket = tls.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no event here."""


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Keep the body."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received[self.path] = (self.headers.get("Content-Encoding", ""), body)
        self._answer(b'{"accepted":true}')

    def do_GET(self) -> None:
        """Serve people."""
        self._answer(PEOPLE.encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The table says it all."""


@contextmanager
def serving(authority: local.Authority) -> Iterator[Server]:
    """The server, in a thread."""
    server = Server(authority.server_context())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def send(case: Case, gate: local.Gate, server: Server, folder: Path) -> Outcome:
    """Send one case through a gate with curl; gather what arrived and what the audit says."""
    answer = folder / "answer"
    answer.unlink(missing_ok=True)
    path = f"/{case.path}"
    seen = len(audit(gate))
    command = [
        "curl", "--disable", "--silent", "--show-error", "--max-time", "15", "--noproxy", "",
        "--proxy", f"http://{local.HOST}:{gate.port}", "--cacert", str(gate.roots), "--output", str(answer),
        "--write-out", "%{http_code}", *case.curl, f"https://localhost:{server.server_address[1]}{path}",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise local.NotStartedError(f"curl failed on {case.sent!r}: {done.stderr.strip()}")
    status = int(done.stdout)
    lines = [line for line in audit(gate)[seen:] if line["direction"] == "export"]
    strictest = max(lines, key=lambda line: ("log", "redact", "block").index(line["action"]), default={})
    if case.answer:
        arrived = answer.read_bytes() if status == 200 else None
    else:
        coding, body = server.received.pop(path, ("", None))
        arrived = readable(coding, body) if body is not None else None
    return Outcome(
        status,
        arrived,
        strictest.get("action", "nothing recorded"),
        tuple(rule["id"] for rule in strictest.get("rules", ()) if rule["action"] == strictest["action"]),
        tuple(strictest.get("inspection", {}).get("causes", ())),
    )


def audit(gate: local.Gate) -> list[dict[str, Any]]:
    """Every line of a gate's audit, in the order written (one worker: one file at a time)."""
    files = sorted((gate.state / "audit").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def wrong(case: Case, outcome: Outcome) -> list[str]:
    """What did not go as the case says; empty when all did."""
    found = []
    if outcome.action != case.action:
        found.append(f"action {outcome.action}, expected {case.action}")
    if case.rule and case.rule not in outcome.rules:
        found.append(f"rule {case.rule} is missing")
    if outcome.status != case.status:
        found.append(f"status {outcome.status}, expected {case.status}")
    if (outcome.arrived is None) != (case.action == "block"):
        found.append("arrived" if outcome.arrived is not None else "did not arrive")
    held = outcome.arrived or b""
    if case.identical is not None and held != case.identical:
        found.append("changed on the way")
    found += [f"not there: {mark}" for mark in case.there if mark.encode(case.charset) not in held]
    found += [f"{len(value)} characters leaked" for value in case.gone if value.encode(case.charset) in held]
    return found


def excerpt(case: Case, outcome: Outcome) -> Text:
    """What arrived, cut to where something was masked."""
    if outcome.arrived is None:
        return Text(f"nothing; the sender got {outcome.status}", style="dim")
    if case.identical is not None:
        return Text("the same, byte for byte", style="dim")
    text = " ".join(outcome.arrived.decode(case.charset, "replace").split())
    star = max(text.find("*"), 0)
    start = max(0, star - 24)
    cut = Text(("…" if start else "") + text[start : star + 40] + ("…" if star + 40 < len(text) else ""))
    cut.highlight_regex(r"[0-9A-Z]*\*+[0-9()]*", "bold yellow")
    return cut


_STYLES = {"log": "green", "redact": "yellow", "block": "red"}


def show(results: list[tuple[Case, Outcome]]) -> Table:
    """The table."""
    table = Table(title="Through the gate, by curl, over HTTPS", title_justify="left", show_lines=True)
    for heading, ratio in (("sent", 4), ("arrived at the other end", 5), ("rule", 2), ("action", 1), ("", 1)):
        table.add_column(heading, ratio=ratio, overflow="fold")
    for case, outcome in results:
        problems = wrong(case, outcome)
        named = [*outcome.rules, *(f"not read: {cause}" for cause in outcome.causes)]
        table.add_row(
            Text.assemble((case.what, "bold"), "\n", (case.sent, "dim")),
            excerpt(case, outcome),
            "\n".join(named) or "–",
            Text(outcome.action, style=_STYLES.get(outcome.action, "red")),
            Text("\n".join(problems), style="red") if problems else Text("ok", style="green"),
        )
    return table


def run() -> list[tuple[Case, Outcome]]:
    """Start everything, send every case, stop everything."""
    with tempfile.TemporaryDirectory(prefix="egress-demo-") as name:
        folder = Path(name)
        authority = local.make_authority(folder)
        config = folder / "outsiders.yaml"
        config.write_text(OUTSIDERS)
        with ExitStack() as stack, ThreadPoolExecutor() as pool:
            server = stack.enter_context(serving(authority))

            def start(name: str, *flags: str) -> local.Gate:
                return stack.enter_context(local.gate(folder / name, authority, *flags))

            starting = [pool.submit(start, "mainland"), pool.submit(start, "outside", "--config", str(config))]
            inside, outside = (gate.result() for gate in starting)
            return [(case, send(case, outside if case.answer else inside, server, folder)) for case in cases(folder)]


def main() -> int:
    """Show, and say whether all went as expected."""
    notes = Console(stderr=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if shutil.which("curl") is None:
        notes.print("demo: needs curl (Debian/Ubuntu: apt-get install curl)")
        return 2
    try:
        results = run()
    except local.NotStartedError as error:
        notes.print(f"demo: {error}", markup=False, highlight=False)
        return 2
    out = Console(width=None if sys.stdout.isatty() else 150)
    out.print(show(results))
    failed = sum(bool(wrong(case, outcome)) for case, outcome in results)
    out.print(f"{len(results) - failed} of {len(results)} as expected. The gates and the server are stopped.")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
