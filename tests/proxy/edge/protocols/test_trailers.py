"""Fields behind a chunked body are read and left out; nobody waits for an answer that does not come."""

from tests.proxy.edge.test_addon import post

CHUNKED = b"Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n"
BODY = b"5\r\nhello\r\n0\r\nX-Sum: 440106199003072170\r\n\r\n"


def test_a_request_with_trailers_arrives_without_them(proxy, plain):
    p = proxy()
    raw = post(plain).partition(b"Content-Length")[0] + CHUNKED + b"\r\n" + BODY
    assert p.ask(raw).startswith(b"HTTP/1.1 200")
    (request,) = plain.seen
    assert b"hello" in repr(request).encode()
    assert b"440106199003072170" not in repr(request).encode()


def test_a_chunked_request_without_trailers_is_as_before(proxy, plain):
    p = proxy()
    raw = post(plain).partition(b"Content-Length")[0] + CHUNKED + b"\r\n5\r\nhello\r\n0\r\n\r\n"
    assert p.ask(raw).startswith(b"HTTP/1.1 200")
    assert len(plain.seen) == 1
