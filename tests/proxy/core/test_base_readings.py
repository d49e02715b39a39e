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
