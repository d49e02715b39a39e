"""The comparison's own parts: what is marked, and how it is counted."""

import warnings

with warnings.catch_warnings(action="ignore"):  # what mitmproxy imports warns about itself
    from tests.bench import presidio
from tests.bench.presidio import Labelled


def test_the_same_texts_every_time_and_every_value_marked():
    texts = presidio.labelled(60)
    assert texts == presidio.labelled(60)
    assert presidio.look_alikes(30) == presidio.look_alikes(30)
    for one in texts:
        assert len(one.spans) in {2, 3}
        assert all(one.text[start:end].strip() == one.text[start:end] != "" for start, end in one.spans)


def test_a_value_counts_once_and_only_look_alikes_raise_alarms():
    texts = [Labelled("ab cd", ((0, 2), (3, 5)), ""), Labelled("no", (), ""), Labelled("none", (), "")]
    told = {"ab cd": [(1, 2), (0, 2)], "no": [(0, 1), (1, 2)], "none": []}
    row = presidio.row("x", lambda one: told.get(one.text, []), texts)
    assert (row.recall, row.alarms) == (0.5, 1)


def test_the_engine_finds_what_it_is_compared_by():
    find, _ = presidio.ours()
    texts = presidio.labelled(30)
    missed = [one.text[a:b] for one in texts for a, b in one.spans if not any(a < r and s < b for s, r in find(one))]
    assert missed == []
