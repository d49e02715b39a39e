import json
import logging
import ssl
import threading

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.server import serve

from tests.e2e.rig import PATIENCE, eventually

pytestmark = pytest.mark.xdist_group("e2e")

ID = "440106199003072170"
KEY = "-----BEGIN " + "PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END " + "PRIVATE KEY-----\n"


@pytest.fixture
def chat(authority):
    """A server over TLS that keeps what it gets and sends it back."""
    logging.getLogger("websockets.server").setLevel(logging.CRITICAL)
    got = []

    def talk(ws):
        for message in ws:
            got.append(message)
            ws.send(message)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.leaf())
    with serve(talk, "127.0.0.1", 0, ssl=context) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"wss://127.0.0.1:{server.socket.getsockname()[1]}", got
        server.shutdown()
        thread.join(PATIENCE)


def dial(gate, url, **more):
    return connect(url, proxy=f"http://{gate.listen}", ssl=ssl.create_default_context(cafile=gate.ca()), **more)


@pytest.mark.parametrize("compression", ["deflate", None])
def test_values_leave_masked_and_a_key_closes_the_connection(gate, chat, compression):
    url, got = chat
    with dial(gate, f"{url}/chat/{compression}?room=1", compression=compression) as ws:
        ws.send("hello")
        ws.send(json.dumps({"idCard": ID, "note": "身份證"}))
        ws.send(["my id number is 4401", "0619900307", "2170, please"])
        ws.send(f"id: {ID}".encode())
        for _ in range(4):
            ws.recv(PATIENCE)
        assert ws.ping().wait(PATIENCE)
        ws.send(KEY)
        with pytest.raises(ConnectionClosed) as caught:
            ws.recv(PATIENCE)
    assert got[0] == "hello"
    assert json.loads(got[1])["note"] == "身份證"
    assert got[2].startswith("my id number is 440106")
    assert isinstance(got[3], bytes)
    assert not any(ID in str(each) or "MIIE" in str(each) for each in got)
    assert len(got) == 4
    assert caught.value.rcvd.code == 1008
    incident = caught.value.rcvd.reason.split()[-1]

    def told():
        events = [e for e in gate.audit() if e["path_template"] == f"/chat/{compression}"]
        return events if any(e.get("messages") and e["kind"] == "request" for e in events) else None

    events = eventually(told, "the line that messages share")
    actions = [e["action"] for e in events if e["protocol"] == "websocket" and "messages" not in e]
    assert actions == ["redact", "redact", "redact", "block"]
    assert next(e for e in events if e["action"] == "block")["incident"] == incident
    shared = next(e for e in events if e.get("messages") and e["kind"] == "request")
    assert (shared["messages"], shared["inspection"]["complete"]) == (1, True)
    assert ID not in json.dumps(events)
    assert gate.metrics()["egress_audit_written_total"] == len(gate.audit())
    eventually(lambda: gate.metrics()["egress_inflight_bytes"] == 0, "nothing to be held any more")


def test_what_the_handshake_says_is_inspected(gate, chat):
    url, got = chat
    with dial(gate, f"{url}/rooms?id={ID}&label=idCard") as ws:
        ws.send("x")
        ws.recv(PATIENCE)
    assert got == ["x"]
    event = eventually(
        lambda: [e for e in gate.audit() if e["path_template"] == "/rooms" and e["protocol"] == "HTTP/1.1"],
        "the line of the handshake",
    )[0]
    assert (event["action"], event["findings"][0]["entity"]) == ("redact", "CN_RESIDENT_ID")
