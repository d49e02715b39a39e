"""Checks of secrets: random enough to be a key, and not what documentation and code put in a key's place."""

from __future__ import annotations

import re

from detectors.checks_content import entropy

_STAND_INS = re.compile(
    rb"example|sample|placeholder|change[_-]?me|your|dummy|fake|redacted|secret|passw|x{4}|\*{3}|0{6}|1234|abcd|qwerty|<|\$\{|\{\{|%\(|"
    rb"undefined|null|none|true|false|todo|insert|replace|test|demo|foobar|hunter",
    re.IGNORECASE,
)
_STOOD_IN = re.compile(rb"example|x{6}|your|placeholder|redacted|0{10}", re.IGNORECASE)
_CODE = re.compile(
    rb"[({\[]|\$[({]|^\$[A-Za-z_]|->|::|=>|^[A-Za-z_][A-Za-z_.]*$|^[a-z]+(?:[A-Z][a-z]+)+$|^[%@#][A-Za-z_]|\\|^[./~]|://|\.(?:get|env|value|text|py|js|md|html)\b"
)
_OURS = re.compile(
    rb"tok_[a-z2-7]{24}|hash_[0-9a-f]{64}"
)  # what this gate writes in a value's place (proxy.core.operators)
_DIGITS = b"0123456789"
_PASSWORDS_AS_WORDS = re.compile(
    rb"(?i:passw(?:or)?d|secret|pass|pwd|user|admin|root|foo|bar|string|example|changeme|[x*.]+)[0-9!@#]{0,4}"
)


_JOINTS = frozenset(b"_.-")  # they join words in code as often as they stand in a password


def _kinds(value: bytes) -> int:
    """How many of lower case, upper case, digits and other signs occur."""
    lower = upper = digit = other = 0
    for c in value:
        if 97 <= c <= 122:
            lower = 1
        elif 65 <= c <= 90:
            upper = 1
        elif 48 <= c <= 57:
            digit = 1
        elif c not in _JOINTS:
            other = 1
    return lower + upper + digit + other


def key(value: bytes) -> bool:
    """The body of a key with a form of its own: random, and no stand-in."""
    body = value[4:]
    return len(set(body)) >= 8 and entropy(body) >= 3 and _kinds(body) >= 2 and not _STOOD_IN.search(body)


def random_key(value: bytes) -> bool:
    """Letters and digits drawn at random: no word, no name, no hexadecimal digest of forty."""
    return (
        entropy(value) >= (3.4 if len(value) <= 20 else 3.9)
        and _kinds(value) >= (2 if len(value) == 20 else 3)
        and not _STAND_INS.search(value)
        and not _OURS.fullmatch(value)
    )


def token(value: bytes) -> bool:
    """A secret whose form is its service's own: random characters with digits among them, or 32 and more hexadecimal
    ones; neither an identifier of code, nor a path, nor a UUID."""
    others = len(value.translate(None, _DIGITS))
    return (
        3 < others <= len(value) - 3
        and len(set(value)) >= 10
        and value.count(b"/") < 3
        and value.count(b".") < 3
        and value.count(b"-") < 4
        and not (_STAND_INS.search(value) or _CODE.search(value) or _OURS.fullmatch(value))
    )


def strong_password(value: bytes) -> bool:
    """At least eight characters of three kinds with a digit among them: what a password rule asks for, and what neither
    a name in source code nor a word is."""
    return (
        len(value) >= 8
        and _kinds(value) >= 3
        and any(48 <= c <= 57 for c in value)
        and len(set(value)) >= 6
        and not _CODE.search(value)
        and not _PASSWORDS_AS_WORDS.fullmatch(value)
        and not _OURS.fullmatch(value)
    )


def weak_password(value: bytes) -> bool:
    """Anything else that could be one: letters and digits together, or digits alone."""
    return (
        not strong_password(value)
        and any(48 <= c <= 57 for c in value)
        and len(set(value)) >= 4
        and not _CODE.search(value)
        and not _PASSWORDS_AS_WORDS.fullmatch(value)
        and not _OURS.fullmatch(value)
    )


def address(value: bytes) -> bool:
    """User information in an address, or a password in a connection string, that is no stand-in."""
    userinfo = value.partition(b"://")[2].rpartition(b"@")[0] if b"://" in value else value
    password = userinfo.partition(b":")[2] if b"://" in value else userinfo
    host = value.rpartition(b"@")[2].lower() if b"://" in value else b""
    return (
        len(password) >= 4
        and len(set(password)) >= 3
        and not _PASSWORDS_AS_WORDS.fullmatch(password)
        and not re.search(
            rb"[$<{*%(]{1}[A-Za-z_{(*]|^x+$|^(?:pw|pass|password|passwd|secret|token|key|your.*|my.*|some.*)$|\.\.\.",
            password.lower(),
        )
        and not host.startswith((b"example.", b"host"))
    )
