"""Things are broken under traffic: nothing leaves uninspected, nothing recorded is lost, and the gate comes back."""

import contextlib
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.rig import PATIENCE, eventually
from tests.e2e.traffic import Traffic, nothing_uninspected_nothing_lost

pytestmark = pytest.mark.xdist_group("e2e")

POLICY = """\
apiVersion: egress/v1
kind: Policy
metadata: {name: small, revision: 1}
rules:
  - id: T-0001
    title: {en: IDs leave masked}
    when:
      data: {entities: [CN_RESIDENT_ID]}
    then: {redact: {with: mask}}
"""
STUCK = Path(__file__).with_name("stuck")
CONFIG = """\
load: {connections: 200}
timeouts: {connect: 2, answer: 2, body: 2, idle: 4}
"""


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    path = tmp_path_factory.mktemp("faults") / "small.yaml"
    path.write_text(POLICY)
    return path


@pytest.fixture(scope="module")
def gate(start_gate, policy):
    """One gate for all of them; the last one ends it."""
    config = policy.with_name("egress.yaml")
    config.write_text(CONFIG)
    return start_gate("--policy", str(policy), "--config", str(config), spare=True, path=STUCK)


@pytest.fixture(autouse=True)
def _whole(gate, plain):
    yield
    nothing_uninspected_nothing_lost(gate, plain)


def connect(gate, source="127.0.0.1"):
    host, port = gate.listen.split(":")
    return socket.create_connection((host, int(port)), timeout=20, source_address=(source, 0))


def drained(client):
    """What comes until the gate closes the connection."""
    with contextlib.suppress(ConnectionResetError):
        while client.recv(65536):
            pass


def test_a_server_that_stalls_is_answered_for(gate, plain):
    plain.hold.clear()
    with Traffic(gate, plain) as traffic:
        traffic.more(504)
        plain.hold.set()
        traffic.more(200)
    assert gate.metrics()['egress_upstream_errors_total{cause="timeout"}'] >= 1


def test_a_server_that_does_not_accept_is_answered_for(gate):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = []
        for _ in range(8):
            waiting.append(one := socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        reply = gate.curl(f"http://127.0.0.1:{full.getsockname()[1]}/", data=b"x")
        for one in waiting:
            one.close()
    assert reply.status == 504


def test_clients_that_trickle_are_cut_and_others_served(gate, plain):
    head = b"POST %s/x HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % (plain.url.encode(), plain.port)
    with Traffic(gate, plain) as traffic, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connect(gate, "127.0.0.3")) for _ in range(10)]
        for number, client in enumerate(clients):
            client.sendall(head + (b"Content-Length: 9000\r\n\r\nx" if number % 2 else b"X-Slow: "))
        alive, deadline = set(clients), time.monotonic() + PATIENCE
        while alive and time.monotonic() < deadline:
            for client in tuple(alive):
                try:
                    client.send(b"x")
                except OSError:
                    alive.discard(client)
            traffic.more()
    assert not alive
    assert set(traffic.outcomes) == {200}
    assert gate.metrics()['egress_refusals_total{reason="slow"}'] == 5


def test_one_address_does_not_take_all_connections(gate, plain):
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(connect(gate, "127.0.0.2")) for _ in range(250)]
        with Traffic(gate, plain) as traffic:
            for _ in range(5):
                traffic.more()
        assert set(traffic.outcomes) == {200}
        for client in crowd:  # those beyond their share at once, the others when they have asked nothing for a while
            drained(client)


def test_no_descriptors_left(gate, plain):
    (pid,) = gate.workers()
    with Traffic(gate, plain) as traffic, contextlib.ExitStack() as stack:
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        have = max(int(each.name) for each in Path(f"/proc/{pid}/fd").iterdir())
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (have + 4, limits[1]))
        for _ in range(30):
            stack.enter_context(connect(gate, "127.0.0.4")).sendall(b"GET ")
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        traffic.more()
    eventually(lambda: gate.curl(f"{plain.url}/", data=b"x").status == 200, "the gate to be as before")


def test_a_policy_file_full_of_rubbish(gate, plain, policy):
    with Traffic(gate, plain) as traffic:
        policy.write_bytes(os.urandom(3000))
        gate.process.send_signal(signal.SIGHUP)
        eventually(lambda: gate.metrics()["egress_config_last_reload_successful"] == 0, "the reload to fail")
        traffic.more()
        policy.write_text(POLICY)
        eventually(lambda: gate.metrics()["egress_config_last_reload_successful"] == 1, "the reload to work")
        traffic.more()
    assert set(traffic.outcomes) == {200}


def test_inspectors_are_killed(gate, plain):
    with Traffic(gate, plain, padding=300_000) as traffic:
        traffic.more()
        for _ in range(3):
            (worker,) = gate.workers()
            for pid in Path(f"/proc/{worker}/task/{worker}/children").read_text().split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            traffic.more()
    assert set(traffic.outcomes) <= {200, 503}


@contextlib.contextmanager
def full(folder):
    """No room for another byte in a folder's file system, which must be small."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def small_disk(folder, size="256k"):
    """A file system of that size in place of a folder."""
    mount = shutil.which("mount")
    done = mount and subprocess.run([mount, "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], check=False)
    if not mount or done.returncode:
        pytest.skip("needs the right to mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextlib.contextmanager
def read_only(folder):
    """Nothing can be created in a folder; for root, who may write anywhere, it is no folder any more."""
    if os.geteuid():
        folder.chmod(0o500)
        yield
        folder.chmod(0o700)
        return
    away = folder.with_name("away")
    folder.rename(away)
    folder.touch()
    yield
    folder.unlink()
    away.rename(folder)


def test_the_audit_folder_cannot_be_written(gate, plain):
    with Traffic(gate, plain) as traffic:
        with read_only(gate.state / "audit"):
            (pid,) = gate.workers()
            os.kill(pid, signal.SIGKILL)  # the one that had its file open
            eventually(lambda: gate.page("/readyz")[0] == 503, "readiness to turn red")
            eventually(lambda: gate.errors.read_text().count("ended with 2") >= 2, "workers that cannot begin")
            arrived = len(plain.seen)
        traffic.more()
        assert arrived < len(plain.seen)


def test_the_disk_is_full(gate, plain):
    audit = gate.state / "audit"
    with small_disk(audit):
        os.kill(gate.workers()[0], signal.SIGKILL)  # the next one opens its file there
        with Traffic(gate, plain) as traffic:
            traffic.more()
            with full(audit):
                traffic.more(503)
                traffic.more(503)
            traffic.more()
        nothing_uninspected_nothing_lost(gate, plain)
        plain.seen.clear()  # their lines go with the disk
        (pid,) = gate.workers()
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: gate.workers() not in ([], [pid]), "another worker")


def test_a_worker_is_killed_and_no_client_is_refused(gate, plain):
    eventually(lambda: gate.workers() and gate.metrics()["egress_workers_spare"] == 1, "a worker and a spare one")
    restarts = gate.metrics()["egress_worker_restarts_total"]
    with Traffic(gate, plain) as traffic:
        (pid,) = gate.workers()
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: gate.workers() not in ([], [pid]), "another worker")
        traffic.more()
    assert gate.metrics()["egress_worker_restarts_total"] == restarts + 1
    assert "ConnectionRefusedError" not in traffic.outcomes


# on a machine that has no time for a spinning worker it is taken for a silent one, later
@pytest.mark.parametrize(("number", "hangs"), [(signal.SIGSTOP, "stopped"), (signal.SIGUSR2, "(?:spinning|silent)")])
def test_a_worker_hangs_and_those_who_connect_are_served_by_another(gate, plain, number, hangs):
    eventually(lambda: gate.workers() and gate.metrics()["egress_workers_spare"] == 1, "a worker and a spare one")
    (pid,) = gate.workers()
    told = len(gate.errors.read_text())
    os.kill(pid, number)
    assert gate.curl(f"{plain.url}/", data=b"x").status == 200
    eventually(lambda: re.search(rf"hangs \({hangs}\)", gate.errors.read_text()[told:]), "word of it")
    eventually(lambda: pid not in gate.workers(), "the end of the worker")


def test_the_supervisor_is_killed_and_a_new_gate_starts_at_once(gate, plain, start_gate, policy):
    pids = gate.workers() + gate.processes("egress-spare")
    with Traffic(gate, plain):
        gate.stop(signal.SIGKILL)
        again = start_gate("--policy", str(policy), "--listen", gate.listen, state=gate.state)
        with Traffic(again, plain) as traffic:
            traffic.more()
    eventually(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in pids), "the former processes to end")
    nothing_uninspected_nothing_lost(again, plain)
