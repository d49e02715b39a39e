"""Every technique works: whoever knows the trick reads the value out of what is sent."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from proxy.cli.evasions.families import CATALOGUE
from proxy.cli.evasions.model import Family, Request
from proxy.cli.evasions.secrets import secrets
from proxy.cli.evasions.trial import as_message, reads
from proxy.cli.evasions.wire import written
from proxy.core.message import Headers
from tests.detectors.made import hkid_check, luhn_check, ric_check

NAMES = [f"{each.family}/{each.name}" for each in CATALOGUE]
TRIED = [each for each in CATALOGUE if "not tried" not in each.beyond]


def cases(seed: int = 1):
    return [(technique, case) for technique in TRIED for case in technique.make(secrets(seed))]


def test_there_are_at_least_as_many_as_promised():
    counted = [each for each in CATALOGUE if each.family is not Family.BEYOND]
    assert len(counted) >= 120
    assert len(set(NAMES)) == len(NAMES)


def test_every_technique_says_how_it_is_read_and_what_is_beyond_says_why():
    for each in CATALOGUE:
        assert each.receiver, each.name
        assert bool(each.beyond) == (each.family is Family.BEYOND), each.name


def test_every_technique_hides_at_least_two_things():
    for technique in TRIED:
        assert len({(case.name, case.secret.name) for case in technique.make(secrets())}) > 1, technique.name


@settings(max_examples=6, phases=[Phase.generate])  # what fails needs no smaller seed
@given(st.integers(0, 10_000))
def test_the_receiver_reads_every_case_whatever_the_numbers(seed):
    for technique, case in cases(seed):
        assert case.secret.value in case.receive(case.requests), (technique.name, case.name, case.secret)


def test_the_same_seed_hides_the_same():
    first, second = ([case.requests for each in TRIED for case in each.make(secrets(3))] for _ in range(2))
    assert [[written(request) for request in each] for each in first] == [[written(r) for r in each] for each in second]


def test_nothing_is_sent_in_plain_sight_but_where_the_place_is_the_trick():
    """A coding that leaves the value as it was would be no test of anything."""
    coded = {Family.ENCODINGS, Family.COMPRESSION, Family.CIPHERS, Family.DIGITS, Family.SPLITTING}
    for technique, case in cases():
        if technique.family in coded:
            assert all(case.secret.value.encode() not in written(each) for each in case.requests), (
                technique.name,
                case.name,
            )


def legal(fields: Headers) -> bool:
    """RFC 9110, section 5: a token, and no line breaks."""
    return all(
        re.fullmatch(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) and not re.search(rb"[\r\n\0]", value)
        for name, value in fields
    )


def test_what_is_sent_is_http():
    for technique, case in cases():
        for request in case.requests:
            assert legal(request.headers), (technique.name, case.name)
            assert legal(request.trailers), (technique.name, case.name)
            assert re.fullmatch(rb"[!-~]+", request.path), (technique.name, case.name)
            assert re.fullmatch(r"[A-Z0-9]+", request.method), (technique.name, case.name)
            assert "\n" not in request.content_type, (technique.name, case.name)


def test_the_engine_sees_what_the_wire_carries():
    request = Request(b"x", "text/csv", ((b"X-A", b"1"),), b"/p?q=1#f", ((b"T", b"2"),), "PUT", "a.example.com")
    message = as_message(request)
    assert (message.method, message.host, message.path) == ("PUT", "a.example.com", b"/p?q=1#f")
    assert (message.body, message.trailers) == (b"x", ((b"T", b"2"),))
    assert set(message.headers) == {(b"Host", b"a.example.com"), (b"X-A", b"1"), (b"Content-Type", b"text/csv")}


def test_a_receiver_that_fails_reads_nothing():
    technique, case = next((t, c) for t, c in cases() if t.name == "zip" and c.secret.digits)
    broken = replace(case.requests[0], body=b"no archive")
    assert not reads(case, (broken,))
    assert reads(case, case.requests), technique.name


@pytest.mark.parametrize("seed", [0, 1, 99])
def test_made_up_identifiers_have_right_check_digits(seed):
    held = {each.name: each.value for each in secrets(seed)}
    assert ric_check(held["resident ID"][:-1]) == held["resident ID"][-1]
    assert luhn_check(held["bank card"][:-1]) == held["bank card"][-1]
    assert hkid_check(held["HKID"][:-3]) == held["HKID"][-2]
