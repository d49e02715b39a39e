"""Ways to the gate that the network makes: the nftables files of deploy/ and a WireGuard tunnel, in network namespaces.

client --lan0-- router with the gate --wan0-- server. Nothing here touches the network of the machine.
"""

from __future__ import annotations

import re
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.rig import ROOT, Gate, Reply, environment, eventually, need, ready_line
from tests.e2e.small import small

ID = b"id=11010519491231002X"
ECHO = """\
import http.server, socket, ssl, sys, threading
class Echo(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1])
plain, secure = Server(("::", 80), Echo), Server(("::", 443), Echo)
secure.socket = context.wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=plain.serve_forever, daemon=True).start()
print("up", flush=True)
secure.serve_forever()
"""
QUIC = """\
import socket
ask = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
ask.settimeout(20)
ask.connect(("10.99.2.2", 443))
ask.send(b"\\xc0\\0\\0\\0\\1")
try:
    ask.recv(1)
except OSError as e:
    print(type(e).__name__)
"""


@dataclass
class Net:
    """Three namespaces, by what they are."""

    client: str
    router: str
    server: str

    def run(self, where: str, *command: str, check: bool = True, **more) -> subprocess.CompletedProcess:
        """A command in one of them."""
        inside = ["ip", "netns", "exec", getattr(self, where), *command]
        return subprocess.run(inside, capture_output=True, timeout=60, check=check, **more)

    def start(self, where: str, *command: str, **more) -> subprocess.Popen:
        """A process in one of them."""
        return subprocess.Popen(["ip", "netns", "exec", getattr(self, where), *command], **more)


def ip(*args: str) -> None:
    subprocess.run(["ip", *args], check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def net():
    for tool in ("ip", "nft", "curl"):
        need(tool)
    made = Net(*(f"egress-{uuid.uuid4().hex[:6]}-{end}" for end in "crs"))
    if subprocess.run(["ip", "netns", "add", made.client], capture_output=True, check=False).returncode:
        pytest.skip("no right to make network namespaces: run as root")
    try:
        ip("netns", "add", made.router)
        ip("netns", "add", made.server)
        _wire(made.client, "lan", made.router, "lan0", 1)
        _wire(made.server, "net", made.router, "wan0", 2)
        for key in ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"):
            made.run("router", "sysctl", "-qw", f"{key}=1")
        yield made
    finally:
        for name in (made.client, made.router, made.server):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


def _wire(end: str, device: str, router: str, port: str, number: int) -> None:
    ip("-n", end, "link", "set", "lo", "up")
    ip("-n", router, "link", "set", "lo", "up")
    ip("-n", end, "link", "add", device, "type", "veth", "peer", "name", port, "netns", router)
    for where, name, last in ((end, device, 2), (router, port, 1)):
        ip("-n", where, "addr", "add", f"10.99.{number}.{last}/24", "dev", name)
        ip("-n", where, "addr", "add", f"fd99:{number}::{last}/64", "dev", name, "nodad")
        ip("-n", where, "link", "set", name, "up")
    ip("-n", end, "route", "add", "default", "via", f"10.99.{number}.1")
    ip("-n", end, "route", "add", "default", "via", f"fd99:{number}::1")


@pytest.fixture(scope="module")
def server(net, authority):
    leaf = authority.leaf("origin.test", "10.99.2.2")
    process = net.start("server", sys.executable, "-c", ECHO, str(leaf), stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"up\n"
    yield process
    process.terminate()
    process.wait(60)
    process.stdout.close()


@pytest.fixture(scope="module")
def gate(net, server, authority, tmp_path_factory):
    """Two workers that share the transparent ports; one of them has the tunnel."""
    home = tmp_path_factory.mktemp("router")
    (home / "small.yaml").write_text(small())
    command = [str(Path(sys.executable).with_name("egress")), "run", "--listen", "0.0.0.0:3129", "--workers", "2"]
    command += ["--mode", "transparent", "--mode", "transparent@:::3129", "--mode", "wireguard@51820"]
    command += ["--metrics-listen", "127.0.0.1:9464", "--state-dir", str(home / "state")]
    command += ["--policy", str(home / "small.yaml"), "--upstream-ca", str(authority.path)]
    errors = home / "stderr"
    with errors.open("wb") as sink:
        process = net.start("router", *command, stdout=subprocess.PIPE, stderr=sink, cwd=ROOT, env=environment())
    found = Gate(process, home / "state", ready_line(process, errors), errors)
    yield found
    found.stop()
    process.stdout.close()


def load(net: Net, name: str) -> None:
    """A file of deploy/nftables, as it is: its interfaces are named as ours are."""
    net.run("router", need("nft"), "-f", str(ROOT / "deploy" / "nftables" / f"{name}.nft"))


@pytest.fixture(scope="module", params=["redirect", "tproxy"])
def rules(request, net, gate):
    text = (ROOT / "deploy" / "nftables" / f"{request.param}.nft").read_text()
    for line in re.findall(r"^#   ((?:ip -?.*?)+)$", text, re.MULTILINE):
        for command in line.split("; "):
            net.run("router", *command.split())
    load(net, request.param)
    yield request.param
    net.run("router", "nft", "delete", "table", "inet", "egress")


def post(net: Net, gate: Gate, url: str, *args: str) -> Reply:
    """curl of a client that knows of no proxy."""
    command = ["curl", "-sS", "-i", "--max-time", "20", "--cacert", gate.ca(), "--data-binary", "@-", *args, url]
    return Reply.of(net.run("client", *command, check=False, input=ID))


@pytest.mark.parametrize(
    ("url", "args"),
    [
        ("http://10.99.2.2/", ()),
        ("https://origin.test/", ("--resolve", "origin.test:443:10.99.2.2")),
        ("http://[fd99:2::2]/", ()),
        ("https://origin.test/", ("--resolve", "origin.test:443:[fd99:2::2]")),
    ],
    ids=["http", "https", "http6", "https6"],
)
def test_what_the_network_turns_to_the_gate_is_inspected(url, args, net, rules, gate):
    before = len(gate.audit())
    reply = post(net, gate, url, *args)
    assert reply.status == 200, reply
    assert len(reply.body) == len(ID)
    assert b"11010519491231002X" not in reply.body
    event = next(event for event in gate.audit()[before:] if event["action"] == "redact")
    assert event["from"]["address"] in {"10.99.1.2", "fd99:1::2"}
    assert event["to"]["address"] in {"10.99.2.2", "fd99:2::2"}


def test_quic_is_refused_so_that_clients_fall_back(net, rules, gate):
    assert net.run("client", sys.executable, "-c", QUIC).stdout == b"ConnectionRefusedError\n"


def test_the_gate_cannot_be_asked_for_itself(net, rules, gate):
    """ATTACK: a connection to the gate's own port would be passed on to the gate, and again, without end."""
    for url in ("http://10.99.1.1:3129/", "http://[fd99:1::1]:3129/"):
        reply = post(net, gate, url)
        assert reply.code in {7, 52, 56}, reply  # refused, or closed at once


def test_without_the_gate_nothing_gets_past(net, rules, gate):
    """A connection the first chain did not turn over is reset in the second, whatever the reason."""
    net.run("router", "nft", "flush", "chain", "inet", "egress", "to_gate")
    try:
        assert post(net, gate, "http://10.99.2.2/").code == 7  # refused
    finally:
        load(net, rules)


@pytest.fixture
def tunnel(net, gate):
    """A client's end of the tunnel, made of the file the gate has written. In user space: not every kernel has it."""
    need("wg")
    path = gate.state / "ca" / "wireguard-client.conf"
    assert path.stat().st_mode & 0o777 == 0o600
    assert (gate.state / "ca" / "wireguard.conf").stat().st_mode & 0o777 == 0o600
    told = dict(line.split(" = ", 1) for line in path.read_text().splitlines() if " = " in line)
    process = net.start(
        "client", need("wireguard-go"), "-f", "wg0", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        eventually(lambda: "wg0" in net.run("client", "ip", "-j", "link").stdout.decode(), "the tunnel's device")
        key = gate.state / "client.key"
        key.write_text(told["PrivateKey"])
        endpoint = told["Endpoint"].replace("GATE", "10.99.1.1")
        peer = ("peer", told["PublicKey"], "allowed-ips", told["AllowedIPs"], "endpoint", endpoint)
        net.run("client", "wg", "set", "wg0", "private-key", str(key), *peer)
        net.run("client", "ip", "addr", "add", told["Address"], "dev", "wg0")
        net.run("client", "ip", "link", "set", "wg0", "up", "mtu", "1420")
        net.run("client", "ip", "route", "add", "10.99.2.0/24", "dev", "wg0")
        yield
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.parametrize("url", ["http://10.99.2.2/", "https://origin.test/"], ids=["http", "https"])
def test_what_comes_through_the_tunnel_is_inspected(url, net, gate, tunnel):
    reply = post(net, gate, url, "--resolve", "origin.test:443:10.99.2.2")
    assert reply.status == 200, reply
    assert b"11010519491231002X" not in reply.body
    assert gate.audit()[-1]["from"]["address"] == "10.0.0.1"
