"""Trailer fields of HTTP/1.1 messages are left out: what a proxy does not pass on it may drop (RFC 9110 §6.5.1).

mitmproxy has no way to carry them and raises where it meets one, so that the sender would wait for ever.
"""

from __future__ import annotations

from typing import Any

import h11
from h11._readers import ChunkedReader
from mitmproxy.proxy.layers.http import _http1

_make_body_reader = _http1.make_body_reader


class _WithoutTrailers:
    """h11's reader of a chunked body, whose end says nothing of fields behind it."""

    def __init__(self, reader: ChunkedReader) -> None:
        self._reader = reader

    def __call__(self, buffer: Any) -> Any:  # noqa: ANN401 - h11's buffer and events
        return _bare(self._reader(buffer))

    def read_eof(self) -> Any:  # noqa: ANN401
        """As h11's."""
        return _bare(self._reader.read_eof())


def _bare(event: Any) -> Any:  # noqa: ANN401
    return h11.EndOfMessage() if isinstance(event, h11.EndOfMessage) and event.headers else event


def _reader_of(expected_size: int | None) -> Any:  # noqa: ANN401
    reader = _make_body_reader(expected_size)
    return _WithoutTrailers(reader) if isinstance(reader, ChunkedReader) else reader


def drop() -> None:
    """From now on trailers of HTTP/1.1 messages are read and left out, in both directions."""
    _http1.make_body_reader = _reader_of
