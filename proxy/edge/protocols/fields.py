"""Header fields, looked up in one walk.

mitmproxy looks up a field by four calls and two decodings for each field of a head, and one that is missing by an
exception; a small request has some thirty such lookups, a twentieth of its time.
"""

from __future__ import annotations

from mitmproxy.http import Headers

_CODEC, _ERRORS = "utf-8", "surrogateescape"


def _get_all(headers: Headers, name: str | bytes) -> list[str]:
    """As upstream."""
    key = (name.encode(_CODEC, _ERRORS) if isinstance(name, str) else name).lower()
    return [value.decode(_CODEC, _ERRORS) for each, value in headers.fields if each.lower() == key]


def _get[T](headers: Headers, key: str | bytes, default: T | None = None) -> str | T | None:
    """As upstream."""
    values = _get_all(headers, key)
    return ", ".join(values) if values else default


def _contains(headers: Headers, key: object) -> bool:
    """As upstream."""
    return isinstance(key, str | bytes) and bool(_get_all(headers, key))


def install() -> None:
    """From now on all header fields are looked up like this."""
    for name, method in (("get_all", _get_all), ("get", _get), ("__contains__", _contains)):
        setattr(Headers, name, method)
