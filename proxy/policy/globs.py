"""Lists of globs, and the one written form of hosts and paths that they are matched against.

`*` stands for any run of characters, dots and slashes included; there is nothing else to learn. `!` in front takes
away what the rest of the list has let in, wherever it stands; a list of `!` alone means "all but these".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from socket import inet_aton
from urllib.parse import unquote_to_bytes

MAX_GLOB = 1000
_ODD_IPV4 = re.compile(r"[0-9][0-9a-fx.]*\Z")
_HOST_GLOB = re.compile(r"[a-z0-9._*-]+\Z")
_TYPE_GLOB = re.compile(r"[a-z0-9!#$&^_.+*-]+/[a-z0-9!#$&^_.+*-]+\Z|\*\Z")


@dataclass(frozen=True, slots=True)
class Globs:
    """A compiled list. `wanted` is None where everything is wanted that is not unwanted."""

    wanted: re.Pattern[str] | None
    unwanted: re.Pattern[str] | None

    def match_some(self, names: Sequence[str]) -> bool:
        """Whether the list picks a thing known by these names, in doubt yes: for rules, which make stricter.

        One wanted name is enough, and it takes all names to be let off: a request that says one host to the
        network and another to the server gains nothing by it.
        """
        if self.wanted is not None and not any(map(self.wanted.match, names)):
            return False
        return self.unwanted is None or not all(map(self.unwanted.match, names))

    def match_every(self, names: Sequence[str]) -> bool:
        """The same, in doubt no: for exceptions, which make looser. A thing without a name is in doubt."""
        if not all(names) or (self.wanted is not None and not all(map(self.wanted.match, names))):
            return False
        return self.unwanted is None or not any(map(self.unwanted.match, names))


def compile_globs(globs: Iterable[str]) -> Globs:
    """One regular expression for what a list wants and one for what it does not."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for glob in globs:
        (unwanted if glob.startswith("!") else wanted).append(_regex(glob.removeprefix("!")))
    return Globs(_union(wanted), _union(unwanted))


def _union(regexes: list[str]) -> re.Pattern[str] | None:
    return re.compile(f"(?s:{'|'.join(regexes)})") if regexes else None


def _regex(glob: str) -> str:
    # Atomic groups: the leftmost place of an inner piece is always as good as a later one, so no hostile host or
    # path can make the match try them all.
    head, *pieces = map(re.escape, re.sub(r"\*+", "*", glob).split("*"))
    if not pieces:
        return rf"{head}\Z"
    return head + "".join(f"(?>.*?{piece})" for piece in pieces[:-1]) + rf".*{pieces[-1]}\Z"


def host_glob(glob: str) -> str:
    """A host glob in the written form of `normal_host`. ValueError says what is wrong with it."""
    sign, body = _split(glob)
    if "/" in body:
        raise ValueError('a host has no scheme and no path: write "*.example.com"')
    if ":" in body:
        bare = body.removeprefix("[").removesuffix("]")
        if bare.count(":") < 2:
            raise ValueError("a host has no port: leave it out")
        try:
            return sign + normal_host(str(IPv6Address(bare)))
        except ValueError:
            raise ValueError("this is no IPv6 address") from None
    labels = body.lower().removesuffix(".").split(".")
    if any("*" in label and not label.isascii() for label in labels):
        raise ValueError("a label holds either * or letters beyond ASCII, not both")
    try:
        host = ".".join(label if label.isascii() else label.encode("idna").decode("ascii") for label in labels)
    except UnicodeError:
        raise ValueError("this is no host name") from None
    if not _HOST_GLOB.match(host) or ".." in host or host.startswith("."):
        raise ValueError('this is no host name: write "www.example.com" or "*.example.com"')
    return sign + (host if "*" in host else normal_host(host))


def path_glob(glob: str) -> str:
    """A path glob, percent-decoded like the paths it meets. ValueError says what is wrong with it."""
    sign, body = _split(glob)
    if not body.startswith(("/", "*")):
        raise ValueError("a path glob begins with / or *")
    if "?" in body or "#" in body:
        raise ValueError("paths are matched without their query: leave out what follows the ?")
    return sign + unquote_to_bytes(body).decode(errors="replace")


def type_glob(glob: str) -> str:
    """A content-type glob in lower case. ValueError says what is wrong with it."""
    sign, body = _split(glob)
    if not _TYPE_GLOB.match(body.lower()):
        raise ValueError('write a content type without parameters, such as "application/json" or "text/*"')
    return sign + body.lower()


def name_glob(glob: str) -> str:
    """A glob of a client's name or a header's value, in lower case. ValueError says what is wrong with it."""
    sign, body = _split(glob)
    if not body.isprintable():
        raise ValueError("a name has no control characters")
    return sign + body.lower()


def _split(glob: str) -> tuple[str, str]:
    sign, body = ("!", glob[1:]) if glob.startswith("!") else ("", glob)
    if not body or len(body) > MAX_GLOB:
        raise ValueError(f"a glob holds 1 to {MAX_GLOB} characters")
    return sign, body


def normal_host(host: str) -> str:
    """One written form per host: lower case, no final dot, punycode, addresses as everybody writes them.

    The resolver takes 0x7f.1 and 2130706433 for 127.0.0.1; so do we, or a rule on an address is walked around.
    """
    name = host.lower().rstrip(".")
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii").lower().rstrip(".")
        except UnicodeError:
            return name
    if ":" in name:
        try:
            address = ip_address(name.removeprefix("[").removesuffix("]"))
        except ValueError:
            return name
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return str(mapped or address)
    if _ODD_IPV4.match(name):
        try:
            return str(ip_address(inet_aton(name)))
        except OSError:
            return name
    return name


def normal_path(target: bytes) -> str:
    """The path of a request target: without query, percent-decoded once, `.`, `..` and empty segments resolved.

    Attack: /%61dmin, /a/../admin and //admin reach the same place as /admin on most servers.
    """
    raw = target.partition(b"?")[0].partition(b"#")[0]
    path = (unquote_to_bytes(raw) if b"%" in raw else raw).decode(errors="replace")
    if "//" not in path and "/." not in path:
        return path or "/"
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment not in {"", "."}:
            kept.append(segment)
    slash = "/" if kept and segments[-1] in {"", ".", ".."} else ""
    return f"/{'/'.join(kept)}{slash}"
