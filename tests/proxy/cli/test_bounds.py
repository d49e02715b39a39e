import pytest

from proxy.cli import bounds
from proxy.cli.config import Given, load_config, settings
from proxy.edge.ports import Rejected
from proxy.edge.settings import Settings


def configured(tmp_path, text):
    path = tmp_path / "egress.yaml"
    path.write_text(text)
    return settings(Given(workers=1), load_config(path))


def test_what_is_said_reaches_a_worker(tmp_path):
    text = "load: {inflight_mb: 64, worker_mb: 300, connections: 100}\ntimeouts: {answer: 7, idle: 9}\n"
    told = Settings.from_plain(configured(tmp_path, text).plain())
    assert (told.inflight_bytes, told.worker_bytes, told.connections) == (64 << 20, 300 << 20, 100)
    assert (told.timeouts.answer, told.timeouts.idle, told.timeouts.connect) == (7, 9, 10)


def test_bodies_take_a_quarter_of_the_memory_at_most(monkeypatch):
    monkeypatch.setattr(bounds, "_memory", lambda: 4 << 30)
    assert bounds.load({}, workers=8)["inflight_bytes"] == 128 << 20
    assert bounds.load({}, workers=1)["inflight_bytes"] == 512 << 20
    assert bounds.load({"inflight_mb": 100}, workers=1)["worker_bytes"] == 712 << 20


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("load: 7", "1:7: WRONG_TYPE"),
        ("load: {conections: 7}", '1:8: UNKNOWN_KEY unknown key "conections" in load; did you mean'),
        ("load: {connections: 7}", "1:21: OUT_OF_RANGE load.connections must be a whole number from 16 to 1000000"),
        ("timeouts: {idle: never}", "1:18: OUT_OF_RANGE timeouts.idle"),
        ("timeouts: {idle: true}", "1:18: OUT_OF_RANGE timeouts.idle"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path, text, said):
    with pytest.raises(Rejected, match=said.replace("(", "\\(")) as refused:
        configured(tmp_path, text)
    assert len(refused.value.lines) == 1
