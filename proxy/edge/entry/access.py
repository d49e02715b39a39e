"""The files that say who may come in, what is not opened and how the gate signs in elsewhere: the supervisor reads
them and hands them to its workers.

They are read with the policy, at the start and at each reload; a bad one keeps the old ones, as a bad policy does.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from proxy.edge import private
from proxy.edge.entry.htpasswd import Users
from proxy.edge.ports import Rejected
from proxy.edge.settings import Settings
from proxy.edge.tls.client_certs import ClientCerts, check_authorities
from proxy.policy.errors import Code, PolicyError
from proxy.policy.passthrough import Passthrough, load_passthrough
from proxy.policy.yamltree import PolicyFile


@dataclass(frozen=True, slots=True)
class AccessFiles:
    """As text, for the line to a worker. Empty where the settings name none."""

    proxy_auth: str = field(default="", repr=False)
    upstream_auth: str = field(default="", repr=False)
    passthrough: str = ""

    @classmethod
    def read(cls, settings: Settings) -> AccessFiles:
        """Read and check them all. Takes a while; raises Rejected."""
        files = cls(
            _text(private.read(settings.proxy_auth, "htpasswd file")) if settings.proxy_auth else "",
            _text(private.read(settings.upstream_auth, "upstream proxy's password")) if settings.upstream_auth else "",
            _text(_plain(settings.passthrough)) if settings.passthrough else "",
        )
        Access.of(files, settings).client_certs.check()
        if settings.client_ca:
            check_authorities(settings.client_ca)
        return files

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Access:
    """The same, parsed. `upstream` is the whole value of a Proxy-Authorization header, empty where none is sent."""

    users: Users | None
    upstream: bytes = field(repr=False)
    passthrough: Passthrough
    client_certs: ClientCerts
    client_ca: str

    @classmethod
    def of(cls, files: AccessFiles, settings: Settings) -> Access:
        """Parse them. Raises Rejected."""
        users = Users.parse(_bytes(files.proxy_auth), str(settings.proxy_auth)) if settings.proxy_auth else None
        upstream = _basic(files.upstream_auth, str(settings.upstream_auth)) if settings.upstream_auth else b""
        listed = _listed(files.passthrough, str(settings.passthrough)) if settings.passthrough else Passthrough()
        return cls(users, upstream, listed, ClientCerts.of(settings.client_certs), str(settings.client_ca or ""))

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any], settings: Settings) -> Access:
        """What `AccessFiles.plain` gave, on the other side."""
        return cls.of(AccessFiles(**plain), settings)


def _plain(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as e:
        raise Rejected(f"{path}:1:1: {Code.UNREADABLE} {e.strerror}; it is named as the passthrough list") from None


def _listed(text: str, path: str) -> Passthrough:
    try:
        return load_passthrough(PolicyFile(path, _bytes(text)))
    except PolicyError as e:
        raise Rejected(*map(str, e.problems)) from None


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
