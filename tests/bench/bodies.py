"""What the benchmark sends and scans, made from a fixed seed: the same bytes on every machine."""

from __future__ import annotations

import base64
import json
import random
import sysconfig
from collections.abc import Callable
from pathlib import Path

from detectors import checks

KB = 1024
RESIDENT_ID = "440106199003072170"
_WORDS = [
    *("invoice", "shipping", "cotton", "standard", "express", "blue", "harbour", "pallet", "carton", "sample"),
    *("fitting", "bracket", "sensor", "cable", "adapter", "revision", "pending", "accepted", "inspection"),
    *("warehouse", "customs", "delivery", "partial", "note", "urgent", "archive"),
]
_HAN = ["标准件", "已发货", "待检验", "棉质面料", "蓝色", "整箱", "加急", "退货", "样品", "仓库东区"]


def ordinary_json(size: int, *, marked: bool = False) -> bytes:
    """A batch of orders of about `size` bytes, compact, without personal data; `marked` puts one resident ID in."""
    rng = random.Random(20)
    orders: list[dict[str, object]] = []
    length = 60
    while length < size:
        order = {
            "order": f"SO-{rng.randrange(10**6):06d}",
            "uuid": f"{rng.getrandbits(32):08x}-{rng.getrandbits(16):04x}-{rng.getrandbits(16):04x}",
            "sku": f"{rng.choice('ABCDEF')}{rng.randrange(1000):03d}-{rng.choice(_WORDS)}",
            "quantity": rng.randrange(1, 400),
            "price": round(rng.uniform(1, 900), 2),
            "placed": f"2025-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}T{rng.randrange(24):02d}:05:11Z",
            "status": rng.choice(_HAN),
            "note": " ".join(rng.choices(_WORDS, k=7)),
            "express": rng.random() < 0.3,
            "weights": [round(rng.random() * 30, 3) for _ in range(3)],
        }
        orders.append(order)
        length += len(_compact(order)) + 1
    body: dict[str, object] = {"batch": "b-20417", "source": "erp", "orders": orders}
    if marked:
        body["idCard"] = RESIDENT_ID
    return _compact(body)


def machine_json(size: int) -> bytes:
    """Events as services send them to one another, of about `size` bytes: hashes, tokens, numbers and moments that
    hold nothing, and look like what could."""
    rng = random.Random(22)
    events: list[dict[str, object]] = []
    length = 60
    while length < size:
        day, hour = f"{rng.randrange(1, 12):02d}-{rng.randrange(1, 29):02d}", f"{rng.randrange(24):02d}:05"
        event = {
            "traceId": f"{rng.getrandbits(128):032x}",
            "spanId": f"{rng.getrandbits(64):016x}",
            "id": str(rng.randrange(10**18, 2 * 10**18)),
            "at": f"2026-{day}T{hour}:07.{rng.randrange(10**6):06d}+08:00",
            "received": rng.randrange(1_700_000_000_000, 1_800_000_000_000),
            "sha256": f"{rng.getrandbits(256):064x}",
            "etag": f'W/"{rng.getrandbits(64):x}"',
            "token": base64.b64encode(rng.randbytes(24)).decode(),
            "key": base64.urlsafe_b64encode(rng.randbytes(15)).decode(),
            "total": f"{rng.randrange(1, 90)},{rng.randrange(100, 999)},{rng.randrange(100, 999)}.50",
            "url": f"https://cdn.example.com/a/{rng.getrandbits(24):06x}.js?v=20261103&sig={rng.getrandbits(40):x}",
            "build": f"{rng.randrange(9)}.{rng.randrange(40)}.{rng.randrange(900)}-rc{rng.randrange(9)}",
            "phone": f"138****{rng.randrange(10**4):04d}",
            "ok": rng.random() < 0.5,
        }
        events.append(event)
        length += len(_compact(event)) + 1
    return _compact({"source": "gateway", "events": events})


def _compact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def source_text(size: int) -> bytes:
    """Python source, from the standard library of the Python that runs this."""
    held = bytearray()
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py")):
        held += path.read_bytes()
        if len(held) >= size:
            break
    return held[:size].decode(errors="ignore").encode()


def dense_personal(size: int) -> bytes:
    """People as JSON lines, every number with a right check digit: 25 to 30 identifiers per KB."""
    rng = random.Random(21)
    regions = sorted(region.decode() for region in checks.REGIONS if region.startswith(b"44"))
    held = bytearray()
    while len(held) < size:
        born = f"{rng.randrange(1950, 2005)}{rng.randrange(1, 13):02d}{rng.randrange(1, 29):02d}"
        letter = rng.choice("ABCDEFGHKMPRSYZ")
        person = {
            "name": rng.choice(["陈大文", "黄小明", "李嘉欣", "张伟"]),
            "city": rng.choice(["广州", "深圳", "珠海", "东莞"]),
            "idCard": _closed(
                f"{rng.choice(regions)}{born}{rng.randrange(1, 1000):03d}", checks.resident_id, "0123456789X"
            ),
            "hkid": _bracketed(_closed(f"{letter}{rng.randrange(10**6):06d}", checks.hkid, "0123456789A")),
            "mobile": f"138{rng.randrange(10**8):08d}",
            "email": f"{rng.choice(_WORDS)}{rng.randrange(1000)}@example.com",
            "bankCard": _closed(f"622202{rng.randrange(10**9):09d}", checks.luhn, "0123456789"),
        }
        held += _compact(person) + b"\n"
    return bytes(held)


def customer_records(size: int) -> bytes:
    """A customer list as systems export it, with all else that is in one: about 10 identifiers per KB."""
    rng = random.Random(22)
    people = (json.loads(line) for line in dense_personal(size).splitlines())
    records: list[dict[str, object]] = []
    length = 2
    for number, person in enumerate(people):
        record = {
            "customerId": f"C{number:07d}",
            **{field: person[field] for field in ("name", "idCard", "mobile", "email", "bankCard")},
            "gender": rng.choice(["F", "M"]),
            "address": f"广东省{person['city']}市南山区科技南路{rng.randrange(1, 99)}号{rng.randrange(1, 9)}栋305室",
            "level": rng.choice(["gold", "silver", "standard"]),
            "createdAt": f"2024-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}T11:22:33Z",
            "tags": rng.sample(_WORDS, 2),
            "balance": round(rng.uniform(0, 9000), 2),
            "note": " ".join(rng.choices(_WORDS, k=6)),
        }
        records.append(record)
        length += len(_compact(record)) + 1
        if length >= size:
            break
    return _compact(records)


def _closed(body: str, check: Callable[[bytes], bool], digits: str) -> str:
    return next(body + digit for digit in digits if check((body + digit).encode()))


def _bracketed(hkid: str) -> str:
    return f"{hkid[:-1]}({hkid[-1]})"
