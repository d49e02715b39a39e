"""Evidence as people write it: values that are nothing without their label are found wherever that stands."""

import pytest

from tests.proxy.core.formats.carriers import CARRIERS, LOOKALIKES
from tests.proxy.core.gate import found

VALUES = [
    ("HK_PHONE", "51234567", ("手机", "mobile")),
    ("CN_PASSPORT", "E12345678", ("护照号", "passportNo")),
    ("CN_HOME_RETURN_PERMIT", "H12345678", ("回乡证", "home_return_permit")),
    ("CN_MOBILE", "13800138000", ("手机号", "sjhm")),
]
NUMBERS_ONLY = ("number", "numbers")


def written(template, label, value):
    return template.replace("{L}", label).replace("{<L}", label).replace("{V}", value)


def count(body, entity, value):
    return sum(1 for kind, _, text in found(body) if kind == entity and text == value)


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize(("entity", "value", "labels"), VALUES)
def test_a_label_is_found_wherever_it_stands(carrier, entity, value, labels):
    template = CARRIERS[carrier]
    if not value.isdigit() and any(word in carrier for word in NUMBERS_ONLY):
        pytest.skip("not a number")
    for label in labels:
        assert count(written(template, label, value), entity, value) == template.count("{V}")


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_label_of_something_else_is_no_evidence(carrier):
    for label in ("订单号", "order_no", "x1"):
        assert count(written(CARRIERS[carrier], label, "51234567"), "HK_PHONE", "51234567") == 0


@pytest.mark.parametrize("name", LOOKALIKES)
def test_a_label_of_another_value_is_no_evidence(name):
    assert count(LOOKALIKES[name], "HK_PHONE", "51234567") == 0
