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
