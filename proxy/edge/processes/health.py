"""The metrics port: a few fixed pages over HTTP/1.0, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from proxy.edge.settings import Address

Page = Callable[[str], tuple[int, str, bytes] | None]

_PHRASES = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}
_PATIENCE = 10.0


async def serve(address: Address, page: Page) -> asyncio.Server:
    """Listen; `page` gives status, content type and body of a path, None where there is none. Raises OSError."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _PATIENCE)
            writer.write(_respond(head, page))
            await asyncio.wait_for(writer.drain(), _PATIENCE)
        writer.close()

    return await asyncio.start_server(answer, address[0], address[1], limit=16 * 1024)


def _respond(head: bytes, page: Page) -> bytes:
    words = head.partition(b"\r\n")[0].split(b" ")
    if len(words) != 3:
        return _assemble(400, "text/plain", b"bad request\n")
    if words[0] not in {b"GET", b"HEAD"}:
        return _assemble(405, "text/plain", b"GET only\n")
    found = page(words[1].partition(b"?")[0].decode("ascii", "replace"))
    status, kind, body = found or (404, "text/plain", b"there are /livez, /readyz and /metrics\n")
    return _assemble(status, kind, body, head=words[0] == b"HEAD")


def _assemble(status: int, kind: str, body: bytes, *, head: bool = False) -> bytes:
    lines = (
        f"HTTP/1.0 {status} {_PHRASES[status]}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode() + (b"" if head else body)
