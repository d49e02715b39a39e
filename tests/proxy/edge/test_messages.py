from types import SimpleNamespace

import pytest
from mitmproxy import http
from mitmproxy.proxy.mode_specs import ProxyMode

from proxy.edge import messages

REGULAR, TRANSPARENT = ProxyMode.parse("regular"), ProxyMode.parse("transparent")


def flow(host, *hosts, scheme=b"https", sni=None, mode=REGULAR, authority=b""):
    fields = tuple((b"Host", value) for value in hosts)
    request = http.Request(
        host, 443, b"GET", scheme, authority, b"/", b"HTTP/1.1", http.Headers(fields), b"", None, 0, 0
    )
    return SimpleNamespace(request=request, client_conn=SimpleNamespace(sni=sni, proxy_mode=mode))


@pytest.mark.parametrize(
    ("named", "host", "same"),
    [
        (b"example.com", "example.com", True),
        (b"EXAMPLE.com.:443", "example.com", True),
        (b"example.com:8443", "example.com", True),
        (b"[::1]:443", "::1", True),
        (b"[::1]", "::1", True),
        (b"xn--fiqs8s.test", "中国.test", True),
        (b"example.com.evil.test", "example.com", False),
        (b"example.com, evil.test", "example.com", False),
        (b"example.com:80@evil.test", "example.com", False),
        ("例.test".encode(), "例.test", False),
        (b"", "example.com", False),
        (b"a" * 300, "a" * 300, False),
    ],
)
def test_an_authority_names_a_host_or_not(named, host, same):
    assert messages.names_host(named, host) is same


@pytest.mark.parametrize(
    ("of", "host", "agreed"),
    [
        (flow("a.test", b"a.test", sni="a.test"), "a.test", True),
        (flow("a.test", b"b.test", sni="a.test"), "a.test", False),  # fronting by header
        (flow("a.test", b"a.test", sni="b.test"), "a.test", False),  # fronting by TLS
        (flow("192.0.2.1", b"b.test", sni="b.test"), "b.test", True),  # by address: the certificate must say b.test
        (flow("192.0.2.1", b"a.test", sni="b.test"), "b.test", False),
        (flow("192.0.2.1", b"192.0.2.1"), "192.0.2.1", True),
        (flow("192.0.2.1", b"a.test", scheme=b"http"), "192.0.2.1", False),
        (flow("192.0.2.1", b"a.test", scheme=b"http", mode=TRANSPARENT), "192.0.2.1", True),
        (flow("a.test", b"a.test", authority=b"b.test:443", sni="a.test"), "a.test", False),
        (flow("a.test", sni="A.test."), "a.test", True),
    ],
)
def test_the_host_is_where_the_bytes_go(of, host, agreed):
    assert messages.destination(of)[0] == host
    assert messages.agrees(of, messages.read_head(of.request)) is agreed


@pytest.mark.parametrize(
    ("status", "said", "kept"),
    [
        (200, "OK", "OK"),
        (200, "ok", "ok"),
        (200, "11010519491231002X", "OK"),
        (404, "Nobody", "Not Found"),
        (999, "x", ""),
    ],
)
def test_the_words_for_a_status_say_nothing_else(status, said, kept):
    response = http.Response.make(status)
    response.reason = said
    messages.settle_reason(response)
    assert response.reason == kept
