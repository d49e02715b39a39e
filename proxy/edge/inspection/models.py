"""Models run in processes of their own, one for names and one for pictures: an inspector and its children ask them, and
hold none.

Each is forked before the inspector has loaded anything, and loads its model when it is first asked. What asks may be a
child that is ended in the middle of a word: every packet says to which question it belongs, and either side drops what
belongs to another. ATTACK: a document may have taken over what asks, so nothing it says becomes code.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import struct
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from proxy.edge.inspection import sandbox
from proxy.edge.processes.memory import call_process

DATA_BYTES = 512 * 1024 * 1024
"""What such a process may take."""
KEPT_BYTES = 192 * 1024 * 1024
"""What it may hold on to, pages of files not counted; then it is replaced."""
QUESTION_BYTES = 8 * 1024 * 1024
"""More than that is no question."""

_PACKET = struct.Struct(">QI")  # which question, and how long all of what is said is
_PIECE = 64 * 1024
_ANSWERED, _BROKEN = b"\1", b"\0"

Answer = Callable[[bytes], bytes]


class Model(NamedTuple):
    """A process that runs models: what to ask it by, and its id."""

    line: int
    process: int

    def ask(self, question: bytes) -> bytearray:
        """Its answer. Raises RuntimeError where it is gone, or broke on the question."""
        try:
            said = self._told(question)
        except OSError:
            raise RuntimeError("the models are gone") from None
        if said[:1] != _ANSWERED:
            raise RuntimeError("the models are gone, or broke on this question")
        del said[:1]
        return said

    def _told(self, question: bytes) -> bytearray:
        number = int.from_bytes(os.urandom(8))
        pieces = deque(_packets(number, question))
        said, size = bytearray(), -1
        ready = select.poll()
        while len(said) != size:
            # what was said to a child that is gone stands in the way of what we say
            ready.register(self.line, select.POLLIN | (select.POLLOUT if pieces else 0))
            ((_, event),) = ready.poll()
            if not event & select.POLLOUT or event & select.POLLIN:
                packet = os.read(self.line, _PACKET.size + _PIECE)
                if len(packet) < _PACKET.size:
                    break
                about, total = _PACKET.unpack_from(packet)
                if about == number:
                    said += packet[_PACKET.size :]
                    size = total
            else:
                os.write(self.line, pieces.popleft())
        return said


class Models(NamedTuple):
    """What an inspector asks; where there is none, it loads models itself."""

    names: Model | None = None
    pictures: Model | None = None

    @property
    def lines(self) -> list[int]:
        """The descriptors its children need."""
        return [each.line for each in self if each]

    def use(self) -> None:
        """Have this process and its children ask them."""
        if self.names:
            from detectors.names import elsewhere  # noqa: PLC0415 - nothing is loaded before they are started

            elsewhere.ask(self._reader)
        if self.pictures:
            from proxy.core.formats.images import models  # noqa: PLC0415

            models.ask(self.pictures.ask)

    def _reader(self, language: str) -> Callable[[Sequence[str]], list[list[tuple[int, int]]]]:
        assert self.names is not None  # noqa: S101 - for the type checker
        names = self.names

        def read(sentences: Sequence[str]) -> list[list[tuple[int, int]]]:
            question = json.dumps((language, list(sentences))).encode()
            return [[(start, end) for start, end in spans] for spans in json.loads(names.ask(question))]

        return read

    def gone(self) -> bool:
        """Whether one of them has ended: its inspector had better be replaced."""
        try:
            return any(os.waitpid(each.process, os.WNOHANG)[0] for each in self if each)
        except ChildProcessError:
            return True


def started(*, documents: bool) -> Models:
    """Fork them, for an inspector of documents or of texts. Before anything is loaded, and before there are threads."""
    if sys.platform != "linux":
        return Models()
    names = _started(_names, "egress-names", documents=documents)
    return Models(names, _started(_pictures, "egress-pictures", documents=documents) if documents else None)


def _started(maker: Callable[[], Answer], called: str, *, documents: bool) -> Model:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    parent = os.getpid()
    process = os.fork()
    if process:
        theirs.close()
        return Model(ours.detach(), process)
    try:
        ours.close()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        nowhere = os.open(os.devnull, os.O_RDWR)
        line = theirs.fileno()
        for each in (0, 1, 2):  # the line to the worker; and what a library prints may quote what it reads (law 3)
            os.dup2(nowhere, each)
        os.closerange(3, line)
        os.closerange(line + 1, 1 << 16)
        call_process(called)
        sandbox.stand_back(sandbox.NICE if documents else 0)
        gauge = sandbox.Gauge()
        sandbox.enter()
        sandbox.confine(parent, DATA_BYTES)
        serve(line, maker(), gauge.held_bytes)
    finally:
        os._exit(0)


def serve(line: int, answer: Answer, held: Callable[[], int]) -> None:
    """Answer questions until there are none, or more is `held` for good than models are worth."""
    number, question = -1, bytearray()
    while packet := os.read(line, _PACKET.size + _PIECE):
        if len(packet) < _PACKET.size:
            continue
        about, size = _PACKET.unpack_from(packet)
        if about != number:
            number, question = about, bytearray()
        question += packet[_PACKET.size :]
        if len(question) > QUESTION_BYTES:
            question.clear()
        if len(question) != size:
            continue
        try:
            said = _ANSWERED + answer(bytes(question))
        except Exception:  # noqa: BLE001 - its words may quote what was asked
            said = _BROKEN
        question.clear()
        for piece in _packets(number, said):
            os.write(line, piece)
        if held() > KEPT_BYTES // 2:
            sandbox.trim()
            if held() > KEPT_BYTES:
                return


def _packets(number: int, data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), _PIECE):
        yield _PACKET.pack(number, len(data)) + data[at : at + _PIECE]


def _names() -> Answer:
    @cache
    def persons(language: str) -> Callable[[Sequence[str]], list[list[tuple[int, int]]]]:
        from detectors.names import english, han  # noqa: PLC0415 - loaded by the first question

        return {"han": han.persons, "english": english.persons}[language]()

    def answer(question: bytes) -> bytes:
        language, sentences = json.loads(question)
        return json.dumps(persons(language)(sentences)).encode()

    return answer


def _pictures() -> Answer:
    def answer(question: bytes) -> bytes:
        from proxy.core.formats.images import models  # noqa: PLC0415 - loaded by the first question

        models.alone()
        return models.answer(question)

    return answer
