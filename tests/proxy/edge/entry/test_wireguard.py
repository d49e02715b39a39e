"""Keys of the tunnel: made once, for us alone, and told to a client."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from proxy.edge.entry import wireguard
from proxy.edge.ports import Rejected
from proxy.edge.settings import Settings
from proxy.edge.tls import ca


@pytest.fixture
def told(tmp_path):
    ca.ensure(tmp_path)
    return Settings(("0.0.0.0", 8080), ("127.0.0.1", 0), tmp_path, Path("p"), modes=("wireguard@51820",))


def test_keys_are_made_once_and_nobody_else_reads_them(told):
    wireguard.ensure(told)
    keys, client = (ca.ca_dir(told.state_dir) / name for name in (wireguard.KEYS, wireguard.CLIENT))
    before = keys.read_bytes()
    assert (keys.stat().st_mode & 0o777, client.stat().st_mode & 0o777) == (0o600, 0o600)
    assert "Endpoint = GATE:51820\n" in client.read_text()
    wireguard.ensure(replace(told, modes=("regular", "wireguard@10.0.0.9:51820")))
    assert keys.read_bytes() == before
    assert "Endpoint = 10.0.0.9:51820\n" in client.read_text()


def test_other_modes_make_none(told):
    wireguard.ensure(replace(told, modes=("regular",)))
    assert not (ca.ca_dir(told.state_dir) / wireguard.KEYS).exists()


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [('{"server_key": "x"}', 0o600, "holds no keys"), ("{}", 0o640, "chmod 600"), ("[", 0o600, "holds no keys")],
    ids=["key", "open", "json"],
)
def test_a_file_that_cannot_be_used_is_said(text, mode, said, told):
    keys = ca.ca_dir(told.state_dir) / wireguard.KEYS
    keys.write_text(text)
    keys.chmod(mode)
    with pytest.raises(Rejected, match=said):
        wireguard.ensure(told)


def test_the_keys_are_in_one_place(told):
    with pytest.raises(Rejected, match="leave the path out"):
        wireguard.ensure(replace(told, modes=("wireguard:/elsewhere@51820",)))
