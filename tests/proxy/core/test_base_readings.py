"""What a word says in the alphabets that have no sign of their own."""

import base64

import pytest

from proxy.core.base_readings import readings
from tests.proxy.core.gate import RIC


@pytest.mark.parametrize("swapped", [False, True])
def test_a_figure_in_each_half_of_a_byte_is_read(swapped):
    pairs = [RIC[at : at + 2] for at in range(0, len(RIC), 2)]
    packed = bytes.fromhex("".join(pair[::-1] if swapped else pair for pair in pairs))
    assert ("base64", RIC.encode()) in list(readings(base64.b64encode(packed)))
    wrong = bytes([packed[0] ^ 1]) + packed[1:]
    assert ("base64", RIC.encode()) not in list(readings(base64.b64encode(wrong)))


@pytest.mark.parametrize(
    "written",
    [
        "".join(sign * 2 for sign in RIC),
        "".join(sign * 3 for sign in RIC),
        "".join(sign + "7" for sign in RIC),
        "".join(f"{at % 10}{sign}" for at, sign in enumerate(RIC)),
    ],
    ids=["twice", "three times", "among sevens", "counted"],
)
def test_every_so_many_signs_may_be_a_resident_id(written):
    assert ("spaced", RIC.encode()) in list(readings(written.encode()))
    # the last figure is another, or the figures are no row of their own
    for other in (written.replace("0", "1"), written[1:]):
        assert not any(name == "spaced" for name, _ in readings(other.encode()))


@pytest.mark.parametrize(
    "form",
    [
        lambda n: f"16#{n:x}#",
        lambda n: f"16r{n:X}",
        lambda n: f"64'h{n:x}",
        lambda n: f"0x{n:016X}"[:10] + "_" + f"{n:016X}"[8:],
        hex,
        lambda n: n.to_bytes(8, "little").hex(),
        lambda n: n.to_bytes(8).hex().upper(),
        lambda n: base64.b64encode(n.to_bytes(8)).decode(),
        lambda n: base64.urlsafe_b64encode(n.to_bytes(8, "little")).decode().rstrip("="),
    ],
    ids=[
        "Ada",
        "Smalltalk",
        "Verilog",
        "grouped",
        "hex",
        "little-endian",
        "big-endian",
        "base64",
        "base64, little-endian",
    ],
)
@pytest.mark.parametrize("number", [RIC, "6228485319693749", "13913543732"])
def test_a_number_in_another_base_or_in_eight_bytes_is_read(form, number):
    assert ("number", number.encode()) in [
        (name, each) for name, text in readings(form(int(number)).encode()) for each in text.split()
    ]


@pytest.mark.parametrize("token", ["16#zz12345#", "1#11111111", "99#12345678", "64'h______"])
def test_other_words_are_no_number(token):
    assert not any(name == "number" for name, _ in readings(token.encode()))
