"""Documents are opened beside the scan: a reader that breaks down costs one file, and nothing else."""

import io
import os
import resource
import socket
import sys
import zipfile
from dataclasses import dataclass, replace

import pytest

from proxy.cli.reader import Reader
from proxy.core.limits import Limits
from proxy.core.message import Cause, Verdict
from tests.proxy.core.gate import RIC, LogAll, causes, engine, message

TEXTS, DOCUMENTS = engine(LogAll(), limits=replace(Limits(), documents=False)), engine(LogAll())
BREAKS = b"breaks its reader"
linux = pytest.mark.skipif(sys.platform != "linux", reason="only there documents have a process of their own")


@dataclass
class Curious:
    """An engine that tries what a parser that was taken over would try, and says what it got."""

    def inspect(self, sent) -> Verdict:
        verdict = DOCUMENTS.inspect(sent)
        got = []
        for name, attempt in (
            ("network", lambda: socket.socket().connect(("127.0.0.1", 9))),
            ("programs", lambda: os.posix_spawn("/bin/true", ["true"], {})),
            ("files", lambda: os.close(os.open("/etc/passwd", os.O_RDONLY))),
            ("writing", lambda: os.close(os.open("/dev/shm/egress-reader", os.O_CREAT | os.O_WRONLY))),
        ):
            try:
                attempt()
            except PermissionError:
                continue
            got.append(name)
        if resource.getrlimit(resource.RLIMIT_DATA)[0] == resource.RLIM_INFINITY:
            got.append("memory")
        return replace(verdict, rules=tuple(got))


@dataclass
class Fragile:
    """An engine whose process aborts, as foreign code does."""

    def inspect(self, sent) -> Verdict:
        if BREAKS in sent.body:
            os.abort()
        return DOCUMENTS.inspect(sent)


def zipped(text):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.txt", text)
    return held.getvalue()


def test_documents_and_texts_give_the_findings_they_give_anywhere():
    with Reader(TEXTS, DOCUMENTS) as reader:
        for body in (zipped(f"id {RIC}"), f"id {RIC}".encode(), b"nothing"):
            assert reader.inspect(message(body)) == DOCUMENTS.inspect(message(body))
            assert not reader.died


@linux
def test_a_reader_that_aborts_leaves_its_document_unread_and_the_next_is_read():
    with Reader(TEXTS, Fragile()) as reader:
        assert causes(reader.inspect(message(zipped(BREAKS)))) == {Cause.DECODE_ERROR}
        assert reader.died
        assert [found.entity for found in reader.inspect(message(zipped(RIC))).findings] == ["CN_RESIDENT_ID"]
        assert not reader.died


@linux
def test_a_reader_may_read_and_nothing_else():
    with Reader(TEXTS, Curious()) as reader:
        verdict = reader.inspect(message(zipped(RIC)))
    assert [found.entity for found in verdict.findings] == ["CN_RESIDENT_ID"]
    assert not set(verdict.rules) - {"files"}  # a kernel may have no Landlock
