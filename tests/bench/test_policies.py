import pytest

from proxy.policy.decide import Bench, Group
from proxy.policy.view import View
from tests.bench import policies


@pytest.mark.parametrize("shape", policies.SHAPES)
def test_few_rules_are_asked_however_many_there_are(shape):
    """What the benchmark times, counted: the rules that are looked at for one message."""
    made = policies.policy(shape, 300)
    bench: Bench = made._benches[policies.MESSAGE.direction, policies.MESSAGE.kind]
    view = View(policies.MESSAGE, policies.FOUND)
    asked: list[Group] = [
        group for index in (bench.always, bench.on_data, bench.on_unread) for group in index.candidates(view)
    ]
    assert len(asked) <= 4


def test_the_cost_is_measured():
    assert policies.cost(policies.policy("by host", 3), times=1, rounds=1) > 0
