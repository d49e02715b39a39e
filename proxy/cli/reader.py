"""A process that opens documents for `egress scan`: what one does to its reader does not end the scan."""

from __future__ import annotations

import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Self

from proxy.core.budget import DOCUMENTS
from proxy.core.engine import Engine, refused
from proxy.core.message import Cause, Message, Verdict
from proxy.edge.inspection import sandbox

_MEMORY = 1 << 30
"""Bytes of data that the child may take beside what it was started with: models, and a document with its findings."""
_engine: Engine | None = None  # a child's own


class Reader:
    """Inspects texts here, and documents in a child that is started when there are some, and again when it died.

    ATTACK: a parser of documents may abort the process on a damaged file, which nothing in it can catch.
    """

    def __init__(self, texts: Engine, documents: Engine) -> None:
        """`texts` is an engine whose limits leave documents to others, `documents` one that opens them."""
        self._texts = texts
        self._documents = documents
        self._pool: ProcessPoolExecutor | None = None
        self.died = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def inspect(self, message: Message) -> Verdict:
        """The verdict on a message. Where its reader died, `died` is True, and the verdict says that it is unread."""
        self.died = False
        verdict = self._texts.inspect(message)
        if DOCUMENTS not in verdict.skipped:
            return verdict
        if sys.platform != "linux":  # elsewhere a fork may not use what its parent loaded
            return self._documents.inspect(message)
        if self._pool is None:
            forked = multiprocessing.get_context("fork")
            self._pool = ProcessPoolExecutor(1, forked, initializer=_begin, initargs=(self._documents, os.getpid()))
        try:
            with warnings.catch_warnings(action="ignore"):  # onnxruntime keeps a thread that sleeps and holds nothing
                answer = _submitted(self._pool, message)
            return answer.result()
        except BrokenProcessPool:
            self.__exit__()
            self.died = True
            return refused(message, Cause.DECODE_ERROR)


def _submitted(pool: ProcessPoolExecutor, message: Message) -> Future[Verdict]:
    read: Callable[[Message], Verdict] = _read
    return pool.submit(read, message)


def _begin(engine: Engine, parent: int) -> None:
    """Give up what reading a document needs not: the network, other programs, writing, other files, memory for bombs.
    ATTACK: whoever sends a file that a parser breaks on must not reach what the one who scans it may reach."""
    global _engine  # noqa: PLW0603 - how a pool hands its workers what cannot be sent
    _engine = engine
    gauge = sandbox.Gauge()
    sandbox.enter()
    sandbox.confine(parent, gauge.data_bytes() + _MEMORY)


def _read(message: Message) -> Verdict:
    assert _engine is not None  # noqa: S101 - `_begin` ran before
    return _engine.inspect(message)
