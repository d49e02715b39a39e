"""Modes: what is refused before anything starts, and who serves what."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from proxy.edge.entry import modes
from proxy.edge.ports import Rejected
from proxy.edge.settings import Settings

PLAIN = Settings(("127.0.0.1", 8080), ("127.0.0.1", 0), Path("s"), Path("p"), workers=2)
FILE = Path("f")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"modes": ("sideways",)}, "unknown mode"),
        ({"modes": ("transparent",), "proxy_auth": FILE}, "proxy_auth cannot be asked for here"),
        ({"modes": ("socks5",), "client_ca": FILE}, "client_ca cannot be asked for here"),
        ({"modes": ("reverse:http://a",), "proxy_auth": FILE}, "proxy_auth cannot be asked for here"),
        ({"modes": ("socks5@0",)}, "port 0 is for --listen alone"),
        ({"modes": ("regular", "socks5")}, 'modes "regular" and "socks5" have the same port'),
        ({"modes": ("regular", "socks5@8080")}, "have the same port"),
        ({"modes": ("regular", "regular")}, "have the same port"),
        ({"modes": ("regular",), "upstream_auth": FILE}, "upstream_auth is for --mode upstream"),
    ],
    ids=["word", "transparent", "socks5", "reverse", "port", "same", "same-number", "twice", "upstream"],
)
def test_what_cannot_work_is_refused(changes, said):
    with pytest.raises(Rejected, match=said):
        modes.checked(replace(PLAIN, **changes))


def test_what_udp_carries_is_served_by_one_worker():
    mixed = replace(PLAIN, modes=("regular", "wireguard@51820", "dns@5300"))
    assert modes.checked(mixed).workers == 2
    assert modes.of_worker(mixed, 0) == ("regular", "wireguard@51820", "dns@5300")
    assert modes.of_worker(mixed, 1) == ("regular", "dns@5300")
    assert modes.checked(replace(PLAIN, modes=("wireguard",))).workers == 1


def test_the_ready_line_knows_every_port():
    told = modes.checked(replace(PLAIN, modes=("regular", "socks5@1080", "socks5@10.0.0.1:1081")))
    assert modes.addresses(told) == (("127.0.0.1", 8080), ("127.0.0.1", 1080), ("10.0.0.1", 1081))
    assert modes.checked(replace(PLAIN, modes=("socks5@1080",))).listen == ("127.0.0.1", 1080)
