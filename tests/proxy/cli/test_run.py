import os
import socket
from pathlib import Path

import pytest

from proxy.cli.config import Given, address, load_config, settings
from proxy.edge.ports import Rejected
from proxy.edge.tls import ca
from tests.e2e.rig import egress

FILE = """\
listen: 127.0.0.1:1000
metrics_listen: 127.0.0.1:1001
state_dir: from-file
workers: 3
mode: [regular, "reverse:http://127.0.0.1:1@1002"]
zones:
  mainland: [10.0.0.0/8]
  hong_kong: [203.0.113.0/24]
default_client_zone: outside
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "egress.yaml"
    path.write_text(FILE)
    return path


def test_flags_beat_the_file_and_the_file_beats_defaults(file):
    told = settings(Given(listen="127.0.0.1:2000", state_dir=Path("from-flag")), load_config(file))
    assert told.listen == ("127.0.0.1", 2000)
    assert told.metrics_listen == ("127.0.0.1", 1001)
    assert told.state_dir == Path("from-flag")
    assert told.policy == Path("policies/default.yaml")
    assert (told.workers, len(told.modes)) == (3, 2)
    assert told.sides().names == ("hong_kong", "mainland", "outside")
    assert told.default_client_zone == "outside"
    assert type(told).from_plain(told.plain()) == told or told.zones


def test_a_gate_refuses_weaker_policies_unless_told(tmp_path):
    path = tmp_path / "gate.yaml"
    path.write_text("allow_weaken: true\n")
    assert not settings(Given(), load_config(None)).allow_weaken
    assert settings(Given(), load_config(path)).allow_weaken
    assert not settings(Given(allow_weaken=False), load_config(path)).allow_weaken


def test_a_worker_is_kept_in_reserve_unless_somebody_says_no(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("spare: false\n")
    assert settings(Given(), load_config(None)).spare
    assert not settings(Given(), load_config(path)).spare
    assert settings(Given(spare=True), load_config(path)).spare


def test_without_a_file_the_contracts_defaults_hold():
    told = settings(Given(), load_config(None))
    assert (told.listen, told.metrics_listen) == (("127.0.0.1", 8080), ("127.0.0.1", 9464))
    assert (told.state_dir, told.modes, told.workers) == (Path(".egress"), ("regular",), os.cpu_count())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("lisen: x\n", '1:1: UNKNOWN_KEY unknown key "lisen"; did you mean listen?'),
        ("workers: 2\nworkers: 3\n", "2:1: DUPLICATE_KEY"),
        ("workers: many\n", "1:10: OUT_OF_RANGE"),
        ("listen: 8080\n", "1:9: WRONG_TYPE"),
        ("zones: [a]\n", "1:8: WRONG_TYPE"),
        ("- a\n", "1:1: WRONG_TYPE"),
        ("listen: [a\n", "SYNTAX"),
        ("allow_weaken: maybe\n", "1:15: WRONG_TYPE allow_weaken must be true or false"),
        ("policy_keys: [c2hvcnQ=]\n", "1:15: WRONG_TYPE policy_keys: this is no Ed25519 public key"),
    ],
)
def test_a_mistake_in_the_file_is_one_line_with_its_place(tmp_path, text, line):
    path = tmp_path / "egress.yaml"
    path.write_text(text)
    with pytest.raises(Rejected) as caught:
        load_config(path)
    (only,) = caught.value.lines
    assert only.startswith(f"{path}:")
    assert line in only


@pytest.mark.parametrize("text", ["8080", "host", "host:", "host:port", "host:70000", "::1:80"])
def test_an_address_that_is_none_is_said_so(text):
    with pytest.raises(Rejected, match="is not HOST:PORT"):
        address(text, "listen")


def test_addresses_are_read_as_people_write_them():
    assert address("[::1]:80", "listen") == ("::1", 80)
    assert address(":80", "listen") == ("0.0.0.0", 80)


def run(tmp_path, *args):
    done = egress(
        "run", "--state-dir", str(tmp_path / "state"), "--workers", "1", "--metrics-listen", "127.0.0.1:0", *args
    )
    assert done.returncode == 2
    assert done.stdout == b""
    lines = done.stderr.decode().splitlines()
    assert not any("Traceback" in line for line in lines)
    return lines


def test_a_port_in_use_is_one_line_and_exit_2(tmp_path):
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as taken:
        port = taken.getsockname()[1]
        (line,) = run(tmp_path, "--listen", f"127.0.0.1:{port}")
        assert f"127.0.0.1:{port}" in line
        (line,) = run(tmp_path, "--listen", "127.0.0.1:0", "--metrics-listen", f"127.0.0.1:{port}")
        assert "metrics-listen" in line


def test_a_bad_policy_is_one_line_a_mistake_and_exit_2(tmp_path):
    policy = tmp_path / "p.yaml"
    policy.write_text("apiVersion: egress/v1\nkind: Policie\nmetadata: {name: x, revision: 1}\nrules: []\n")
    (line,) = run(tmp_path, "--listen", "127.0.0.1:0", "--policy", str(policy))
    assert line.startswith(f"{policy}:2:7: ")


def test_a_key_others_can_read_is_one_line_and_exit_2(tmp_path):
    ca.create(tmp_path / "state")
    (ca.ca_dir(tmp_path / "state") / ca.KEY_FILE).chmod(0o644)
    (line,) = run(tmp_path, "--listen", "127.0.0.1:0")
    assert "chmod 600" in line


def test_a_bad_mode_or_zone_is_said_and_ends_with_exit_2(tmp_path):
    (why,) = run(tmp_path, "--listen", "127.0.0.1:0", "--mode", "sideways")
    assert "sideways" in why
    config = tmp_path / "c.yaml"
    config.write_text("zones: {office: [10.0.0.1/8]}\n")
    (line,) = run(tmp_path, "--listen", "127.0.0.1:0", "--config", str(config))
    assert "office" in line


def test_help_loads_no_verb():
    done = egress("--help")
    assert done.returncode == 0
    for verb in ("run", "scan", "policy", "ca"):
        assert verb in done.stdout.decode()
