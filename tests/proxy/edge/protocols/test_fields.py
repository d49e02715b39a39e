import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy.http import Headers

from proxy.edge.protocols import fields

UPSTREAM = {name: getattr(Headers, name) for name in ("get_all", "get", "__contains__")}  # before `install` of any test
NAMES = ["Host", "host", "X-A", "x-a", "X-\xe4", ""]
LISTS = st.lists(st.tuples(st.sampled_from(NAMES).map(str.encode), st.binary(max_size=6)), max_size=6)


@pytest.fixture(autouse=True)
def _ours(monkeypatch):
    for name, method in UPSTREAM.items():
        monkeypatch.setattr(Headers, name, method)


@given(LISTS, st.sampled_from([*NAMES, "Absent", b"X-A", b"absent"]))
def test_fields_are_found_as_upstream_finds_them(listed, name):
    headers = Headers(listed)
    assert fields._get_all(headers, name) == UPSTREAM["get_all"](headers, name)
    assert fields._get(headers, name) == UPSTREAM["get"](headers, name)
    assert fields._get(headers, name, "else") == UPSTREAM["get"](headers, name, "else")
    assert fields._contains(headers, name) is UPSTREAM["__contains__"](headers, name)


def test_what_is_no_name_is_not_there():
    assert not fields._contains(Headers([(b"a", b"b")]), None)
