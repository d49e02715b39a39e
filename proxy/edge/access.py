"""The files that say who may come in and how the gate signs in elsewhere: read by the supervisor, handed to workers.

They are read with the policy, at the start and at each reload; a bad one keeps the old ones, as a bad policy does.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from proxy.edge import private
from proxy.edge.htpasswd import Users
from proxy.edge.ports import Rejected
from proxy.edge.settings import Settings


@dataclass(frozen=True, slots=True)
class AccessFiles:
    """As text, for the line to a worker. Empty where the settings name none."""

    proxy_auth: str = field(default="", repr=False)
    upstream_auth: str = field(default="", repr=False)

    @classmethod
    def read(cls, settings: Settings) -> AccessFiles:
        """Read and check them all. Takes a while; raises Rejected."""
        files = cls(
            _text(private.read(settings.proxy_auth, "htpasswd file")) if settings.proxy_auth else "",
            _text(private.read(settings.upstream_auth, "upstream proxy's password")) if settings.upstream_auth else "",
        )
        Access.of(files, settings)
        return files

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Access:
    """The same, parsed. `upstream` is the whole value of a Proxy-Authorization header, empty where none is sent."""

    users: Users | None
    upstream: bytes = field(repr=False)

    @classmethod
    def of(cls, files: AccessFiles, settings: Settings) -> Access:
        """Parse them. Raises Rejected."""
        users = Users.parse(_bytes(files.proxy_auth), str(settings.proxy_auth)) if settings.proxy_auth else None
        return cls(users, _basic(files.upstream_auth, str(settings.upstream_auth)) if settings.upstream_auth else b"")

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any], settings: Settings) -> Access:
        """What `AccessFiles.plain` gave, on the other side."""
        return cls.of(AccessFiles(**plain), settings)


def _basic(text: str, path: str) -> bytes:
    """RFC 7617 of a file with one line, NAME:PASSWORD."""
    said = _bytes(text).strip()
    name, colon, _ = said.partition(b":")
    if not name or not colon or b"\n" in said:
        raise Rejected(f"{path}: expected one line NAME:PASSWORD, for the proxy upstream")
    return b"Basic " + base64.b64encode(said)


def _text(raw: bytes) -> str:
    return raw.decode("latin-1")  # every byte to one character and back


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")
