"""TLS at the gate: certificates shown to servers, hosts that are not opened, and clients that reject what they see."""

from __future__ import annotations

import contextlib
import datetime as dt
import signal
import socket
import ssl
import subprocess
import threading

import pytest

from proxy.policy.errors import PolicyError
from proxy.policy.passthrough import load_passthrough
from proxy.policy.yamltree import PolicyFile
from tests.e2e.authority import Authority
from tests.e2e.rig import Reply, eventually, need_curl
from tests.e2e.small import small

ID = b"id=11010519491231002X"
TODAY = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()
AHEAD, BEHIND = TODAY + dt.timedelta(days=90), TODAY - dt.timedelta(days=1)


def listed(*entries: tuple[str, dt.date]) -> str:
    lines = [
        f"  - {{host: {host}, reason: it pins, owner: net@example.com, expires: {day}}}\n" for host, day in entries
    ]
    return "apiVersion: egress/v1\nkind: Passthrough\nentries:\n" + "".join(lines)


class MutualServer:
    """An HTTPS server that asks for a client certificate and answers with the name on it."""

    def __init__(self, ours: Authority, theirs: Authority) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(ours.leaf())
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(theirs.path)
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, accepted: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            accepted,
            self._context.wrap_socket(accepted, server_side=True) as connection,
        ):
            subject = dict(pair[0] for pair in connection.getpeercert()["subject"])
            got = b""
            while len(got.partition(b"\r\n\r\n")[2]) < len(ID) and (more := connection.recv(65536)):
                got += more  # who closes with some of it unread resets the connection
            body = subject["commonName"].encode()
            connection.sendall(b"HTTP/1.1 200 x\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body) + body)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(scope="module")
def mutual(authority, tmp_path_factory):
    server = MutualServer(authority, theirs := Authority(tmp_path_factory.mktemp("clients")))
    yield server, theirs
    server.close()


@pytest.fixture(scope="module")
def passthrough(tmp_path_factory):
    path = tmp_path_factory.mktemp("passthrough") / "passthrough.yaml"
    path.write_text(listed(("localhost", AHEAD), ("pinned.example", AHEAD), ("127.0.0.1", BEHIND)))
    return path


@pytest.fixture(scope="module")
def tls_gate(start_gate, authority, mutual, passthrough, tmp_path_factory):
    home = tmp_path_factory.mktemp("tls")
    pem = mutual[1].leaf()
    pem.chmod(0o600)
    (home / "small.yaml").write_text(small(top="defaults: {uninspected: {not_selected: log}}\n"))
    (home / "config.yaml").write_text(f'client_certs: {{"127.0.0.1": {pem}}}\npassthrough: {passthrough}\n')
    extra = ("--config", str(home / "config.yaml"), "--policy", str(home / "small.yaml"))
    return start_gate(*extra, "--upstream-ca", str(authority.path))


def connect(gate, name: str, port: int, trusted: str) -> Reply:
    """curl to a name for loopback."""
    command = [need_curl(), "-sS", "-i", "--max-time", "30", "--cacert", trusted, "--suppress-connect-headers"]
    command += ["-x", f"http://{gate.listen}", "--data-binary", "@-", f"https://{name}:{port}/x"]
    return Reply.of(subprocess.run(command, input=ID, capture_output=True, timeout=60, check=False))


def issuer(gate, asked: str, said: str, port: int) -> bytes:
    """Who signed what a client is shown that asks for a tunnel to one host and names another in TLS."""
    command = ["openssl", "s_client", "-proxy", gate.listen, "-connect", f"{asked}:{port}", "-servername", said]
    done = subprocess.run(command, input=b"", capture_output=True, timeout=60, check=False)
    return next((line for line in done.stdout.splitlines() if line.startswith(b"issuer")), b"")


def passed(gate) -> float:
    return sum(v for k, v in gate.metrics().items() if "uninspected_bytes" in k and 'reason="passthrough"' in k)


def test_a_server_sees_the_certificate_meant_for_it(tls_gate, mutual):
    reply = connect(tls_gate, "127.0.0.1", mutual[0].port, tls_gate.ca())
    assert (reply.status, reply.body) == (200, b"localhost")


def test_a_listed_host_is_not_opened_but_counted(tls_gate, authority, secure):
    before = passed(tls_gate)
    reply = connect(tls_gate, "localhost", secure.port, str(authority.path))
    assert reply.status == 200, reply
    assert secure.take().body == ID
    assert passed(tls_gate) - before > len(ID) + 500
    event = tls_gate.audit()[-1]
    assert (event["action"], event["host"], event["inspection"]["causes"]) == ("log", "localhost", ["passthrough"])
    assert event["protocol"] == "TLS"


def test_a_host_no_longer_listed_is_opened(tls_gate, secure):
    reply = connect(tls_gate, "127.0.0.1", secure.port, tls_gate.ca())
    assert reply.status == 200, reply
    assert ID not in secure.take().body


def test_a_name_in_tls_must_lead_to_where_the_bytes_go(tls_gate, secure):
    """ATTACK: the tunnel goes to one host, and TLS names another that is on the list."""
    assert b"gba-egress" in issuer(tls_gate, "127.0.0.1", "pinned.example", secure.port)
    assert b"gba-egress" in issuer(tls_gate, "localhost", "other.example", secure.port)
    assert b"test CA" in issuer(tls_gate, "127.0.0.1", "localhost", secure.port)


def test_an_expired_entry_is_said_with_its_place(tls_gate, passthrough):
    line = f"{passthrough}:6:5: EXPIRED_EXCEPTION the entry for 127.0.0.1 ended on {BEHIND}"
    assert line in tls_gate.errors.read_text()


def test_a_client_that_rejects_our_certificate_makes_a_proposal_and_opens_nothing(tls_gate, authority, secure):
    for _ in range(3):
        rejected = connect(tls_gate, "127.0.0.1", secure.port, str(authority.path))
        assert rejected.code == 60, rejected  # curl: the certificate is not trusted
    path = tls_gate.state / "proposals" / "passthrough.yaml"
    text = eventually(lambda: path.exists() and "count: 3" in path.read_text() and path.read_text(), "the proposal")
    assert path.stat().st_mode & 0o777 == 0o600
    assert 'host: "127.0.0.1"' in text
    assert 'alert: "unknown ca"' in text
    with pytest.raises(PolicyError, match="text may not be empty"):
        load_passthrough(PolicyFile("p", text.encode()))
    filled = text.replace('reason: ""', "reason: r").replace('owner: ""', "owner: o")
    filled = filled.replace('expires: ""', f"expires: {AHEAD}")
    assert [each.host for each in load_passthrough(PolicyFile("p", filled.encode())).entries] == ["127.0.0.1"]
    assert not secure.seen


def test_a_changed_list_is_read_at_sighup_and_a_bad_one_is_not(tls_gate, authority, mutual, passthrough, secure):
    passthrough.write_text(listed(("'*'", AHEAD)))
    tls_gate.process.send_signal(signal.SIGHUP)
    eventually(lambda: f"{passthrough}:4:12: BAD_GLOB" in tls_gate.errors.read_text(), "the mistake to be named")
    assert connect(tls_gate, "localhost", secure.port, str(authority.path)).status == 200
    passthrough.write_text(listed(("other.example", AHEAD)))
    tls_gate.process.send_signal(signal.SIGHUP)
    eventually(
        lambda: b"gba-egress" in issuer(tls_gate, "localhost", "localhost", secure.port), "the host to be opened"
    )
    reply = connect(tls_gate, "localhost", mutual[0].port, tls_gate.ca())
    assert reply.status == 502, reply  # no certificate for a server of that name
