"""Clients that reject our certificate: counted by host, and written down as proposals for the passthrough list.

A proposal opens nothing. `STATE/proposals/passthrough.yaml` is for people to read; an entry of it becomes one of the
list when somebody has filled in why, who answers for it and until when, and has put it there.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from mitmproxy.tls import TlsData

from proxy.edge.messages import plain_host
from proxy.edge.zones import is_literal
from proxy.policy.yamltree import PolicyFile, parse

MAX_HOSTS = 500
"""Hosts a file holds, and hosts a worker gathers between two reports; more are left out, and the file says so."""
MAX_CLIENTS = 20
SECONDS = 1.0

ALERTS = (
    "unknown ca", "bad certificate", "certificate unknown", "certificate revoked", "certificate expired",
    "unsupported certificate", "access denied",
)  # fmt: skip
"""TLS alerts about a certificate (RFC 8446, 6.2), in OpenSSL's words."""

_NAME = re.compile(r"[a-z0-9_-][a-z0-9._-]{0,252}\Z")
_HEAD = """\
# Clients rejected the gate's certificate for these hosts: they pin their own, or do not have the gate's CA installed.
# Nothing here is in force. Install the CA where it is missing; where a host must go unread, give reason, owner and
# expires (YYYY-MM-DD), and move its entry to the file of --passthrough. What is removed here comes back if it recurs.
"""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A host and those who did not take our certificate for it. Times are UTC to the second."""

    host: str
    alert: str
    count: int
    clients: tuple[str, ...]
    first: str
    last: str

    def plus(self, other: Rejection) -> Rejection:
        """Both, as one."""
        clients = tuple(dict.fromkeys((*self.clients, *other.clients)))[:MAX_CLIENTS]
        return replace(self, alert=other.alert, count=self.count + other.count, clients=clients, last=other.last)


def rejection(data: TlsData) -> Rejection | None:
    """What a failed handshake with a client says, if it says that the client rejects our certificate."""
    said = data.conn.error or ""
    alert = next((each for each in ALERTS if each in said), "") if "alert" in said else ""
    target = plain_host(data.context.server.address[0]) if data.context.server.address else ""
    host = target if target and not is_literal(target) else plain_host(data.conn.sni or "") or target
    if not alert or not host or not (is_literal(host) or _NAME.match(host)):
        return None
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Rejection(host, alert, 1, (data.context.client.peername[0],), now, now)


@dataclass(slots=True)
class Gathered:
    """A worker's rejections, reported once a second."""

    report: Callable[[list[list[Any]]], None]
    _found: dict[str, Rejection] = field(default_factory=dict)
    _waiting: bool = False

    def add(self, found: Rejection) -> None:
        """Take one in."""
        known = self._found.get(found.host)
        if known is None and len(self._found) >= MAX_HOSTS:
            return
        self._found[found.host] = known.plus(found) if known else found
        if not self._waiting:
            self._waiting = True
            asyncio.get_running_loop().call_later(SECONDS, self._tell)

    def _tell(self) -> None:
        self._waiting = False
        found, self._found = self._found, {}
        self.report([[r.host, r.alert, r.count, r.clients, r.first, r.last] for r in found.values()])


class Proposals:
    """The supervisor's file of them."""

    def __init__(self, state: Path) -> None:
        self._path = state / "proposals" / "passthrough.yaml"
        self._stamp = -1
        self._known: dict[str, Rejection] = {}
        self._full = False

    def add(self, reported: Sequence[Sequence[Any]]) -> None:
        """Merge what a worker reports and write the file. Raises OSError."""
        self._reread()
        for host, alert, count, clients, first, last in reported:
            found = Rejection(host, alert, count, tuple(clients), first, last)
            known = self._known.get(host)
            if known is None and len(self._known) >= MAX_HOSTS:
                self._full = True
                continue
            self._known[host] = known.plus(found) if known else found
        self._write()

    def _reread(self) -> None:
        """What people have removed since is gone; what stands there from before a restart counts on."""
        try:
            stamp = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            self._known = {}
            return
        if stamp != self._stamp:
            root, _ = parse(PolicyFile(str(self._path), self._path.read_bytes()))
            plain = root.plain() if root is not None else None
            entries = plain.get("entries") if isinstance(plain, dict) else None
            found = map(_read, entries) if isinstance(entries, list) else ()
            self._known = {each.host: each for each in found if each is not None}

    def _write(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        with suppress(FileNotFoundError):
            fresh.unlink()
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w", encoding="ascii") as file:
            file.write(_HEAD + (f"# More than {MAX_HOSTS} hosts: further ones are left out.\n" if self._full else ""))
            file.write("apiVersion: egress/v1\nkind: Passthrough\nentries:\n")
            file.writelines(map(_entry, sorted(self._known.values(), key=lambda each: -each.count)))
        fresh.replace(self._path)
        self._stamp = self._path.stat().st_mtime_ns


def _entry(found: Rejection) -> str:
    return (
        f'  - host: "{found.host}"\n    reason: ""\n    owner: ""\n    expires: ""\n'
        f'    seen: {{count: {found.count}, alert: "{found.alert}", first: "{found.first}", last: "{found.last}", '
        f"clients: [{', '.join(f'"{each}"' for each in found.clients)}]}}\n"
    )


def _read(entry: object) -> Rejection | None:
    seen = entry.get("seen") if isinstance(entry, Mapping) else None
    if not isinstance(entry, Mapping) or not isinstance(seen, Mapping) or not isinstance(seen.get("count"), int):
        return None
    host, alert, clients = str(entry.get("host")), str(seen.get("alert")), seen.get("clients")
    if not (is_literal(host) or _NAME.match(host)) or alert not in ALERTS:
        return None
    addresses = tuple(each for each in map(str, clients if isinstance(clients, list) else ()) if _is_address(each))
    first, last = (_time(seen.get(key)) for key in ("first", "last"))
    return Rejection(host, alert, int(seen["count"]), addresses[:MAX_CLIENTS], first, last)


def _is_address(text: str) -> bool:
    try:
        ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def _time(value: object) -> str:
    try:
        return datetime.fromisoformat(str(value)).strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return ""
