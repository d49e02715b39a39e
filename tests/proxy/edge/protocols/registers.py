"""A gRPC server by grpcio, and what its clients say."""

import queue
import threading
from concurrent import futures

import grpc

from proxy.edge.zones import Zones
from tests.e2e.rig import PATIENCE, eventually

KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n"
ID, MASKED = "440106199003072170", "440106********2170"
FROM_MAINLAND = Zones.of({}, default_client="hong_kong", default_server="mainland")
"""A client outside that is served from the mainland: it is the responses that leave."""


def text(value: str) -> bytes:
    """A message of Protocol Buffers that is one string."""
    data = value.encode()
    assert len(data) < 128
    return bytes((0x0A, len(data))) + data


class Server:
    """Keeps what it gets."""

    def __init__(self, leaf: bytes) -> None:
        self.seen: list[bytes] = []
        self.metadata: dict[str, object] = {}
        self.over: queue.Queue[bool] = queue.Queue()
        self.answers = [text("ok")]
        self.trailing: tuple = ()
        self.refuses = False
        self.patience = 0.0
        """Seconds that a stream which seems to have ended is given to turn out to be cut."""
        self._whole: queue.Queue[bool] = queue.Queue()
        self.hold = threading.Event()
        self.hold.set()
        handler = {
            "One": grpc.unary_unary_rpc_method_handler(self._one),
            "In": grpc.stream_unary_rpc_method_handler(self._in),
            "Out": grpc.unary_stream_rpc_method_handler(self._out),
            "Talk": grpc.stream_stream_rpc_method_handler(self._talk),
        }
        handlers = (grpc.method_handlers_generic_handler("people.Register", handler),)
        self._server = grpc.server(futures.ThreadPoolExecutor(8), handlers=handlers)
        key, mark, cert = leaf.partition(b"-----BEGIN CERTIFICATE")
        secure = grpc.ssl_server_credentials([(key, mark + cert)])
        self.port = self._server.add_secure_port("127.0.0.1:0", secure)
        self.bare = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def close(self):
        self._server.stop(0).wait(PATIENCE)

    def took_it_for_complete(self):
        """Whether the stream of a client was, to its server."""
        return self._whole.get(timeout=2 * PATIENCE)

    def _begin(self, context):
        self.metadata = dict(context.invocation_metadata())
        context.add_callback(lambda: self.over.put(context.is_active()))
        context.set_trailing_metadata(self.trailing)

    def _one(self, message, context):
        self._begin(context)
        self.seen.append(message)
        return text("ok")

    def _in(self, messages, context):
        self._begin(context)
        self.hold.wait(PATIENCE)
        cut = threading.Event()
        if not context.add_callback(cut.set):
            cut.set()
        whole = False
        try:
            self.seen.extend(messages)  # where a stream is cut, this raises, or ends a moment before the call does
            whole = not cut.wait(self.patience)
        finally:
            self._whole.put(whole)
        return self.answers[0]

    def _out(self, message, context):
        self._begin(context)
        self.seen.append(message)
        yield from self.answers

    def _talk(self, messages, context):
        self._begin(context)
        if self.refuses:
            context.set_trailing_metadata((("x-why", "because"),))
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not now")
        for message in messages:
            self.seen.append(message)
            yield text("heard") + message


def unary(channel, message, **kwargs):
    return channel.unary_unary("/people.Register/One")(message, timeout=PATIENCE, **kwargs)


class Talk:
    """A call in which the test says when which side speaks."""

    def __init__(self, channel, **kwargs) -> None:
        self._said: queue.Queue[bytes | None] = queue.Queue()
        method = channel.stream_stream("/people.Register/Talk")
        self.call = method(iter(self._said.get, None), timeout=PATIENCE, **kwargs)

    def say(self, message: bytes | None) -> None:
        self._said.put(message)

    def ask(self, message: bytes) -> bytes:
        self.say(message)
        return next(self.call)


def lines(p):
    return [(m.kind, v.action, [f.part for f in v.findings], e.messages) for m, v, e in p.record.decisions]


def ended(p):
    eventually(lambda: p.edge.active == 0, "the end of the flow")
    assert p.record.in_flight == 0
