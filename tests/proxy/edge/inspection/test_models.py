"""Models in processes of their own: they say what a model says here, whoever was ended in the middle of a word."""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.formats.images import models as images
from proxy.edge.inspection import models
from proxy.edge.inspection.models import Model, Models

linux = pytest.mark.skipif(sys.platform != "linux", reason="inspectors have such processes on Linux")


@contextmanager
def answering(answer, held=lambda: 0):
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def run():
        with theirs:
            models.serve(theirs.fileno(), answer, held)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    with ours:
        yield Model(ours.fileno(), 0)
        ours.shutdown(socket.SHUT_RDWR)
    thread.join()


def reversed_(question):
    if question == b"break":
        raise ValueError(question)
    return question[::-1]


@pytest.fixture(scope="module")
def mirror():
    with answering(reversed_) as model:
        yield model


@linux
@given(st.binary(min_size=1, max_size=300), st.lists(st.binary(min_size=12, max_size=40), max_size=4))
def test_what_others_left_half_said_does_not_touch_an_answer(mirror, question, left):
    for packet in left:
        os.write(mirror.line, packet)
    assert mirror.ask(question) == question[::-1]


@linux
def test_what_was_answered_to_one_that_is_gone_does_not_stand_in_the_way(mirror):
    question = bytes(1_000_000)
    number = iter(range(100))
    for _ in range(3):
        about = next(number)
        for packet in models._packets(about, question[:80_000]):
            os.write(mirror.line, packet)
    assert mirror.ask(question + b"!") == b"!" + question


@linux
def test_a_question_it_breaks_on_is_not_quoted_and_the_next_one_is_answered(mirror):
    with pytest.raises(RuntimeError) as raised:
        mirror.ask(b"break")
    assert "break\n" not in str(raised.value)
    assert mirror.ask(b"ab") == b"ba"


@linux
def test_one_that_is_gone_is_an_error():
    with answering(reversed_, lambda: models.KEPT_BYTES + 1) as model:
        assert model.ask(b"ab") == b"ba"  # and it ends, for it holds on to too much
        with pytest.raises(RuntimeError):
            model.ask(b"ab")


@linux
def test_a_process_that_has_ended_is_noticed():
    started = models.started(documents=False)
    assert not started.gone()
    os.kill(started.names.process, signal.SIGKILL)
    os.waitid(os.P_PID, started.names.process, os.WEXITED | os.WNOWAIT)
    assert started.gone()
    os.close(started.names.line)


ASKING = """
import sys
from proxy.edge.inspection import models

started = models.started(documents=True)
started.use()
from detectors.api import Allowance
from detectors.names import finders
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from proxy.core.formats.images import ocr

text = "昨天下午王建国和李晓华在会议上讨论了合作的事情。 Yesterday we met with John Smith at the office.".encode()
for finder in finders():
    hits = finder.find(text, (), lambda _: [], b"", Allowance(1 << 20))
    print(*sorted({text[hit.start : hit.end].decode() for hit in hits}))
image = Image.new("RGB", (400, 60), "white")
ImageDraw.Draw(image).text((10, 10), "ORDER 4711", fill=0, font=ImageFont.load_default(30))
for line in ocr.lines(np.asarray(image), lambda _: True).lines:
    print(line.text)
print(sorted({"onnxruntime", "spacy", "rapidocr"} & set(sys.modules)))
"""


@linux
def test_what_asks_reads_names_and_pictures_and_holds_no_model():
    done = subprocess.run([sys.executable, "-c", ASKING], capture_output=True, check=True)
    assert done.stdout.decode().splitlines() == ["李晓华 王建国", "John Smith", "ORDER 4711", "[]"]


def test_pictures_are_seen_alike_by_either_process(monkeypatch):
    pixels = np.random.default_rng(3).integers(0, 255, (64, 96, 3), np.uint8)
    here = images.probable(pixels), *images.steps(pixels[:48]), images.inclination(pixels[:48])
    alphabet = images.alphabet()
    images.alphabet.cache_clear()
    monkeypatch.setattr(images, "_elsewhere", [lambda question: bytearray(images_apart(question))])

    def images_apart(question):
        monkeypatch.setattr(images, "_elsewhere", [])
        try:
            return images.answer(question)
        finally:
            monkeypatch.setattr(images, "_elsewhere", asked)

    asked = images._elsewhere
    there = images.probable(pixels), *images.steps(pixels[:48]), images.inclination(pixels[:48])
    assert all(np.array_equal(one, other) for one, other in zip(here, there, strict=True))
    assert images.alphabet() == alphabet


@pytest.mark.parametrize("question", [b"", b"\0", b"\7" + bytes(8), b"\0" + b"\xff" * 8, b"\0\0\0\0\1\0\0\0\1"])
def test_what_is_no_question_about_pixels_is_refused(question):
    with pytest.raises((ValueError, KeyError)):
        images.answer(question)


def test_nobody_is_asked_where_there_is_nobody():
    assert Models().lines == []
    assert not Models().gone()
