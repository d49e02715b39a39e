"""The measure of DNS tunnels: what carries much is told from what is merely asked for often."""

from __future__ import annotations

import random
import uuid

import pytest

from proxy.core.tunnel import CARRIED_BYTES, ENTRIES, WINDOW_SECONDS, Watch, information, registered

_RNG = random.Random(1)
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def coded(size: int) -> str:
    return "".join(_RNG.choices(LETTERS, k=size))


def asked(
    watch: Watch, names, kind: int = 1, every: float = 0.1, client: str = "10.0.0.1", since: float = 1000.0
) -> int:
    """After how many names the last is suspected first; 0 for never."""
    for count, name in enumerate(names, 1):
        if watch.suspects(client, name, kind, since + count * every):
            return count
    return 0


@pytest.mark.parametrize(("kind", "most"), [(1, CARRIED_BYTES), (16, CARRIED_BYTES / 2)])
def test_a_tunnel_is_seen_after_a_few_kilobytes(kind, most):
    names = [f"{coded(30)}.{coded(30)}.t.example.com" for _ in range(500)]
    count = asked(Watch(), names, kind)
    carried = sum(information(name[: -len(".t.example.com")]) for name in names[:count])
    assert most <= carried < most * 1.1


def test_what_is_suspected_stays_so_while_it_goes_on_and_other_names_pass():
    watch = Watch()
    assert asked(watch, [f"{coded(120)}.example.com" for _ in range(500)])
    assert watch.suspects("10.0.0.1", f"{coded(40)}.example.com", 1, 1000 + WINDOW_SECONDS)
    assert not watch.suspects("10.0.0.1", "www.example.com", 1, 1100)
    assert not watch.suspects("10.0.0.2", f"{coded(40)}.example.com", 1, 1100)
    assert not watch.suspects("10.0.0.1", f"{coded(40)}.example.org", 1, 1100)
    assert not watch.suspects("10.0.0.1", f"{coded(40)}.example.com", 1, 5000)


@pytest.mark.parametrize(
    "names",
    [
        [f"{a}.{b}.113.203.zen.blocklist.example.org" for a in range(40) for b in range(40)],
        [f"d{coded(13)}.cdn.example.net" for _ in range(600)],
        [f"{uuid.UUID(int=_RNG.getrandbits(128))}.track.example.com" for _ in range(180)],
        [f"{coded(120)}.example.com"] * 5000,
        [f"host-{number}.a-rather-long-name-of-a-site.example.com" for number in range(60)],
    ],
    ids=["block list", "cdn", "tracker", "again", "hosts"],
)
def test_what_is_asked_for_often_is_no_tunnel(names):
    assert not asked(Watch(), names)


def test_a_slow_trickle_is_below_the_measure():
    assert not asked(Watch(), [f"{coded(60)}.example.com" for _ in range(1000)], every=10.0)


def test_the_table_is_bounded_and_forgets_the_oldest():
    watch = Watch()
    for number in range(ENTRIES + 10):
        watch.suspects("10.0.0.1", f"a.example{number}.com", 1, 0.0)
    assert len(watch) == ENTRIES


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a.b.example.com", ("a.b", "example.com")),
        ("a.example.com.hk", ("a", "example.com.hk")),
        ("example.co.uk", ("", "example.co.uk")),
        ("example.com", ("", "example.com")),
        ("com", ("", "com")),
        ("", ("", "")),
    ],
)
def test_a_registered_domain_is_told_from_what_stands_before_it(name, parts):
    assert registered(name) == parts
