"""A number in shares: over fields of one name, far places, by meaning, under masks, in coded pieces."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import parse_qsl

from proxy.cli.evasions.bases import b64, un64
from proxy.cli.evasions.carriers import BOUNDARY
from proxy.cli.evasions.families.containers import unzipped, zipped
from proxy.cli.evasions.families.splitting import SPLIT, anything, json_body, pieces, proves
from proxy.cli.evasions.model import Place, Request, Secret, Technique, placed
from proxy.cli.evasions.ways import digits, every

_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_BY_MEANING = {"resident ID": (6, 8, 4), "bank card": (6, 9, 1), "mainland mobile": (3, 4, 4), "HK phone": (4, 4)}


def _cut(text: str, *lengths: int) -> list[str]:
    out = []
    for length in lengths:
        out.append(text[:length])
        text = text[length:]
    return out


def _object(
    name: str,
    build: Callable[[Secret], dict[str, object]],
    read: Callable[[dict[str, str]], str],
    fits: Callable[[Secret], bool] = anything,
) -> Place:
    return Place(name, *json_body(build, read), fits)


def _joined(got: dict[str, str]) -> str:
    return "".join(got.values())


def _text(name: str, write: Callable[[Secret], str], read: Callable[[str], str]) -> Place:
    return Place(name, lambda s: Request(write(s).encode(), "text/plain"), lambda request: read(request.text))


def _same_header(secret: Secret) -> Request:
    return Request(headers=tuple((b"X-Part", piece.encode()) for piece in pieces(secret.value, 2)))


def _siblings(secret: Secret) -> Request:
    inner = "".join(f"<{secret.key}>{piece}</{secret.key}>" for piece in pieces(secret.value, 2))
    return Request(f"<r>{inner}</r>".encode(), "text/xml")


def _far(place: Callable[[str, str, Secret], Request]) -> Callable[[Secret], Request]:
    def send(secret: Secret) -> Request:
        first, second = pieces(secret.value, 2)
        return place(first, second, secret)

    return send


def _query_and_header(first: str, second: str, secret: Secret) -> Request:
    return Request(path=f"/t?{secret.key}={first}".encode(), headers=((b"X-Rest", second.encode()),), method="GET")


def _cookie_and_body(first: str, second: str, secret: Secret) -> Request:
    return Request(f'{{"{secret.key}":"{second}"}}'.encode(), _JSON, ((b"Cookie", f"p={first}".encode()),))


def _path_and_body(first: str, second: str, secret: Secret) -> Request:
    return Request(f"{secret.key}={second}".encode(), _FORM, path=f"/up/{first}".encode())


def _by_meaning(secret: Secret) -> dict[str, object]:
    named = zip(("region", "date", "tail"), _cut(secret.value, *_BY_MEANING[secret.name]), strict=False)
    return {f"{secret.key}_{name}": piece for name, piece in named}


def _dated(secret: Secret) -> dict[str, object]:
    region, born, tail = _cut(secret.value, 6, 8, 4)
    return {"region": region, "birthday": f"{born[:4]}-{born[4:6]}-{born[6:]}", "tail": tail}


def _masks(secret: Secret) -> list[str]:
    """Two maskings of the same number, each showing what the other hides."""
    third = len(secret.value) // 3
    head, middle, tail = _cut(secret.value, third, third, len(secret.value) - 2 * third)
    return [head + "*" * third + tail, "*" * third + middle + "*" * len(tail)]


def _unmasked(first: str, second: str) -> str:
    return "".join(b if a == "*" else a for a, b in zip(first, second, strict=True))


def _archive_parts(secret: Secret) -> Request:
    whole = zipped(f"{secret.key}: {secret.value}".encode())
    half = len(whole) // 2
    body = b""
    for name, piece in ((b"a.z01", whole[:half]), (b"a.zip", whole[half:])):
        head = (
            b'Content-Disposition: form-data; name="f"; filename="%b"\r\nContent-Type: application/zip\r\n\r\n' % name
        )
        body += b"--%b\r\n%b%b\r\n" % (BOUNDARY.encode(), head, piece)
    return Request(body + f"--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}")


def _archive_joined(request: Request) -> str:
    parts = re.findall(rb"\r\n\r\n(.*?)\r\n--" + BOUNDARY.encode(), request.body, re.DOTALL)
    return unzipped(b"".join(parts)).decode()


TECHNIQUES: tuple[Technique, ...] = (
    placed(
        "each character a field",
        SPLIT,
        "joins the fields",
        [
            _object("JSON", lambda s: {f"c{at:02}": sign for at, sign in enumerate(s.value)}, _joined, proves),
            Place(
                "form",
                lambda s: Request("&".join(f"{at}={sign}" for at, sign in enumerate(s.value)).encode(), _FORM),
                lambda request: "".join(value for _, value in parse_qsl(request.text)),
                proves,
            ),
        ],
        digits,
    ),
    placed(
        "over fields of one name",
        SPLIT,
        "joins the fields",
        [
            Place(
                "header", _same_header, lambda request: "".join(value.decode() for _, value in request.headers), proves
            ),
            Place(
                "query",
                lambda s: Request(path=f"/t?{'&'.join(f'{s.key}={each}' for each in pieces(s.value, 3))}".encode()),
                lambda r: "".join(value for _, value in parse_qsl(r.path.decode().partition("?")[2])),
            ),
            Place(
                "XML",
                lambda s: Request(
                    f"<r>{''.join(f'<{s.key}>{each}</{s.key}>' for each in pieces(s.value, 2))}</r>".encode(),
                    "text/xml",
                ),
                lambda request: re.sub("<[^>]*>", "", request.text),
            ),
        ],
        digits,
    ),
    placed(
        "over far places",
        SPLIT,
        "joins the two",
        [
            Place(
                "query, header",
                _far(_query_and_header),
                lambda r: r.path.decode().partition("=")[2] + r.header(b"x-rest"),
            ),
            Place(
                "cookie, JSON", _far(_cookie_and_body), lambda r: r.header(b"cookie")[2:] + _joined(json.loads(r.body))
            ),
            Place("path, form", _far(_path_and_body), lambda r: r.path.decode()[4:] + r.text.partition("=")[2]),
        ],
        digits,
    ),
    placed(
        "parts by meaning",
        SPLIT,
        "joins the parts",
        [
            _object("JSON", _by_meaning, _joined),
            _text(
                "lines",
                lambda s: "\n".join(f"{key}: {piece}" for key, piece in _by_meaning(s).items()),
                lambda text: "".join(line.partition(": ")[2] for line in text.split("\n")),
            ),
        ],
        lambda secret: secret.name in _BY_MEANING,
    ),
    placed(
        "date of birth written as a date",
        SPLIT,
        "puts the date back between region and tail",
        [
            _object("JSON", _dated, lambda got: _joined(got).replace("-", "")),
            _text(
                "text",
                lambda s: (
                    f"户籍 {s.value[:6]}，{s.value[6:10]}年{s.value[10:12]}月{s.value[12:14]}日生，尾号 {s.value[14:]}"
                ),
                lambda text: re.sub("[^0-9]", "", text),
            ),
        ],
        lambda secret: secret.name == "resident ID",
    ),
    placed(
        "two masks that complete one another",
        SPLIT,
        "lays one over the other",
        [
            _object(
                "JSON",
                lambda s: dict(zip(("a", "b"), _masks(s), strict=True)),
                lambda got: _unmasked(*got.values()),
                proves,
            ),
            _text("text", lambda s: f"{s.label} {' '.join(_masks(s))}", lambda text: _unmasked(*text.split(" ")[1:])),
        ],
        digits,
    ),
    placed(
        "coded pieces",
        SPLIT,
        "joins the pieces, decodes; or decodes, joins",
        [
            _object(
                "base64 cut",
                lambda s: {s.field: pieces(b64(s.value), 4)},
                lambda got: un64("".join(next(iter(got.values())))),
            ),
            _object(
                "base64 of each half",
                lambda s: {f"{s.field}{at}": b64(piece) for at, piece in enumerate(pieces(s.value, 2))},
                lambda got: "".join(map(un64, got.values())),
            ),
            _object(
                "hex over fields",
                lambda s: {f"{s.field}{at}": piece for at, piece in enumerate(pieces(s.value.encode().hex(), 3))},
                lambda got: bytes.fromhex(_joined(got)).decode(),
            ),
        ],
    ),
    placed(
        "rows of a matrix",
        SPLIT,
        "joins the rows",
        [
            _object(
                "JSON",
                lambda s: {s.key: [list(map(int, each)) for each in pieces(s.value, 4)]},
                lambda got: re.sub("[^0-9]", "", str(next(iter(got.values())))),
            ),
            _text(
                "CSV",
                lambda s: f"{s.label}\n" + "\n".join(",".join(each) for each in pieces(s.value, 4)),
                lambda text: re.sub("[^0-9]", "", text),
            ),
        ],
        digits,
    ),
    placed(
        "numbered lines and keys",
        SPLIT,
        "sorts by number, joins",
        [
            _object(
                "keys",
                lambda s: {str(at): piece for at, piece in reversed(list(enumerate(pieces(s.value, 3))))},
                lambda got: "".join(got[key] for key in sorted(got)),
                proves,
            ),
            _text(
                "lines",
                lambda s: "\n".join(f"part {at} of {s.label}: {p}" for at, p in enumerate(pieces(s.value, 2), 1)),
                lambda text: "".join(line.partition(": ")[2] for line in text.split("\n")),
            ),
        ],
        digits,
    ),
    placed(
        "archive cut in two", SPLIT, "joins the files, unzips", [Place("parts", _archive_parts, _archive_joined)], every
    ),
)
