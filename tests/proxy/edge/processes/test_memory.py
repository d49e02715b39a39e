import gc
import weakref

import pytest

from proxy.edge.processes import memory


class Knot:
    """Refers to itself."""

    def __init__(self):
        self.itself = self


@pytest.fixture
def _no_collector():
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collector")
def test_what_died_old_is_collected_once_a_minute():
    tidy = memory.Tidy()
    tidy.look(1000.0)
    dead = weakref.ref(Knot())
    tidy.look(1001.0)
    assert dead() is not None
    tidy.look(1000.0 + 24 * 3600)
    assert dead() is None


@pytest.mark.usefixtures("_no_collector")
def test_what_can_be_given_back_is_before_a_worker_is_called_too_big():
    dead = weakref.ref(Knot())
    size = memory.resident(1 << 50)
    assert dead() is not None
    assert size > 1_000_000
    assert memory.resident(1000) > 1_000_000
    assert dead() is None
