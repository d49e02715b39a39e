"""The benchmark's own parts: what it sends, how it counts."""

import base64
import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import asdict

import pytest

from deploy import local
from detectors import checks
from tests.bench import bodies, sides, soak
from tests.bench.load import Job
from tests.bench.proxied import Measured, Row, Scenario, scenarios


@pytest.mark.parametrize("size", [1024, 10 * 1024, 100 * 1024])
def test_bodies_are_json_of_about_the_size_asked_for(size):
    plain, marked = bodies.ordinary_json(size), bodies.ordinary_json(size, marked=True)
    assert size <= len(plain) < size + 400
    assert bodies.RESIDENT_ID.encode() in marked
    assert json.loads(plain)["orders"] == json.loads(marked)["orders"]


def test_the_same_bytes_every_time():
    assert bodies.ordinary_json(4096) == bodies.ordinary_json(4096)
    assert bodies.dense_personal(4096) == bodies.dense_personal(4096)


def test_dense_personal_data_is_dense_and_valid():
    people = [json.loads(line) for line in bodies.dense_personal(100 * 1024).splitlines()]
    assert 25 <= 5 * len(people) / 100 <= 30
    for person in people:
        assert checks.resident_id(person["idCard"].encode())
        assert checks.hkid(re.sub("[()]", "", person["hkid"]).encode())
        assert checks.payment_card(person["bankCard"].encode())


def test_source_text_is_source():
    assert len(bodies.source_text(300_000)) in range(299_990, 300_001)
    assert b"\ndef " in bodies.source_text(300_000)


def test_the_ratio_is_the_median_over_rounds_not_the_ratio_of_sums():
    scenario = Scenario("http", 1024, 100)
    ours, theirs = Measured((1.0, 1.0, 9.0), (0.001, 0.002)), Measured((2.0, 2.0, 3.0), (0.004,))
    row = Row(scenario, ours, theirs, Measured((), ()))
    assert row.cpu_ratio == 0.5
    assert row.gate.quantile(0.99) == 2.0
    assert row.direct.quantile(0.5) == 0.0


def test_every_size_is_sent_over_both_schemes():
    names = [scenario.name for scenario in scenarios(quick=True)]
    assert len(set(names)) == len(names) == 8
    assert "1 KB plain HTTP, one ID masked" in names
    assert "100 KB TLS" in names


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_load_generator_counts_every_request(tmp_path, scheme):
    authority = local.make_authority(tmp_path)
    body = base64.b64encode(bodies.ordinary_json(1024)).decode()
    with sides.origin(tmp_path, authority) as ports, sides.load() as load:
        job = Job(0, scheme, ports[scheme], str(authority.roots), body, 20, 4, 2)
        result, cpu = load.run(job, None)
        again, _ = load.run(job, None)
    assert (len(result.latencies), len(again.latencies), cpu) == (20, 20, 0.0)
    assert 0 < max(result.latencies) <= result.seconds


def test_a_request_that_fails_stops_the_run(tmp_path):
    job = Job(0, "http", 1, "", "", 2, 2, 1)  # nothing listens on port 1
    command = [sys.executable, "-m", "tests.bench.load"]
    text = json.dumps(asdict(job)) + "\n"
    done = subprocess.run(command, cwd=local.ROOT, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "load: " in done.stderr


def test_a_soak_tells_growth_after_its_warm_up_and_descriptors_that_stay():
    sizes = [50, 70, 90, *(100, 100, 130), *(101, 102, 103, 101, 99, 100), *(104, 20, 106)]  # one was started anew
    minutes = [
        soak.Minute(n, (0.001,), Counter({200: 1}), {"worker": size, "texts": 100}, 80 + n)
        for n, size in enumerate(sizes, 1)
    ]
    verdict = soak.judge(minutes)
    assert (verdict.since, verdict.memory["worker"], verdict.highest) == (4, (100, 104), 230)
    assert (round(verdict.drift, 3), verdict.leaked) == (0.02, 9)
    assert not verdict.flat
    assert soak.judge(minutes[:1]).flat


def test_a_soak_sends_all_kinds_and_what_is_slow_apart():
    names = {kind.name for kind in soak.kinds()}
    sent = [next(turn).name for slow in (True, False) for turn in [soak._in_turn(1, slow=slow)] for _ in range(200)]
    assert set(sent) == names
