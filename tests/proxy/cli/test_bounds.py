import pytest

from proxy.cli import bounds
from proxy.cli.config import Given, load_config, settings
from proxy.core.limits import Limits
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
    assert bounds.load({}, workers=8, cap=32 << 20)["inflight_bytes"] == 128 << 20
    assert bounds.load({}, workers=1, cap=32 << 20)["inflight_bytes"] == 512 << 20
    assert bounds.load({"inflight_mb": 100}, workers=1, cap=32 << 20)["worker_bytes"] == 712 << 20


def test_there_is_room_for_two_of_the_longest_bodies(monkeypatch):
    monkeypatch.setattr(bounds, "_memory", lambda: 1 << 30)
    assert bounds.load({}, workers=8, cap=100 << 20)["inflight_bytes"] == 200 << 20


def test_sizes_reach_the_core(tmp_path):
    told = Settings.from_plain(
        configured(tmp_path, "inspect: {window: 128KB, spool_cap: 64 MiB, stream_cap: 2GB}").plain()
    )
    limits = told.inspect.limits()
    assert (limits.window_bytes, limits.body_bytes, limits.stream_bytes) == (128 << 10, 64 << 20, 2 << 30)
    assert limits.decoded_bytes == 128 << 20
    assert Settings.from_plain(configured(tmp_path, "").plain()).inspect.limits() == Limits()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("load: 7", "1:7: WRONG_TYPE"),
        ("load: {conections: 7}", '1:8: UNKNOWN_KEY unknown key "conections" in load; did you mean'),
        ("load: {connections: 7}", "1:21: OUT_OF_RANGE load.connections must be a whole number from 16 to 1000000"),
        ("timeouts: {idle: never}", "1:18: OUT_OF_RANGE timeouts.idle"),
        ("timeouts: {idle: true}", "1:18: OUT_OF_RANGE timeouts.idle"),
        ("inspect: 7", "1:10: WRONG_TYPE inspect must be a mapping, such as window: 1MB"),
        ("inspect: {windows: 1MB}", '1:11: UNKNOWN_KEY unknown key "windows" in inspect; did you mean'),
        ("inspect: {window: 100000}", "1:19: OUT_OF_RANGE inspect.window must be a size from 64KB to 1MB"),
        ("inspect: {window: 2MB}", "1:19: OUT_OF_RANGE inspect.window must be a size from 64KB to 1MB"),
        ("inspect: {spool_cap: 1GB}", "1:22: OUT_OF_RANGE inspect.spool_cap must be a size from 1MB to 128MB"),
        ("inspect: {stream_cap: a lot}", "1:23: OUT_OF_RANGE inspect.stream_cap must be a size from 1MB to 1024GB"),
        (
            "load: {inflight_mb: 100}\ninspect: {spool_cap: 64MB}",
            "2:22: OUT_OF_RANGE inspect.spool_cap of 64MB needs a load.inflight_mb of 128",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path, text, said):
    with pytest.raises(Rejected, match=said.replace("(", "\\(")) as refused:
        configured(tmp_path, text)
    assert len(refused.value.lines) == 1
