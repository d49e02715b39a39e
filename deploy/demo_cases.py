"""What the demo sends, and what must become of it under the default policy."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

RESIDENT_ID, MASKED_ID = "440106199003072170", "440106********2170"
OTHER_ID = "440304198512310046"
HKID, MASKED_HKID = "A123456(3)", "A******(3)"
CARD = "6228480012345678903"
PEOPLE = json.dumps(
    {"people": [{"name": "陈大文", "idCard": RESIDENT_ID}, {"name": "李嘉欣", "idCard": OTHER_ID}]}, ensure_ascii=False
)
TYPE = "Content-Type: "


@dataclass(frozen=True, slots=True)
class Case:
    """A request and its fate. `answer`: it is the server's answer that leaves, to a client outside.

    `there` must be in what arrives, `gone` must not; `identical` is what must arrive to the byte.
    """

    path: str
    what: str
    sent: str
    curl: tuple[str, ...]
    action: str
    rule: str = ""
    status: int = 200
    there: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    identical: bytes | None = field(default=None, repr=False)
    charset: str = "utf-8"
    answer: bool = False


def cases(folder: Path) -> list[Case]:
    """Every case, its files written into `folder`, where curl must run."""
    clean, odd = _allowed(folder)
    return [clean, *_masked(folder), *_coded(folder), odd, *_blocked(folder), _answer()]


def readable(coding: str, body: bytes) -> bytes:
    """A body without its content coding; as it is where the coding is none of ours."""
    if coding != "gzip":
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        return b"(broken gzip)"


def _allowed(folder: Path) -> list[Case]:
    clean = '{"order": 88213,  "lines": [{"sku": "A-19", "qty": 3}], "total": 59.70}'
    odd = _file(folder, "odd.bin", bytes(range(1, 200)))
    return [
        Case(
            "clean",
            "clean JSON",
            clean,
            ("-H", TYPE + "application/json", "-d", clean),
            "log",
            identical=clean.encode(),
        ),
        Case(
            "unknown-coding",
            "a coding nobody knows",
            "Content-Encoding: x-made-up",
            ("-H", TYPE + "application/json", "-H", "Content-Encoding: x-made-up", "--data-binary", f"@{odd.name}"),
            "log",
            identical=odd.read_bytes(),
        ),
    ]


def _masked(folder: Path) -> list[Case]:
    body = f'{{"name": "陈大文", "idCard": "{RESIDENT_ID}"}}'
    rows = "\n".join(f"黄小明{n},{OTHER_ID},1380013{n:04d}" for n in range(8000, 8012))
    people = _file(folder, "people.csv", f"姓名,身份证号,手机号码\n{rows}\n".encode())
    note = _file(folder, "note.txt", f"Please open the account. HKID: {HKID}\n".encode())
    return [
        Case(
            "resident-id", "resident ID in JSON", body, ("-H", TYPE + "application/json", "-d", body),
            "redact", "PI-0001", there=(MASKED_ID, "陈大文"), gone=(RESIDENT_ID,),
        ),
        Case(
            "form", "HKID in a form", f"hkid={HKID}&plan=gold", ("--data-urlencode", f"hkid={HKID}", "-d", "plan=gold"),
            "redact", "PI-0002", there=("******", "plan=gold"), gone=("123456",),
        ),
        Case(
            "csv", "CSV of 12 people", f"黄小明,{OTHER_ID},13800138000 …",
            ("-H", TYPE + "text/csv; charset=utf-8", "--data-binary", f"@{people.name}"),
            "redact", "PI-0007", there=("440304********0046", "138****8000", "黄小明"), gone=(OTHER_ID, "13800138000"),
        ),
        Case(
            "multipart", "multipart upload of a text file", f"note.txt: … HKID: {HKID}",
            ("-F", "topic=account", "-F", f"file=@{note.name};type=text/plain"),
            "redact", "PI-0002", there=(MASKED_HKID, "open the account"), gone=(HKID,),
        ),
    ]  # fmt: skip


def _coded(folder: Path) -> list[Case]:
    packed = _file(folder, "packed.gz", gzip.compress(json.dumps({"bankCard": CARD, "amount": 120}).encode()))
    hanzi = _file(folder, "hanzi.txt", f"客户身份证号：{OTHER_ID}，请核实。".encode("gb18030"))
    return [
        Case(
            "gzip", "gzip body with a card number", f'{{"bankCard": "{CARD}", …}} packed by gzip',
            ("-H", TYPE + "application/json", "-H", "Content-Encoding: gzip", "--data-binary", f"@{packed.name}"),
            "redact", "PI-0004", there=("****", "120"), gone=(CARD,),
        ),
        Case(
            "gb18030", "text in GB18030", f"客户身份证号：{OTHER_ID}，请核实。",
            ("-H", TYPE + "text/plain; charset=gb18030", "--data-binary", f"@{hanzi.name}"),
            "redact", "PI-0001", there=("440304********0046，请核实",), gone=(OTHER_ID,), charset="gb18030",
        ),
    ]  # fmt: skip


def _blocked(folder: Path) -> list[Case]:
    made = generate_private_key(SECP256R1())
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    key = _file(folder, "server.key", pem)
    marked = "机密★10年\n关于某项目进展情况的通报"
    return [
        Case(
            "key", "private key upload", "a PEM file made a moment ago", ("-F", f"file=@{key.name}"),
            "block", "KEY-0001", status=403,
        ),
        Case(
            "state-secret", "a state-secret mark", marked.replace("\n", " "),
            ("-H", TYPE + "text/plain; charset=utf-8", "--data-binary", marked),
            "block", "LAW-STATE-SECRET", status=451,
        ),
    ]  # fmt: skip


def _answer() -> Case:
    return Case(
        "people", "an answer to a client outside", "GET /people → " + PEOPLE[:60] + "…", (),
        "redact", "PI-0001", there=(MASKED_ID, "440304********0046", "李嘉欣"),
        gone=(RESIDENT_ID, OTHER_ID), answer=True,
    )  # fmt: skip


def _file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path
