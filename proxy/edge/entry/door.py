"""Who comes in: passwords checked off the loop, and the name a connection has shown itself to have."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import os
from collections import Counter, OrderedDict
from concurrent.futures import ThreadPoolExecutor

from proxy.edge.entry.htpasswd import Users
from proxy.edge.ports import Overloaded

_REMEMBERED = 4096
_WAITING = 64
"""Passwords waiting to be checked. bcrypt takes a tenth of a second: more would wait longer than a client does."""
_WAITING_EACH = 8
"""Of these, from one address: whoever guesses leaves room for others."""


class Door:
    """One worker's. Without users it is open, and nobody has a name."""

    def __init__(self, users: Users | None = None) -> None:
        self._users = users
        self.client_ca = ""
        """Authorities of certificates that clients must show; empty where none are asked for."""
        self._certified: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._seen: OrderedDict[bytes, str] = OrderedDict()
        self._key = os.urandom(32)
        self._waiting: Counter[str] = Counter()
        # one thread: whoever guesses passwords takes one core and no more
        self._pool = ThreadPoolExecutor(1, "htpasswd")

    @property
    def guarded(self) -> bool:
        """Whether clients must say who they are."""
        return self._users is not None or bool(self.client_ca)

    @property
    def asks_passwords(self) -> bool:
        """Whether a name and a password are needed."""
        return self._users is not None

    def admit(self, users: Users | None, client_ca: str = "") -> None:
        """Take over another password file; names no longer in it lose what they had, open connections included."""
        self._users, self.client_ca = users, client_ca
        self._seen.clear()

    def name(self, client_id: str) -> str:
        """Who a connection has shown itself to be; empty where it has not, or is no longer welcome."""
        if self._users is None:
            return self._names.get(client_id) or self._certified.get(client_id, "")
        name = self._names.get(client_id, "")
        return name if name in self._users.hashes else ""

    def certified(self, client_id: str) -> bool:
        """Whether the connection has shown a certificate, or need not."""
        return not self.client_ca or client_id in self._certified

    def certify(self, client_id: str, name: str) -> None:
        """The connection has shown a certificate with that name."""
        self._certified[client_id] = name

    def enter(self, client_id: str, name: str) -> None:
        """From here on the connection, and the tunnel it is, has that name."""
        self._names[client_id] = name

    def forget(self, client_id: str) -> None:
        """The connection is closed."""
        self._names.pop(client_id, None)
        self._certified.pop(client_id, None)

    def remembered(self, name: str, password: str) -> bool | None:
        """Whether they were right when last checked; None when they must be checked (again)."""
        known = self._seen.get(self._digest(name, password))
        return None if known is None else known == name

    async def verify(self, name: str, password: str, address: str = "") -> bool:
        """Whether they are right, by a thread. Raises Overloaded when too many wait, in all or of that address."""
        known = self.remembered(name, password)
        users = self._users
        if known is not None or users is None:
            return bool(known)
        if self._waiting[address] >= _WAITING_EACH or self._waiting.total() >= _WAITING:
            raise Overloaded
        self._waiting[address] += 1
        try:
            right = await asyncio.get_running_loop().run_in_executor(self._pool, users.verify, name, password)
        finally:
            self._waiting -= Counter((address,))  # one that is at zero is dropped
        if users is self._users:
            self._remember(name, password, right=right)
        return right

    def _remember(self, name: str, password: str, *, right: bool) -> None:
        self._seen[self._digest(name, password)] = name if right else ""
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)

    def _digest(self, name: str, password: str) -> bytes:
        # digests, so that no password stays in memory for as long as the worker lives
        secret = hashlib.blake2b(key=self._key, digest_size=32)
        for text in (name, password):
            raw = text.encode("utf-8", "surrogateescape")
            secret.update(len(raw).to_bytes(4) + raw)
        return secret.digest()


def credentials(header: bytes) -> tuple[str, str] | None:
    """Name and password of `Proxy-Authorization: Basic …` (RFC 7617); None for anything else."""
    scheme, _, coded = header.strip().partition(b" ")
    if scheme.lower() != b"basic" or len(coded) > 8192:
        return None
    try:
        name, colon, password = base64.b64decode(coded.strip(), validate=True).partition(b":")
    except binascii.Error:
        return None
    return (name.decode("utf-8", "replace"), password.decode("utf-8", "surrogateescape")) if name and colon else None
