import pytest
from mitmproxy.connection import Server
from mitmproxy.proxy import commands, events

from proxy.edge.protocols import gathered


def connection(transport="tcp"):
    return Server(address=("203.0.113.9", 443), transport_protocol=transport)


ONE, OTHER = connection(), connection()


def handled(*told):
    """What comes of commands, for short: what is sent to whom, and any other as it is."""

    def handle(_event):
        yield from told

    said = gathered.gathered(handle)(events.Start())
    return [(each.connection, each.data) if isinstance(each, commands.SendData) else each for each in said]


def send(data, to=ONE):
    return commands.SendData(to, data)


def test_what_one_event_sends_to_a_connection_is_one_write():
    log = commands.Log("between")
    assert handled(send(b"a"), log, send(b"b"), send(b"c", OTHER), send(b"d")) == [log, (ONE, b"abd"), (OTHER, b"c")]


@pytest.mark.parametrize("command", [
    commands.CloseConnection(ONE), commands.CloseTcpConnection(ONE, half_close=True), commands.OpenConnection(OTHER),
])  # fmt: skip
def test_what_is_sent_leaves_before_its_connection_is_closed(command):
    assert handled(send(b"a"), send(b"b"), command, send(b"c")) == [(ONE, b"ab"), command, (ONE, b"c")]


def test_datagrams_are_left_apart():
    udp = connection("udp")
    assert handled(send(b"a", udp), send(b"b", udp)) == [(udp, b"a"), (udp, b"b")]


def test_what_is_long_is_not_copied():
    pieces = [bytes(gathered._MOST), b"x"]
    sent = handled(*map(send, pieces))
    assert [data for _, data in sent] == pieces
    assert sent[0][1] is pieces[0]


def test_an_event_that_sends_nothing_says_the_same_as_before():
    log = commands.Log("alone")
    assert handled() == []
    assert handled(log) == [log]
