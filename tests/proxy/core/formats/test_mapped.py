"""Bytes that are a text once all of them are changed back alike."""

import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.formats import mapped
from proxy.core.message import Action
from tests.proxy.core.gate import MASKING, MOBILE, RIC, entities, inspected, message

STREAM = "application/octet-stream"
TEXT = f"手机号码：{MOBILE}"


def each(change):
    return lambda data: bytes(change(byte) & 0xFF for byte in data)


def seven(data):
    bits = "".join(f"{byte:07b}"[::-1] for byte in data)
    return bytes(int(bits[at : at + 8].ljust(8, "0")[::-1], 2) for at in range(0, len(bits), 8))


WAYS = {
    "high bit": each(lambda byte: byte | 0x80),
    "inverted": each(lambda byte: ~byte),
    "bits reversed": each(lambda byte: int(f"{byte:08b}"[::-1], 2)),
    "half-bytes swapped": each(lambda byte: byte >> 4 | byte << 4),
    "added": each(lambda byte: byte + 7),
    "taken": each(lambda byte: byte - 77),
    "xor": each(lambda byte: byte ^ 0x42),
    "xor with 0xA7": each(lambda byte: byte ^ 0xA7),
    "reversed": lambda data: data[::-1],
    "zeros between": lambda data: b"\0".join(bytes((byte,)) for byte in data),
    "junk between": lambda data: b"".join(bytes((byte, 255, 7)) for byte in data),
    "UTF-16 behind a byte": lambda data: b"\n" + data.decode().encode("utf-16-le"),
}


@pytest.mark.parametrize("way", sorted(set(WAYS) - {"high bit"}))
@pytest.mark.parametrize(("text", "entity"), [(TEXT, "CN_MOBILE"), (f'{{"证件":"{RIC}"}}', "CN_RESIDENT_ID")])
def test_a_text_under_a_change_of_all_bytes_is_read_and_blocks(way, text, entity):
    body = WAYS[way](text.encode())
    assert entity in entities(body, STREAM)
    if entity == "CN_RESIDENT_ID":  # where one byte follows each the place of the number is known, and it is masked
        assert inspected(MASKING, message(body, STREAM)).action is not Action.LOG


@pytest.mark.parametrize("way", [WAYS["high bit"], seven], ids=["high bit", "seven bits"])
def test_characters_of_seven_bits_in_eight_or_seven_are_read(way):
    assert "CN_RESIDENT_ID" in entities(way(f"no. {RIC}".encode()), STREAM)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_characters_with_more_bytes_than_they_need_are_read(size):
    front = {2: lambda c: bytes((0xC0 | c >> 6,)), 3: lambda c: bytes((0xE0, 0x80 | c >> 6))}
    front[4] = lambda c: b"\xf0\x80" + bytes((0x80 | c >> 6,))
    body = b"".join(front[size](byte) + bytes((0x80 | byte & 63,)) for byte in f"id {RIC}".encode())
    assert "CN_RESIDENT_ID" in entities(body, STREAM)


@pytest.mark.parametrize("charset", ["shift_jis", "euc_jp", "iso2022_jp_2", "hz", "utf-7"])
def test_a_label_counts_in_a_charset_that_is_not_told(charset):
    label = "手机号码" if charset in ("hz", "utf-7", "iso2022_jp_2") else "電話番号"
    found = entities(f"{label}：{MOBILE}".encode(charset), STREAM)
    assert found == ["CN_MOBILE"]


@pytest.mark.parametrize(
    "body",
    [
        random.Random(1).randbytes(5000),
        zlib.compress(b"order 20251103 12345678 " * 40)[4:],
        "Déjà vu, réf. 20251103 montant 12345678".encode("latin-1"),
        "订单编号 12345678901234 已于20251103发货".encode("gbk"),
        bytes(range(256)) * 4,
        b"\0" * 900 + b"\1\2\3" * 40,
    ],
    ids=["noise", "compressed", "western", "chinese", "all bytes", "zeros"],
)
def test_other_bytes_hold_nobody(body):
    assert entities(body, STREAM) == []


@settings(max_examples=300)
@given(st.binary(max_size=200), st.sampled_from([None, "utf-8", "gb18030"]))
def test_any_bytes_are_read_as_text_alone(data, charset):
    assert all(reading.text.decode() and reading.text != data for reading in mapped.readings(data, charset))


@settings(max_examples=200)
@given(st.integers(1, 255), st.integers(0, 255))
def test_any_key_is_found(key, laid):
    text = f"id {RIC} of him".encode()
    changed = bytes((byte + key & 0xFF) for byte in text) if laid & 1 else bytes(byte ^ key for byte in text)
    assert text in {reading.text for reading in mapped.readings(changed, None)}
