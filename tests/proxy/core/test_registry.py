"""Values that the editor of the Windows registry exports are read, and written back in its lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import registry
from tests.proxy.core.gate import MASKING, MOBILE, RIC, RIC_MASK, entities, forwarded, message

HEAD = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\X]\r\n"


def exported(value, kind="hex", width=80):
    pairs = [f"{byte:02x}" for byte in value]
    lines = [",".join(pairs[at : at + width]) for at in range(0, len(pairs), width)]
    return f"{kind}:" + ",\\\r\n  ".join(lines)


@pytest.mark.parametrize("width", [6, 17, 80])
@pytest.mark.parametrize(("kind", "charset"), [("hex", "ascii"), ("hex(1)", "utf-16-le"), ("hex(7)", "utf-16-le")])
def test_a_string_is_masked_in_its_own_lines(kind, charset, width):
    body = HEAD + f'"x"={exported(f"{RIC}\0".encode(charset), kind, width)}\r\n'
    after = HEAD + f'"x"={exported(f"{RIC_MASK}\0".encode(charset), kind, width)}\r\n'
    assert forwarded(message(body, "text/plain"), MASKING).body.decode() == after


def test_the_name_of_a_value_says_what_it_is():
    assert entities(f'"mobile"={exported(MOBILE.encode(), width=6)}\r\n') == ["CN_MOBILE"]
    assert entities(f'"serial"={exported(MOBILE.encode(), width=6)}\r\n') == []


def test_a_number_has_its_lowest_byte_first():
    number = int(RIC).to_bytes(8, "little")
    assert entities(f'"x"={exported(number, "hex(b)")}\r\n') == ["CN_RESIDENT_ID"]
    assert entities(f'"x"={exported(number[::-1], "hex(b)")}\r\n') == []


def test_bytes_that_say_nothing_are_no_value():
    assert registry.read(b"hex:8c,01,ff,00,fe", 14, 0) is None
    assert registry.read(b"hex:34,34", 9, 0) is None  # too short
    assert registry.read(b"sha:34,34,30,31,30,36", 12, 0) is None


@given(st.binary(min_size=3, max_size=60), st.integers(3, 30))
def test_whatever_is_exported_is_written_back_the_same(data, width):
    text = exported(data, width=width).encode()
    found = registry.read(text, 10, 0)
    if found is not None:
        start, end, _, said, write = found
        assert write(said) == text[start:end]
