"""Who may use the gate: an Apache password file.

Source: https://httpd.apache.org/docs/2.4/misc/password_encryptions.html. Read are bcrypt (`htpasswd -B`), apr1 (`-m`,
its default), SHA-256 and SHA-512 crypt (`-2`, `-5`) and SHA-1 (`-s`). DES crypt, which reads eight characters, and
plain text are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from passlib.context import CryptContext
from passlib.exc import MissingBackendError

from proxy.edge.ports import Rejected

_SCHEMES = CryptContext(["bcrypt", "apr_md5_crypt", "sha256_crypt", "sha512_crypt", "ldap_sha1"])
_BCRYPT_BYTES = 72  # bcrypt reads no more of a password, and htpasswd cuts there without a word
_MAX_TEXT = 1024
MAX_USERS = 100_000


@dataclass(frozen=True, slots=True)
class Users:
    """Names and what their passwords hash to."""

    hashes: Mapping[str, str] = field(repr=False)

    @classmethod
    def parse(cls, text: bytes, path: str) -> Users:
        """Read a file. Raises Rejected with a line per mistake: the user's name, never what stands beside it."""
        hashes: dict[str, str] = {}
        problems = []
        for number, line in enumerate(text.decode("utf-8", "replace").splitlines(), 1):
            entry = line.strip()
            if not entry or entry.startswith("#"):
                continue
            name, colon, hashed = entry.partition(":")
            problem = _problem(name if colon else "", hashed, hashes)
            if problem:
                problems.append(f"{path}:{number}: {problem}")
            hashes[name] = hashed
        if not problems and not hashes:
            problems.append(f"{path}: no user in it; add one with `htpasswd -B {path} NAME`")
        if len(hashes) > MAX_USERS:
            problems.append(f"{path}: more than {MAX_USERS} users")
        if problems:
            raise Rejected(*problems[:20])
        return cls(hashes)

    def verify(self, name: str, password: str) -> bool:
        """Whether the password is that user's. Takes as long as its scheme does: for bcrypt a tenth of a second.

        ATTACK: an unknown name answered at once would tell which names are known; its password is checked against
        another user's hash.
        """
        hashed = self.hashes.get(name)
        against = hashed or next(iter(self.hashes.values()))
        secret = password.encode("utf-8", "surrogateescape")
        if against.startswith("$2"):
            secret = secret[:_BCRYPT_BYTES]
        try:
            right = _SCHEMES.verify(secret, against)
        except (ValueError, TypeError):  # a hash that is cut short, or a password with NUL in it
            return False
        return right and hashed is not None


def _problem(name: str, hashed: str, known: Mapping[str, str]) -> str:
    if not name or len(name) > _MAX_TEXT or len(hashed) > _MAX_TEXT or not name.isprintable():
        return "not a line of an htpasswd file, NAME:HASH"
    if name in known:
        return f'user "{name}" is there twice'
    try:
        known_scheme = _SCHEMES.identify(hashed) is not None
    except (ValueError, MissingBackendError):
        known_scheme = False
    if not known_scheme:
        return f'user "{name}" has a password in a form the gate does not take; set it anew with `htpasswd -B`'
    return ""
