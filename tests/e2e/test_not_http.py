"""Mail, MQTT, DNS and protocols nobody knows, through a real gate with real clients: found, masked, blocked."""

from __future__ import annotations

import base64
import contextlib
import email.policy
import io
import json
import random
import smtplib
import socket
import ssl
import subprocess
import zipfile
from dataclasses import dataclass
from email.message import EmailMessage

import pytest

from tests.e2e.authority import Authority
from tests.e2e.peers import Broker, Lines, Mailbox, NameServer, free_port
from tests.e2e.rig import PATIENCE, Gate, environment, eventually, need

ID = "440106199003072170"
TO = "rcpt to:<b@example.org>"
KEY = "-----BEGIN " + "PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END " + "PRIVATE KEY-----\n"


@dataclass
class World:
    """A gate and what lies behind it; `ports` are the gate's own, by what is reached there."""

    gate: Gate
    mailbox: Mailbox
    broker: Broker
    lines: Lines
    names: NameServer
    ports: dict[str, int]

    def last(self, method: str) -> dict:
        """The audit line of the last message of that kind."""
        return eventually(lambda: [line for line in self.gate.audit() if line["method"] == method], method)[-1]


@pytest.fixture(scope="module")
def world(start_gate, authority, tmp_path_factory):
    need("mosquitto_pub")
    peers = (
        Mailbox(authority.leaf()),
        Broker(tmp_path_factory.mktemp("broker"), authority.leaf()),
        Lines(),
        NameServer(),
    )
    ports = {name: free_port() for name in ("smtp", "mqtt", "socks", "dns", "udp")}
    modes = [
        "regular",
        f"socks5@127.0.0.1:{ports['socks']}",
        f"reverse:tcp://127.0.0.1:{peers[0].port}@127.0.0.1:{ports['smtp']}",
        f"reverse:tcp://127.0.0.1:{peers[1].port}@127.0.0.1:{ports['mqtt']}",
        f"reverse:dns://127.0.0.1:{peers[3].port}@127.0.0.1:{ports['dns']}",
        f"reverse:udp://127.0.0.1:{peers[3].port}@127.0.0.1:{ports['udp']}",
    ]
    flags = [flag for mode in modes for flag in ("--mode", mode)]
    yield World(start_gate(*flags, "--upstream-ca", str(authority.path)), *peers, ports)
    for peer in peers:
        peer.close()


def mail(text: str, **fields: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.org", fields.get("subject", "x")
    message.set_content(text)
    return message


def sent(world: World, message: EmailMessage, *, tls: bool = False) -> None:
    """Send a mail, as mail servers do: what is turned away for now (4xx) is tried again."""
    while True:
        try:
            return _sent(world, message, tls=tls)
        except smtplib.SMTPDataError as e:
            if e.smtp_code != 451:
                raise


def _sent(world: World, message: EmailMessage, *, tls: bool) -> None:
    with smtplib.SMTP("127.0.0.1", world.ports["smtp"], timeout=PATIENCE) as client:
        if tls:
            client.starttls(context=ssl.create_default_context(cafile=world.gate.ca()))
        client.send_message(message)


@pytest.mark.parametrize("tls", [False, True])
def test_a_mail_leaves_with_its_identifiers_masked(world, tls):
    sent(world, mail(f"身份证号码 {ID}\n..dots stay\n.\nend", subject=f"ID {ID}"), tls=tls)
    envelope, content = world.mailbox.mails.pop()
    assert [line.lower().partition(" size")[0] for line in envelope] == ["mail from:<a@example.com>", TO]
    assert ID.encode() not in content
    line = world.last("DATA")
    assert (line["protocol"], line["action"]) == ("smtp", "redact")
    assert {finding["entity"] for finding in line["findings"]} >= {"CN_RESIDENT_ID"}


def test_a_clean_mail_arrives_byte_for_byte(world):
    message = mail("first\n.second\n\nlast")
    sent(world, message)
    _, content = world.mailbox.mails.pop()
    assert content == message.as_bytes().replace(b"\n", b"\r\n")
    assert world.last("DATA")["action"] == "log"


def test_a_blocked_mail_is_answered_with_its_incident_and_never_delivered(world):
    before = len(world.mailbox.commands)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        sent(world, mail(KEY))
    assert refused.value.smtp_code == 554
    assert refused.value.smtp_error.startswith(b"5.7.1 ")
    line = world.last("DATA")
    assert line["incident"].encode() in refused.value.smtp_error
    assert line["rules"][0]["id"].encode() in refused.value.smtp_error
    assert "DATA" not in world.mailbox.commands[before:]
    assert not world.mailbox.mails


def test_an_attached_document_goes_to_the_inspector_and_back(world):
    message = mail("see attached")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("people.csv", f"id,name\n{ID},x\n")
    message.add_attachment(packed.getvalue(), maintype="application", subtype="zip", filename="a.zip")
    sent(world, message)
    _, content = world.mailbox.mails.pop()
    line = world.last("DATA")
    assert line["action"] == "redact"
    assert any("people.csv" in finding["part"] for finding in line["findings"])
    (attached,) = email.message_from_bytes(content, policy=email.policy.default).iter_attachments()
    with zipfile.ZipFile(io.BytesIO(attached.get_content())) as archive:
        assert ID not in archive.read("people.csv").decode()


def test_an_envelope_address_may_not_carry_what_a_mail_may_not(world):
    message = mail("hello")
    with (
        pytest.raises(smtplib.SMTPResponseException) as refused,
        smtplib.SMTP("127.0.0.1", world.ports["smtp"], timeout=PATIENCE) as client,
    ):
        client.sendmail(f"{ID}@example.com", ["b@example.org"], message.as_string())
    assert refused.value.smtp_code == 550


def test_extensions_that_go_past_the_gate_are_not_offered(world):
    with smtplib.SMTP("127.0.0.1", world.ports["smtp"], timeout=PATIENCE) as client:
        client.ehlo()
        offered = client.esmtp_features
    assert "starttls" in offered
    assert not {"chunking", "pipelining"} & set(offered)
    assert int(offered["size"]) > 0


def mosquitto(world: World, tool: str, *args: str) -> subprocess.Popen:
    command = [need(tool), "-h", "127.0.0.1", "-p", str(world.ports["mqtt"]), *args]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def published(world: World, version: str, topic: str, text: str, *args: str) -> tuple[int, bytes]:
    client = mosquitto(world, "mosquitto_pub", "-V", version, "-q", "1", "-t", topic, "-m", text, *args)
    output, _ = client.communicate(timeout=PATIENCE)
    return client.returncode, output


@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
def test_what_is_published_arrives_masked_and_a_key_not_at_all(world, version):
    assert published(world, version, "t/1", f'{{"idCard": "{ID}", "n": 1.0}}', "-r")[0] == 0
    assert published(world, version, "t/2", KEY, "-r")[0] != 0
    assert published(world, version, "t/3", "the end", "-r")[0] == 0
    straight = ["-h", "127.0.0.1", "-p", str(world.broker.port), "-C", "2", "-W", "30", "-t", "t/#"]
    got = subprocess.run([need("mosquitto_sub"), *straight], capture_output=True, text=True, check=True).stdout
    assert ID not in got
    assert '"n": 1.0' in got
    assert "the end" in got
    assert "MIIE" not in got
    line = next(each for each in reversed(world.gate.audit()) if each["action"] == "block")
    assert (line["protocol"], line["method"], line["path_template"]) == ("mqtt", "PUBLISH", "/t/{}")


def test_what_would_complete_a_number_published_in_pieces_does_not_arrive(world):
    pieces = (ID[:6], ID[6:14], ID[14:])
    client = [need("mosquitto_pub"), "-h", "127.0.0.1", "-p", str(world.ports["mqtt"]), "-q", "1", "-t", "p/1", "-l"]
    subprocess.run(client, input="\n".join(pieces), capture_output=True, text=True, check=False, timeout=PATIENCE)
    line = next(each for each in reversed(world.gate.audit()) if each["action"] == "block")
    assert (line["protocol"], line["inspection"]["causes"]) == ("mqtt", ["rewrite"])
    assert [(each["entity"], each["part"]) for each in line["findings"]] == [("CN_RESIDENT_ID", "body/text/joined")]


def test_an_identifier_in_a_topic_or_a_client_id_ends_the_connection(world):
    assert published(world, "mqttv5", f"people/{ID}/x", "hello")[0] != 0
    assert published(world, "mqttv311", "t", "hello", "-i", f"id{ID}")[0] != 0


def test_mqtt_within_tls_over_socks_is_read_too(world):
    proxy = f"socks5h://127.0.0.1:{world.ports['socks']}"
    command = [need("mosquitto_pub"), "--proxy", proxy, "--cafile", world.gate.ca(), "-h", "localhost"]
    command += ["-p", str(world.broker.secure), "-q", "1", "-r", "-t", "tls", "-m", f"idCard {ID}"]
    subprocess.run(command, check=True, timeout=PATIENCE, env=environment())
    straight = ["-h", "127.0.0.1", "-p", str(world.broker.port), "-C", "1", "-W", "30", "-t", "tls"]
    got = subprocess.run([need("mosquitto_sub"), *straight], capture_output=True, text=True, check=True).stdout
    assert got.startswith("idCard 4401")
    assert ID not in got


def through_connect(world: World, port: int) -> socket.socket:
    host, _, own = world.gate.listen.partition(",")[0].rpartition(":")
    sock = socket.create_connection((host, int(own)), PATIENCE)
    sock.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (port, port))
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += sock.recv(1)
    assert b" 200 " in head
    return sock


def through_socks(world: World, port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", world.ports["socks"]), PATIENCE)
    sock.sendall(b"\5\1\0")
    assert sock.recv(2) == b"\5\0"
    sock.sendall(b"\5\1\0\1\x7f\0\0\1" + port.to_bytes(2, "big"))
    assert sock.recv(10)[:2] == b"\5\0"
    return sock


def test_a_mail_server_whose_certificate_nobody_trusts_gets_nothing(world, tmp_path):
    server = Mailbox(Authority(tmp_path).leaf())
    name = 'egress_upstream_errors_total{cause="certificate"}'
    before = world.gate.metrics()[name]
    with smtplib.SMTP() as client:
        client.sock = through_connect(world, server.port)
        assert client.getreply()[0] == 220
        client._host = "localhost"
        with contextlib.suppress(OSError):  # whether it comes to be or not
            client.starttls(context=ssl.create_default_context(cafile=world.gate.ca()))
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.sendmail("a@example.com", ["b@example.org"], "Subject: x\n\nhello\n")
    server.close()
    assert [command.partition(" ")[0].upper() for command in server.commands] == ["EHLO", "STARTTLS"]
    assert world.gate.metrics()[name] > before


@pytest.mark.parametrize("way", [through_connect, through_socks])
def test_a_protocol_of_lines_passes_but_for_what_may_not_leave(world, way):
    world.lines.got.clear()
    with way(world, world.lines.port) as sock:
        assert sock.recv(100) == b"* OK ready\r\n"
        sock.sendall(b"HELLO there\r\n")
        assert sock.recv(100) == b"HELLO there\r\n"
        for byte in f"SET id {ID}\r\n".encode():  # ATTACK: bytes one by one
            with contextlib.suppress(OSError):
                sock.sendall(bytes((byte,)))
        with contextlib.suppress(OSError):
            assert sock.recv(100) == b""
    assert world.lines.got == b"HELLO there\r\n"
    assert world.last("LINES")["action"] == "block"
    assert world.last("LINES")["protocol"] == "tcp"


def test_bytes_of_no_known_form_are_counted_and_searched(world):
    reason = 'egress_uninspected_bytes_total{reason="unsupported",zone="outside"}'
    before = world.gate.metrics()[reason]
    with through_connect(world, world.lines.port) as sock:
        assert sock.recv(100) == b"* OK ready\r\n"
        sock.sendall(bytes(range(256)) * 4)
        size = 0
        while size < 1024:
            size += len(sock.recv(4096))
    assert eventually(lambda: world.gate.metrics()[reason] == before + 1024, "the count")
    assert world.last("STREAM")["inspection"]["causes"] == ["unsupported"]


def dig(world: World, *args: str) -> str:
    command = [need("dig"), "@127.0.0.1", "-p", str(world.ports["dns"]), "+tries=1", "+timeout=20", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False).stdout


@pytest.mark.parametrize("way", ["+notcp", "+tcp"])
def test_a_name_is_looked_up_and_nothing_but_the_question_leaves(world, way):
    world.names.asked.clear()
    assert dig(world, way, "+short", "www.example.com", "+subnet=203.0.113.0/24") == "192.0.2.1\n"
    (query,) = world.names.asked
    assert query[12:].startswith(b"\3www\7example\3com\0\0\1\0\1\0\0\x29")
    assert query.endswith(b"\0\0")  # an OPT record without options
    assert b"hello" in dig(world, way, "+short", "TXT", "a.example.com").encode()
    line = world.last("QUERY")
    assert (line["protocol"], line["action"], line["direction"]) == ("dns", "log", "export")
    assert (line["host"], line["inspection"]["complete"]) == ("a.example.com", True)


@pytest.mark.parametrize("label", [ID, ID.encode().hex(), base64.b32encode(ID.encode()).decode().strip("=")])
def test_a_name_that_holds_an_identifier_is_refused_with_the_reason(world, label):
    world.names.asked.clear()
    answer = dig(world, f"x.{label}.example.com" if label == ID else f"{label}.example.com")
    assert "status: REFUSED" in answer
    assert "EDE: 15 (Blocked)" in answer
    assert not world.names.asked
    line = [each for each in world.gate.audit() if each["action"] == "block"][-1]
    assert line["incident"] in answer
    assert ID not in json.dumps(line)


def test_answers_lead_to_no_other_protocol(world):
    world.names.asked.clear()
    answer = dig(world, "TYPE65", "www.example.com")
    assert "status: NOERROR" in answer
    assert "ANSWER: 0" in answer
    assert not world.names.asked
    answer = dig(world, "www.example.com")  # the server adds its HTTPS record
    assert "192.0.2.1" in answer
    assert "TYPE65280" in answer
    assert not {"HTTPS\t", "TYPE65\t", "h3"} & set(answer.split())


def test_a_tunnel_is_refused_once_its_names_have_carried_a_few_kilobytes(world):
    command = [need("dig"), "@127.0.0.1", "-p", str(world.ports["dns"]), "+tries=1", "+noall", "+comments"]
    rng = random.Random(7)
    for _ in range(150):
        label = base64.b32encode(rng.randbytes(35)).decode()
        command += [f"{label}.{label[::-1]}.tunnel.example.org", "NULL"]
    answers = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False).stdout
    assert 40 < answers.count("status: NOERROR") < 100
    assert answers.count("status: REFUSED") + answers.count("status: NOERROR") == 150
    assert world.last("QUERY")["inspection"]["causes"] == ["dns_tunnel"]
    assert dig(world, "+short", "www.example.org") == "192.0.2.1\n"


@pytest.mark.parametrize("query", [b"\0\1\x28\0\0\1" + bytes(6) + b"\1a\0\0\1\0\1", b"\0\1\1\0\0\1\0\1" + bytes(30)])
def test_what_is_no_plain_query_does_not_leave(world, query):
    world.names.asked.clear()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(PATIENCE)
        sock.sendto(query, ("127.0.0.1", world.ports["dns"]))
        assert sock.recv(100)[3] in (1, 4)
    assert not world.names.asked


QUIC = b"\xc3\0\0\0\1\x08" + bytes(1194)
"""The long header of an Initial packet (RFC 9000, 17.2), and its length."""
DTLS = b"\x16\xfe\xfd" + bytes(8) + b"\0\x20" + bytes(32)


@pytest.mark.parametrize("datagram", [b"hello", QUIC, DTLS], ids=["any", "quic", "dtls"])
def test_other_datagrams_go_nowhere_and_are_recorded(world, datagram):
    world.names.asked.clear()
    before = len(world.gate.audit())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(datagram, ("127.0.0.1", world.ports["udp"]))
        line = eventually(lambda: world.gate.audit()[before:], "the line")[-1]
    assert (line["action"], line["protocol"], line["inspection"]["causes"]) == ("block", "udp", ["unsupported"])
    assert not world.names.asked
