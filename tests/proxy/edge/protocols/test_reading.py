import asyncio

import pytest

from proxy.edge.protocols.reading import MOST, PromptReader

END = "end"


class Connection:
    """A reader as mitmproxy has it: a task that takes what was put by, then waits as it is told to."""

    def __init__(self):
        self.source = asyncio.StreamReader()
        self.said = []
        self.full = False
        self.busy = False
        self.room = asyncio.Event()
        self.reader = PromptReader(self.source, self.handle, lambda: not self.busy, self.wait)
        self.task = asyncio.create_task(self.read())

    def handle(self, data):
        self.said.append(("at once", data))
        return self.full

    async def wait(self):
        self.said.append("waits")
        await self.room.wait()
        self.full = False
        self.room.clear()

    async def read(self):
        while data := await self.reader.read(MOST):
            self.said.append(("put by", data))
        self.said.append(END)

    async def settle(self):
        """Let everything happen that can."""
        for _ in range(10):
            await asyncio.sleep(0)


def told(scenario):
    async def run():
        connection = Connection()
        await connection.settle()
        await scenario(connection)
        connection.task.cancel()
        return connection.said

    return asyncio.run(run())


def test_what_comes_while_nobody_has_to_wait_is_handled_within_the_call():
    async def scenario(c):
        c.source.feed_data(b"a")
        assert c.said == [("at once", b"a")]
        c.source.feed_data(b"b")

    assert told(scenario) == [("at once", b"a"), ("at once", b"b")]


def test_what_comes_before_anybody_reads_is_put_by_and_stays_first():
    async def scenario(_):
        early = Connection()
        early.source.feed_data(b"a")
        early.source.feed_data(b"b")
        await early.settle()
        early.source.feed_data(b"c")
        assert early.said == [("put by", b"ab"), ("at once", b"c")]
        early.task.cancel()

    told(scenario)


def test_nothing_more_is_handled_before_the_reader_has_waited():
    async def scenario(c):
        c.full = True
        c.source.feed_data(b"a")
        c.source.feed_data(b"b")
        await c.settle()
        assert c.said == [("at once", b"a"), "waits"]
        c.source.feed_data(b"c")
        c.room.set()
        await c.settle()

    assert told(scenario)[2:] == [("put by", b"b"), ("put by", b"c")]


def test_the_reader_waits_for_what_the_last_piece_made_pile_up():
    async def scenario(c):
        c.full = True
        c.source.feed_data(b"a")
        await c.settle()
        assert c.said == [("at once", b"a"), "waits"]
        c.source.feed_data(b"b")
        await c.settle()
        assert c.said[2:] == []
        c.room.set()
        await c.settle()
        assert c.said[2:] == [("put by", b"b")]
        c.source.feed_data(b"c")

    assert told(scenario)[3:] == [("at once", b"c")]


def test_while_an_event_is_handled_what_comes_is_put_by():
    async def scenario(c):
        c.busy = True
        c.source.feed_data(b"a")
        assert c.said == []
        c.busy = False
        c.source.feed_data(b"b")
        await c.settle()

    assert told(scenario) == [("put by", b"ab")]


def test_a_long_piece_is_taken_in_parts():
    async def scenario(c):
        c.source.feed_data(bytes(MOST + 1))
        await c.settle()

    assert [(how, len(data)) for how, data in told(scenario)] == [("put by", MOST), ("put by", 1)]


def test_a_connection_that_is_being_closed_hears_no_more():
    async def scenario(c):
        c.task.cancel()
        c.source.feed_data(b"a")

    assert told(scenario) == []


def test_the_end_comes_after_what_was_said():
    async def scenario(c):
        c.source.feed_data(b"a")
        c.source.feed_eof()
        await c.settle()

    assert told(scenario) == [("at once", b"a"), END]


def test_an_end_while_the_reader_waits_is_heard_once_it_need_not():
    async def scenario(c):
        c.full = True
        c.source.feed_data(b"a")
        await c.settle()
        c.source.feed_eof()
        c.room.set()
        await c.settle()

    assert told(scenario) == [("at once", b"a"), "waits", END]


def test_a_broken_connection_is_an_error():
    async def scenario(c):
        c.source.set_exception(ConnectionResetError())
        await c.settle()
        with pytest.raises(ConnectionResetError):
            c.task.result()

    told(scenario)
