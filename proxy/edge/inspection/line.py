"""The line between a worker and an inspector, which is the inspector's standard input and output.

Requests are `lengths, seconds, pickle, body` from the worker, which is trusted; answers `length, status, bytes`, which
are not (`wire`).
"""

from __future__ import annotations

import asyncio
import pickle
import struct
from enum import IntEnum

from proxy.core.message import Message
from proxy.core.windows.windower import REACH, WINDOW

REQUEST = struct.Struct(">IIf")
"""Bytes of a pickle that follow, bytes of a body behind it (left out of the pickle, to be copied once less), and the
seconds the inspection may take; 0 asks for it to be done in place."""
ANSWER = struct.Struct(">IB")
"""Bytes that follow, and a `Status`."""
ANSWER_BYTES = 512 * 1024 * 1024
"""More than that is no answer."""

SHORT_BYTES = WINDOW * REACH
"""A text of more is no window, and one whose reader had better end with it."""

Process = asyncio.subprocess.Process


class Status(IntEnum):
    """How an inspection ended."""

    VERDICT = 0
    LATE = 1
    DIED = 2
    WORN = 3
    """With a verdict, or none where it is late, from an inspector that holds on to too much to go on."""


def is_short(message: Message) -> bool:
    """Whether the inspector of texts reads a message itself, and makes no child for it."""
    coded = any(name.lower() == b"content-encoding" for name, _ in message.headers)
    return not coded and len(message.body) <= SHORT_BYTES


async def write(process: Process, seconds: float, what: object, body: bytes) -> None:
    """Send an inspector a request; `what` is pickled. Raises OSError."""
    if process.stdin is None:
        raise BrokenPipeError
    frame = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
    process.stdin.write(REQUEST.pack(len(frame), len(body), seconds) + frame)
    process.stdin.write(body)
    await process.stdin.drain()


async def read(process: Process) -> tuple[int, bytes]:
    """Its answer, which is not to be trusted: a status and bytes. Raises OSError, EOFError."""
    if process.stdout is None:
        raise BrokenPipeError
    size, status = ANSWER.unpack(await process.stdout.readexactly(ANSWER.size))
    if size > ANSWER_BYTES:
        raise EOFError
    return status, await process.stdout.readexactly(size)
