import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy import http

from proxy.edge.protocols import handshake

OFFERS = [
    ("permessage-deflate", "permessage-deflate"),
    ("permessage-deflate; client_max_window_bits", "permessage-deflate; client_max_window_bits"),
    ('permessage-deflate ;server_max_window_bits="15"', "permessage-deflate ;server_max_window_bits=15"),
    ("permessage-deflate; server_max_window_bits=8", None),  # zlib has no such window
    ("permessage-deflate; server_max_window_bits=16", None),
    ("permessage-deflate; mux", None),
    ("x-a, permessage-deflate; client_no_context_takeover", "permessage-deflate; client_no_context_takeover"),
    ("permessage-deflated", None),
    (" , ", None),
]


def message(kind, *fields):
    headers = http.Headers(tuple((name.encode(), value.encode()) for name, value in fields))
    if kind is http.Request:
        return http.Request("h", 80, b"GET", b"http", b"", b"/", b"HTTP/1.1", headers, b"", None, 0.0, 0.0)
    return http.Response(b"HTTP/1.1", 101, b"", headers, b"", None, 0.0, 0.0)


def request(*offers):
    return message(
        http.Request, ("Sec-WebSocket-Version", "13"), *(("sec-websocket-extensions", each) for each in offers)
    )


@pytest.mark.parametrize(("offered", "kept"), OFFERS, ids=[str(number) for number in range(len(OFFERS))])
def test_offers_go_on_that_the_gate_can_keep(offered, kept):
    asked = request(offered)
    handshake.offer(asked)
    assert asked.headers.get("sec-websocket-extensions") == kept


@pytest.mark.parametrize(
    ("answer", "agreed"),
    [
        ("permessage-deflate; client_max_window_bits=12", True),
        ("permessage-deflate; client_max_window_bits", False),  # needs a value here (RFC 7692, section 7.1.2.2)
        ("permessage-deflate, permessage-deflate", False),
        ("other", False),
        ("", True),
    ],
)
def test_answers_are_heard_that_the_gate_can_keep(answer, agreed):
    fields = [("Upgrade", "WebSocket"), *([("Sec-WebSocket-Extensions", answer)] if answer else [])]
    terms = handshake.agreed(request("permessage-deflate"), message(http.Response, *fields))
    assert (terms is not None) is agreed
    if terms is not None:
        assert len(terms.extensions()) == bool(answer)


@given(st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=80))
def test_whatever_is_offered_or_answered_is_understood_or_left_out(value):
    asked = request()
    asked.data.headers = http.Headers((*asked.headers.fields, (b"Sec-WebSocket-Extensions", value.encode("latin-1"))))
    handshake.offer(asked)
    for each in asked.headers.get_all("Sec-WebSocket-Extensions"):
        assert each.startswith("permessage-deflate")
    fields = http.Headers(((b"Upgrade", b"websocket"), (b"Sec-WebSocket-Extensions", value.encode("latin-1"))))
    response = http.Response(b"HTTP/1.1", 101, b"", fields, b"", None, 0.0, 0.0)
    terms = handshake.agreed(request("permessage-deflate"), response)
    if terms is not None:
        terms.extensions()
