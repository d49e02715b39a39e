from ipaddress import IPv4Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.message import Direction
from proxy.edge.zones import Zones, direction, is_literal

ZONES = Zones.of(
    {
        "mainland": ["10.0.0.0/8", "2001:db8::/32"],
        "hong_kong": ["10.9.0.0/16", "203.0.113.0/24"],
        "macao": ["10.9.9.9/32"],
    },
    "mainland",
    "outside",
)


@pytest.mark.parametrize(
    ("address", "client", "server"),
    [
        ("10.1.2.3", "mainland", "mainland"),
        ("10.9.2.3", "hong_kong", "hong_kong"),  # longest prefix
        ("10.9.9.9", "macao", "macao"),
        ("192.0.2.1", "mainland", "outside"),  # in no zone: the defaults
        ("::ffff:10.9.9.9", "macao", "macao"),  # the same address in its IPv6 form
        ("2001:db8::1", "mainland", "mainland"),
        ("fe80::1%eth0", "mainland", "outside"),
        ("", "mainland", "outside"),
        ("not an address", "mainland", "outside"),
    ],
)
def test_the_longest_prefix_wins(address, client, server):
    assert (ZONES.client(address), ZONES.server(address)) == (client, server)
    assert ZONES.names == ("hong_kong", "macao", "mainland", "outside")


@given(st.ip_addresses(v=4), st.integers(8, 30))
def test_every_address_of_a_network_is_in_its_zone(address: IPv4Address, prefix: int):
    network = ip_network((int(address) >> (32 - prefix) << (32 - prefix), prefix))
    zones = Zones.of({"here": [str(network)]})
    assert zones.client(str(address)) == "here"


@pytest.mark.parametrize("bad", ["10.0.0.1/8", "10.0.0.0/33", "office", ""])
def test_what_is_no_network_is_named(bad):
    with pytest.raises(ValueError, match=r"zone office: .* is not a network"):
        Zones.of({"office": [bad]})


def test_two_zones_cannot_claim_one_network():
    with pytest.raises(ValueError, match="already belongs to zone a"):
        Zones.of({"a": ["10.0.0.0/8"], "b": ["10.0.0.0/8"]})


@pytest.mark.parametrize(
    ("sender", "receiver", "expected"),
    [
        ("mainland", "outside", Direction.EXPORT),
        ("mainland", "hong_kong", Direction.EXPORT),
        ("hong_kong", "mainland", Direction.IMPORT),
        ("mainland", "mainland", Direction.INTERNAL),
        ("hong_kong", "outside", Direction.INTERNAL),
    ],
)
def test_direction_is_about_the_mainland_border(sender, receiver, expected):
    assert direction(sender, receiver) is expected


def test_literals_are_told_from_names():
    assert is_literal("10.0.0.1")
    assert is_literal("[::1]")
    assert not is_literal("example.com")
