import os

import pytest

from proxy.store.metrics import CAPACITY, FAMILIES, Cells, Facts, Layout, declare, exposition

FACTS = Facts({"name": "p", "hash": "h", "rev": "1"}, "0.1.0", True, 5.0, 1, 0)


@pytest.fixture
def fd(tmp_path):
    fd = Cells.open(tmp_path)
    yield fd
    os.close(fd)


def test_counters_of_all_workers_are_summed(tmp_path):
    layout = Layout()
    cell = layout.add("egress_uninspected_bytes_total", "oversize", "outside")
    arrays = [Cells(Cells.open(tmp_path)) for _ in range(3)]
    for i, array in enumerate(arrays):
        array.values[cell] += 10.0**i
    page = exposition(layout, arrays, FACTS).decode()
    assert 'egress_uninspected_bytes_total{reason="oversize",zone="outside"} 111.0' in page


def test_a_histogram_is_cumulative_in_seconds(fd):
    layout = Layout()
    cell = layout.add("egress_added_latency_seconds")
    cells = Cells(fd)
    buckets = FAMILIES["egress_added_latency_seconds"].buckets
    cells.values[cell + 1] = 2
    cells.values[cell + len(buckets)] = 1
    cells.values[cell + len(buckets) + 1] = 30.5
    page = exposition(layout, [cells], FACTS).decode()
    assert f'egress_added_latency_seconds_bucket{{le="{buckets[0]}"}} 0.0' in page
    assert f'egress_added_latency_seconds_bucket{{le="{buckets[1]}"}} 2.0' in page
    assert 'egress_added_latency_seconds_bucket{le="+Inf"} 3.0' in page
    assert "egress_added_latency_seconds_sum 30.5" in page


def test_counts_survive_their_writer_and_gauges_do_not(fd):
    layout = Layout()
    declare(layout, {})
    counter, gauge = layout.get("egress_audit_written_total"), layout.get("egress_inflight_bytes")
    writer = Cells(os.dup(fd))
    writer.values[counter] = writer.values[gauge] = 7.0
    reader = Cells(fd)
    reader.reset(layout)
    assert (reader.values[counter], reader.values[gauge]) == (7.0, 0.0)


def test_a_layout_only_grows_and_travels_unchanged():
    layout = Layout()
    first = layout.add("egress_rule_matches_total", "A", "block", "enforce")
    layout.add("egress_added_latency_seconds")
    last = layout.add("egress_rule_matches_total", "B", "log", "shadow")
    assert layout.add("egress_rule_matches_total", "A", "block", "enforce") == first
    again = Layout.from_plain(layout.plain())
    assert list(again.series()) == list(layout.series())
    assert again.get("egress_rule_matches_total", "B", "log", "shadow") == last


def test_wrong_labels_and_too_many_series_are_refused():
    layout = Layout()
    with pytest.raises(ValueError, match="has the labels"):
        layout.add("egress_rule_matches_total", "A")
    for i in range(CAPACITY):
        layout.add("egress_rule_matches_total", str(i), "log", "enforce")
    with pytest.raises(ValueError, match="too many rules"):
        layout.add("egress_rule_matches_total", "one more", "log", "enforce")


def test_facts_of_the_supervisor_are_on_the_page():
    page = exposition(Layout(), [], FACTS).decode()
    assert 'egress_policy_info{hash="h",name="p",rev="1"} 1.0' in page
    assert 'egress_build_info{version="0.1.0"} 1.0' in page
    assert "egress_config_last_reload_success_timestamp_seconds 5.0" in page
    for declared in ("egress_subjects", "egress_subjects_limit", "egress_contract_expiry_timestamp_seconds"):
        assert f"# TYPE {declared} gauge" in page
