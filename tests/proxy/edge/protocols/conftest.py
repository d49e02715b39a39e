"""Servers for protocols that need more than a request and an answer."""

from __future__ import annotations

import logging
import ssl
import threading

import grpc
import httpx
import pytest
from websockets.sync.server import serve

from proxy.cli.build import Workshop
from proxy.edge.tls import ca
from tests.e2e.authority import Authority
from tests.e2e.rig import PATIENCE, ROOT
from tests.proxy.edge.protocols.chats import Peer
from tests.proxy.edge.protocols.registers import Server


@pytest.fixture
def peer():
    """A WebSocket server."""
    logging.getLogger("websockets.server").setLevel(logging.CRITICAL)
    found = Peer()
    with serve(found.talk, "127.0.0.1", 0, max_size=None) as server:
        found.port = server.socket.getsockname()[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield found
        server.shutdown()
        thread.join(PATIENCE)


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("grpc"))


@pytest.fixture(scope="session")
def shipped(tmp_path_factory):
    """The engine and the policy the gate starts with."""
    policy = ROOT / "policies/default.yaml"
    return Workshop(tmp_path_factory.mktemp("state"), b"k" * 32).gate([(str(policy), policy.read_bytes())])


@pytest.fixture
def server(authority):
    """A gRPC server, over TLS and without."""
    running = Server(authority.leaf().read_bytes())
    yield running
    running.close()


@pytest.fixture
def dial(proxy, server, authority, shipped, ca_state, monkeypatch):
    """A channel through a gate, and that gate."""
    for name in ("no_proxy", "NO_PROXY", "no_grpc_proxy"):
        monkeypatch.delenv(name, raising=False)
    channels = []

    def start(inspect=shipped.inspect, **kwargs):
        p = proxy(inspect, **{"judge": shipped.judge, "wants": shipped.wants, "trusted": authority.path} | kwargs)
        trust = grpc.ssl_channel_credentials((ca.ca_dir(ca_state) / ca.CERT_FILE).read_bytes())
        through = [("grpc.http_proxy", f"http://127.0.0.1:{p.port}")]
        channels.append(grpc.secure_channel(f"127.0.0.1:{server.port}", trust, options=through))
        return channels[-1], p

    yield start
    for channel in channels:
        channel.close()


@pytest.fixture
def post(proxy, server, authority, shipped, ca_state):
    """Send bytes as the body of a call, whatever they are; `httpx` does not know gRPC."""

    def send(body, kind="application/grpc", **kwargs):
        p = proxy(shipped.inspect, judge=shipped.judge, wants=shipped.wants, trusted=authority.path)
        trust = ssl.create_default_context(cafile=ca.ca_dir(ca_state) / ca.CERT_FILE)
        headers = {"content-type": kind, "te": "trailers"} | kwargs
        with httpx.Client(http2=True, verify=trust, proxy=f"http://127.0.0.1:{p.port}", trust_env=False) as client:
            answer = client.post(f"https://127.0.0.1:{server.port}/people.Register/One", content=body, headers=headers)
        return answer, p

    return send
