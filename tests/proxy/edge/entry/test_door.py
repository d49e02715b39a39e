"""Who a connection has shown itself to be, and what is remembered of passwords."""

from __future__ import annotations

import asyncio
import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.edge.entry import door as doors
from proxy.edge.entry.door import Door, credentials
from proxy.edge.entry.htpasswd import Users
from proxy.edge.ports import Overloaded

USERS = Users.parse(b"ann:{SHA}GpHWL3ymc5liWkNopqtdSjuqYHM=\nbob:{SHA}GpHWL3ymc5liWkNopqtdSjuqYHM=\n", "f")


def test_a_password_is_checked_once_and_again_after_a_reload():
    door = Door(USERS)
    assert door.remembered("ann", "pw") is None
    assert asyncio.run(door.verify("ann", "pw"))
    assert not asyncio.run(door.verify("ann", "no"))
    assert (door.remembered("ann", "pw"), door.remembered("ann", "no")) == (True, False)
    door.admit(USERS)
    assert door.remembered("ann", "pw") is None


def test_a_name_stays_with_its_connection_until_it_is_closed_or_taken_off_the_list():
    door = Door(USERS)
    door.enter("c1", "ann")
    door.enter("c2", "bob")
    assert (door.name("c1"), door.name("c3")) == ("ann", "")
    door.admit(Users.parse(b"bob:{SHA}GpHWL3ymc5liWkNopqtdSjuqYHM=", "f"))
    assert (door.name("c1"), door.name("c2")) == ("", "bob")
    door.forget("c2")
    assert not door.name("c2")


@pytest.mark.parametrize("addresses", [1, 1000], ids=["of-one", "of-many"])
def test_more_guesses_than_can_wait_are_turned_away(addresses):
    """ATTACK: checking a password takes long; whoever guesses must not keep others from signing in."""
    door = Door(USERS)

    async def flood():
        tries = [door.verify("ann", str(i), f"10.0.0.{i % addresses}") for i in range(100)]
        return await asyncio.gather(*tries, door.verify("ann", "pw", "10.0.1.1"), return_exceptions=True)

    *answers, other = asyncio.run(flood())
    checked = doors._WAITING_EACH if addresses == 1 else doors._WAITING
    assert [type(answer) for answer in answers].count(bool) == checked
    assert other is True or (isinstance(other, Overloaded) and addresses > 1)
    assert not door._waiting


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(doors, "_REMEMBERED", 3)
    door = Door(USERS)
    for i in range(9):
        asyncio.run(door.verify("ann", str(i)))
    assert len(door._seen) == 3


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (b"Basic " + base64.b64encode(b"ann:p:w"), ("ann", "p:w")),
        (b"basic  " + base64.b64encode("安:密".encode()), ("安", "密")),
        (b"Basic " + base64.b64encode(b":pw"), None),
        (b"Basic " + base64.b64encode(b"ann"), None),
        (b"Basic not-base64!", None),
        (b"Bearer abc", None),
        (b"", None),
    ],
    ids=["colon", "utf-8", "no-name", "no-colon", "no-base64", "bearer", "empty"],
)
def test_credentials_are_read_as_rfc_7617_writes_them(header, found):
    assert credentials(header) == found


@given(st.binary(max_size=200))
def test_any_header_is_read_or_is_none(header):
    for each in (header, b"Basic " + base64.b64encode(header)):
        assert credentials(each) is None or len(credentials(each)) == 2
