"""Numbers arranged so that what says what they are stands elsewhere, or nowhere."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

from proxy.cli.evasions.families.splitting import pieces
from proxy.cli.evasions.model import Family, Place, Request, Secret, Technique, Way, placed

LAY = Family.LAYOUT
_TEXT = "text/plain; charset=utf-8"
_PINYIN = {
    "id_card": "shenfenzheng hao",
    "hkid": "xianggang shenfenzheng",
    "card_no": "yinhang kahao",
    "mobile": "shouji hao",
    "hk_phone": "xianggang dianhua",
    "macao_id": "aomen shenfenzheng",
    "passport": "huzhao haoma",
}
_PORTUGUESE = {
    "id_card": "bilhete de identidade",
    "hkid": "BIR de Hong Kong",
    "card_no": "cartão",
    "mobile": "telemóvel",
    "hk_phone": "telefone de Hong Kong",
    "macao_id": "BIR de Macau",
    "passport": "passaporte",
}
_SHORT = {
    "id_card": "sfzh",
    "hkid": "hkic",
    "card_no": "yhkh",
    "mobile": "sjh",
    "hk_phone": "lxdh",  # dh alone is the number of a document as well
    "macao_id": "bir",
    "passport": "hzhm",
}


def _written(form: str, read: Callable[[str], str]) -> Way:
    return (
        lambda secret: Request(form.format(v=secret.value, label=secret.label, key=secret.key).encode(), _TEXT),
        lambda request: read(request.text),
    )


def _whole(text: str) -> str:
    return text


def _vertical(secret: Secret) -> Request:
    """One character a line."""
    return Request("\n".join((secret.label, *secret.value, "")).encode(), _TEXT)


def _columns(secret: Secret) -> Request:
    """Three numbers written downwards, side by side."""
    others = (secret.value[::-1], secret.value[1:] + secret.value[:1])
    lines = (" ".join(row) for row in zip(secret.value, *others, strict=True))
    return Request((secret.label + "\n" + "\n".join(lines) + "\n").encode(), _TEXT)


def _fixed(secret: Secret) -> Request:
    row = f"{'0001':6}{'CHAN TAI MAN':20}{secret.value:24}{'SHENZHEN':10}"
    return Request(f"{'NO':6}{'NAME':20}{secret.key.upper():24}{'CITY':10}\n{row}\n".encode(), _TEXT)


def _packed(secret: Secret) -> Request:
    """Fixed width, with nothing between the fields."""
    return Request(f"0001CHAN{secret.value}SZ20260101\n".encode(), _TEXT)


def _turned(secret: Secret) -> Request:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["name", "Chan", "Lee"], [secret.key, secret.value, ""], ["city", "SZ", "GZ"]])
    return Request(out.getvalue().encode(), "text/csv")


def _pairs(secret: Secret) -> Request:
    return Request(json.dumps({"rows": [{"name": secret.key, "value": secret.value}]}).encode(), "application/json")


def _matrix(secret: Secret) -> Request:
    whole = {"columns": ["no", secret.key], "data": [[1, secret.value]]}
    return Request(json.dumps(whole).encode(), "application/json")


def _called(words: dict[str, str]) -> Way:
    def send(secret: Secret) -> Request:
        return Request(f"{words[secret.key]}: {secret.value}\n".encode(), _TEXT)

    return send, lambda request: request.text.partition(": ")[2]


def _dictionary(words: dict[str, str]) -> Way:
    def send(secret: Secret) -> Request:
        return Request(json.dumps({words[secret.key].replace(" ", "_"): secret.value}).encode(), "application/json")

    return send, lambda request: str(next(iter(json.loads(request.body).values())))


def _proves(secret: Secret) -> bool:
    return secret.digits and secret.proves


def _unproved(secret: Secret) -> bool:
    return secret.digits and not secret.proves


def _stripped(secret: Secret) -> Request:
    return Request(secret.value.encode(), "application/octet-stream")


UNLABELLED = placed(
    "a number nothing speaks of",
    Family.BEYOND,
    "knows that it is a telephone or a passport",
    [Place("bare", _stripped, lambda request: request.text)],
    _unproved,
    "eight digits without check digit and without a word beside them are like any other number",
)

TECHNIQUES: tuple[Technique, ...] = (
    placed(
        "one character a line",
        LAY,
        "joins the lines",
        [Place("vertical", _vertical, lambda r: "".join(r.text.split("\n")[1:]))],
    ),
    placed(
        "written downwards",
        LAY,
        "reads the columns",
        [Place("three side by side", _columns, lambda r: "".join(line[:1] for line in r.text.split("\n")[1:]))],
    ),
    placed(
        "two lines",
        LAY,
        "joins the lines",
        [
            Place(
                "in the middle",
                lambda s: Request(f"{s.label}: {pieces(s.value, 2)[0]}\n{pieces(s.value, 2)[1]}\n".encode(), _TEXT),
                lambda r: r.text.partition(": ")[2].replace("\n", ""),
            ),
            Place(
                "with indent",
                lambda s: Request(
                    f"{s.label}: {pieces(s.value, 2)[0]}\n        {pieces(s.value, 2)[1]}\n".encode(), _TEXT
                ),
                lambda r: "".join(r.text.partition(": ")[2].split()),
            ),
        ],
    ),
    placed(
        "fixed width",
        LAY,
        "cuts by columns",
        [Place("with heading", _fixed, lambda r: r.text.split("\n")[1][26:50].strip())],
    ),
    placed(
        "run together with its neighbours",
        LAY,
        "cuts by columns",
        [Place("no separator", _packed, lambda r: r.text[8:-11])],
        _proves,
    ),
    placed(
        "table on its side",
        LAY,
        "reads the rows",
        [Place("CSV", _turned, lambda r: list(csv.reader(io.StringIO(r.text)))[1][1])],
    ),
    placed(
        "name and value as two fields",
        LAY,
        "reads the pairs",
        [Place("JSON", _pairs, lambda r: str(json.loads(r.body)["rows"][0]["value"]))],
    ),
    placed(
        "names apart from rows",
        LAY,
        "reads the columns",
        [Place("JSON", _matrix, lambda r: str(json.loads(r.body)["data"][0][1]))],
    ),
    placed(
        "value before its label",
        LAY,
        "reads it as written",
        [
            Place("Chinese", *_written("{v} 是{label}\n", _whole)),
            Place("brackets", *_written("{v}（{label}）\n", _whole)),
            Place("next line", *_written("{v}\n{label}\n", _whole)),
        ],
    ),
    placed(
        "label on another line",
        LAY,
        "reads it as written",
        [
            Place("line above", *_written("{label}\n{v}\n", _whole)),
            Place("two above", *_written("{label}\n\n- {v}\n", _whole)),
            Place("heading", *_written("# {label}\n\n1. {v}\n", _whole)),
        ],
    ),
    placed(
        "label in pinyin", LAY, "reads pinyin", [Place("words", *_called(_PINYIN)), Place("key", *_dictionary(_PINYIN))]
    ),
    placed(
        "label in initials",
        LAY,
        "knows the abbreviation",
        [Place("words", *_called(_SHORT)), Place("key", *_dictionary(_SHORT))],
    ),
    placed(
        "label in Portuguese",
        LAY,
        "reads Portuguese",
        [Place("words", *_called(_PORTUGUESE)), Place("key", *_dictionary(_PORTUGUESE))],
    ),
    placed(
        "no label",
        LAY,
        "knows what it is",
        [
            Place("bare", _stripped, lambda r: r.text),
            Place("in a sentence", *_written("ok see {v} thanks\n", _whole)),
            Place("a list", lambda s: Request("\n".join((s.value, s.value[::-1])).encode(), _TEXT), lambda r: r.text),
            # one number of an order in ten has the check digit of a card
            Place("a lie", *_written("order no: {v}\n", _whole), lambda s: s.name != "bank card"),
        ],
        _proves,
    ),
    placed(
        "glued to other signs",
        LAY,
        "cuts it out",
        [
            Place("letters around", *_written("abc{v}xyz\n", _whole)),
            Place("digits in front", *_written("00{v}\n", _whole)),
            Place("file name", *_written("scan_{v}_final.pdf\n", _whole)),
            Place("Han around", *_written("张三{v}李四\n", _whole)),
            Place("camel case", *_written("user{v}Id\n", _whole)),
        ],
        _proves,
    ),
)
