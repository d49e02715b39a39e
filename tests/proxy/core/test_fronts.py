from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import fronts
from proxy.core.fronts import Front, Fronts
from tests.proxy.core.gate import HKID, LOGGING, MOBILE, RIC, SCANNER, inspected, message

AGENT = (b"User-Agent", b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0")


def front(sent) -> Front:
    return Fronts(SCANNER).of(sent, b"\n".join(b"%b: %b" % pair for pair in sent.headers))


@pytest.mark.parametrize("sent", [
    message(),
    message("{}", "application/json", ((b"X-Served-By", b"127.0.0.1:8080"),)),
    message("x" * 5555),
    message(path=b"/v1/orders/new?page=3"),
])  # fmt: skip
def test_most_fronts_are_silent_and_bare(sent):
    assert front(sent) == Front(silent=True, bare=True)


def test_a_version_of_a_browser_is_no_address():
    assert front(message(headers=(AGENT,))).silent


@pytest.mark.parametrize(("sent", "why"), [
    (message(path=b"/u/" + RIC.encode()), "a value"),
    (message(headers=((b"X-Id", RIC.encode()),)), "a value in a field"),
    (message(path=b"/u/%34%34"), "an escape"),
    (message(path=b"/?q=a+b"), "a blank of a form"),
    (message(headers=((b"X-Name", "陈".encode()),)), "beyond ASCII"),
    (message(method="PUT1380013"), "a method of figures"),
    (message(host=f"{RIC}.example"), "a name of figures"),
    (message(headers=((b"X-Mobile", MOBILE.encode()),)), "a value beside its label"),
])  # fmt: skip
def test_what_could_hold_a_value_is_not_silent(sent, why):
    assert not front(sent).silent, why


@pytest.mark.parametrize(
    "headers",
    [
        ((b"X-A", b"4401061990"), (b"X-B", b"03072170")),
        ((b"X-A", b"1380"), (b"X-B", b"0138"), (b"X-C", b"000")),
    ],
)
def test_what_could_be_pieces_of_a_value_is_not_bare(headers):
    assert not front(message(headers=headers)).bare


def test_only_the_right_length_of_the_body_is_overlooked():
    told = message("x" * 1234)
    assert front(told).bare
    lying = (*told.headers[:-1], (b"Content-Length", RIC.encode()))
    assert not front(message("x" * 1234, headers=lying)).silent
    assert not front(message("x" * 1234, headers=((b"X-Part", b"1234"),))).bare


def test_no_more_fronts_are_remembered_than_so_many():
    seen = Fronts(SCANNER)
    for number in range(3 * fronts._MOST):
        seen.of(message(path=b"/%d" % number), b"")
    seen.of(message(path=b"/" + b"x" * fronts._LONGEST), b"")
    assert len(seen._known) <= fronts._MOST
    assert all(len(text) <= fronts._LONGEST for text in seen._known)


_VALUES = st.sampled_from(
    [RIC, HKID, MOBILE, RIC[:9], RIC[9:], "1380", "01380", "00", "A1", "a", "x y", "203.0.113.77", "10.0.0.1"]
)
_WORDS = st.sampled_from(
    ["id", "phone", "X-Hkid", "X-A", "X-B", "/", "?", "&", "=", ":", "; ", "-", "_", "Cookie", "v1"]
)
_TEXTS = st.lists(_VALUES | _WORDS, max_size=6).map("".join)


@given(_TEXTS, st.lists(st.tuples(_WORDS.map(lambda word: word.strip(":;/?&= ") or "X"), _TEXTS), max_size=4))
def test_reading_a_front_that_is_silent_and_bare_finds_nothing(path, fields):
    sent = message(path=f"/{path}".encode(), headers=tuple((name.encode(), value.encode()) for name, value in fields))
    shown = front(sent)
    if shown.silent and shown.bare:
        with patch.object(Fronts, "of", return_value=Front(silent=False, bare=False)):
            assert inspected(LOGGING, sent).findings == ()
