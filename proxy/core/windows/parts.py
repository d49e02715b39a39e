"""Windows of multipart bodies (RFC 2046, section 5.1): small parts together, the content of a long one by itself.

A window of parts ends with a boundary of ours, which is taken away again; one of a long part's content is inspected
as a body of the part's own type.
"""

from __future__ import annotations

from collections.abc import Callable

from proxy.core.errors import Unscannable
from proxy.core.formats import headers
from proxy.core.formats.multipart import _delimiter as delimiter
from proxy.core.formats.multipart import names
from proxy.core.message import Cause, Member, Rewrite
from proxy.core.windows.gzip_files import GzipWindower
from proxy.core.windows.windower import Window, Windower

_HEADER_BYTES = 16 * 1024
_ITS_OWN = frozenset(
    b"content-transfer-encoding content-encoding content-length content-md5 content-digest repr-digest digest "
    b"signature dkim-signature".split()
)
_OPEN, _FED, _FINISHED = range(3)  # a long part: its end is not there yet, it was handed over, it is known to be one
_PLAIN = (b"7bit", b"8bit", b"binary", b"identity")


Choose = Callable[[bytes, bytes, Member], Windower | GzipWindower | None]
"""Content type and first bytes of a part, and what it is in the body, to what cuts its content."""


class PartsWindower:
    """As `Windower`, for a multipart body with one boundary. `anew`: whether one of its parts was written anew."""

    def __init__(self, boundary: bytes, choose: Choose, size: int) -> None:
        self._delimiter = delimiter(boundary)
        self._foot = b"\r\n--" + boundary + b"--\r\n"
        self._choose = choose
        self._size = size
        self._margin = len(boundary) + 16
        self._buffer = bytearray()
        self._inner: Windower | GzipWindower | None = None
        self._next_inner: Windower | GzipWindower | None = None
        self._closing = _OPEN
        self._ended = False
        self.anew = False

    @property
    def held(self) -> int:
        """Bytes not forwarded yet."""
        return len(self._buffer) + (self._inner.held if self._inner is not None else 0)

    def feed(self, data: bytes) -> None:
        """More of the body."""
        self._buffer += data

    def finish(self) -> None:
        """The body is complete."""
        self._ended = True

    def next(self) -> Window | None:
        """A window, if there is enough for one. Raises `Unscannable`."""
        while self._inner is not None:
            window = self._inside(self._inner)
            if window is not None or self._inner is not None:
                return window
        if len(self._buffer) < self._size:
            return self._parts(len(self._buffer), whole=True) if self._ended and self._buffer else None
        text = bytes(self._buffer[: self._size])
        whole = [found for found in self._delimiter.finditer(text) if found.end() + 1 < len(text)]
        if not whole:
            raise Unscannable(Cause.OVERSIZE)
        found = whole[-1]
        if found.start() > self._size // 4:
            return self._parts(found.start())
        head_end, content = headers.split(text, _line_end(text, found.end()), len(text))
        if found[1] or content - found.end() > _HEADER_BYTES or len(text) - content < self._size // 2:
            raise Unscannable(Cause.OVERSIZE)
        said = headers.fields(text[_line_end(text, found.end()) : head_end])
        if any(name in _ITS_OWN and value.strip().lower() not in _PLAIN for name, value in said):
            raise Unscannable(Cause.OVERSIZE)
        kind = b";".join(headers.values(said, b"content-type"))
        part, name, file = names(said, "body")
        member = Member(part, kind, name, file, 1, frozenset(("multipart",)))
        self._next_inner = self._choose(kind, text[content:], member)
        if self._next_inner is None:
            raise Unscannable(Cause.OVERSIZE)
        return self._parts(content)

    def _inside(self, inner: Windower | GzipWindower) -> Window | None:
        """A window of a long part's content; None where more is needed, or where it has ended."""
        while True:
            window = inner.next()
            if window is not None:
                return window
            if self._closing == _FINISHED:
                self._inner, self._closing = None, _OPEN
                return None
            if self._closing == _FED:
                inner.finish()
                self._closing = _FINISHED
            elif not self._move(inner):
                return None

    def _move(self, inner: Windower | GzipWindower) -> bool:
        """Hand over the content up to the next boundary, or to where one may begin; whether there was any."""
        text = bytes(self._buffer)
        found = self._delimiter.search(text)
        if found is not None and (self._ended or found.end() + 1 < len(text)):
            end, self._closing = found.start(), _FED
        elif self._ended:
            raise Unscannable(Cause.DECODE_ERROR)  # the part does not end
        else:
            end = min(max(len(text) - self._margin, 0), found.start() if found is not None else len(text))
        inner.feed(text[:end])
        del self._buffer[:end]
        return end > 0 or self._closing == _FED

    def _parts(self, size: int, *, whole: bool = False) -> Window:
        foot = b"" if whole else self._foot
        return Window(bytes(self._buffer[:size]) + foot, 0, size, len(foot), whole=whole)

    def rest(self) -> bytes:
        """All that is not forwarded yet; nothing is left to be cut. Raises `Unscannable`: decode_error, ratio."""
        rest = b""
        if self._inner is not None:
            if self._inner.anew and self._closing == _OPEN:
                self._move(self._inner)  # what is packed anew must be so to its end
            if self._closing == _FED:
                self._inner.finish()
            rest = self._inner.rest()
            if self._inner.anew and self._closing == _OPEN:
                return rest
            self._inner, self._closing = None, _OPEN
        rest += bytes(self._buffer)
        self._buffer.clear()
        return rest

    def take(self, window: Window, rewrite: Rewrite | None) -> bytes:
        """What is to be forwarded of a window. Raises `Unscannable(rewrite)`."""
        if self._inner is not None:
            return self._inner.take(window, rewrite)
        del self._buffer[: window.cut]
        self._inner, self._next_inner = self._next_inner, None
        self.anew = self.anew or (self._inner is not None and self._inner.anew)
        if rewrite is None or rewrite.body == window.body:
            return window.body[: window.cut]
        foot = window.body[window.cut :]
        if not rewrite.body.endswith(foot):
            raise Unscannable(Cause.REWRITE)
        return rewrite.body[: len(rewrite.body) - len(foot)]


def _line_end(text: bytes, at: int) -> int:
    """Where the line behind a boundary begins."""
    return at + 1 + text.startswith(b"\r\n", at)
