import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.dumps import read
from tests.proxy.core.gate import HKID, RIC, entities

LABELLED = f"香港身份證：{HKID}"


def rows(data, size=16):
    return [(at, data[at : at + size]) for at in range(0, len(data), size)]


def letters(data):
    return "".join(f"{chr(each) if 32 < each < 127 else f'{each:03o}':>4}" for each in data)


def record(at, part):
    body = bytes((len(part), at >> 8, at & 255, 0)) + part
    return f":{body.hex().upper()}{-sum(body) & 255:02X}"


def motorola(at, part):
    body = bytes((len(part) + 3, at >> 8, at & 255)) + part
    return f"S1{body.hex().upper()}{~sum(body) & 255:02X}"


WRITTEN = {
    "wireshark": lambda data: "\n".join(f"{at:04x}   {part.hex(' ')}" for at, part in rows(data)),
    "debug": lambda data: "\n".join(
        f"0B3F:{at:04X}  {part[:8].hex(' ')}-{part[8:].hex(' ')}" for at, part in rows(data)
    ),
    "gdb": lambda data: "\n".join(
        f"0x7fff{at:04x}:\t" + "\t".join(f"0x{each:02x}" for each in part) for at, part in rows(data, 8)
    ),
    "od -x": lambda data: "\n".join(
        f"{at:07o} " + " ".join(part[two : two + 2][::-1].hex() for two in range(0, len(part), 2))
        for at, part in rows(data)
    ),
    "od -b": lambda data: "\n".join(f"{at:07o} " + " ".join(f"{each:03o}" for each in part) for at, part in rows(data)),
    "od -c": lambda data: "\n".join(f"{at:07o}{letters(part)}" for at, part in rows(data)),
    "xxd -b": lambda data: "\n".join(
        f"{at:08x}: " + " ".join(f"{each:08b}" for each in part) + "  ......" for at, part in rows(data, 6)
    ),
    "intel": lambda data: "\n".join([*(record(at, part) for at, part in rows(data)), ":00000001FF"]),
    "motorola": lambda data: "\n".join(motorola(at, part) for at, part in rows(data)),
    "bits": lambda data: "\n".join(f"{each:08b}" for each in data),
    "indexed": lambda data: json.dumps(dict(enumerate(data)), separators=(",", ":")),
    "signed": lambda data: str([each - 256 if each > 127 else each for each in data]),
}


@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize(("text", "entity"), [(f"no. {RIC} is it", "CN_RESIDENT_ID"), (LABELLED, "HK_ID")])
def test_what_tools_list_is_read(form, text, entity):
    written = WRITTEN[form](text.encode())
    assert entity in entities(f"{written}\n", "text/plain")
    assert entity in entities(json.dumps({"log": written}), "application/json")


@pytest.mark.parametrize("form", sorted(WRITTEN.keys() - {"signed"}))
@given(data=st.text("0123456789 -AZaz市", min_size=12).map(str.encode))
def test_all_bytes_of_a_list_come_back(form, data):
    written = WRITTEN[form](data).encode()
    middle = written.find(b"\n") if b"\n" in written else len(written) // 2
    found, _ = read(written, middle, 0, lambda _: True)
    assert found is None or data.startswith(found[3]) or found[3].rstrip(b"\0") == data


@given(st.binary(max_size=400), st.integers(0, 400))
def test_any_bytes_at_any_place_are_borne(text, at):
    read(text, min(at, len(text)), 0, lambda _: True)
