"""Lines that are known: only what stands where it stood, with the same strokes, says what it said."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageDraw

from proxy.core.formats.images.again import Known, Read
from proxy.core.formats.images.ocr import Line
from proxy.core.formats.images.quads import Pyramid
from tests.proxy.core.formats.images.drawn import page, reopened, saved

NUMBER = page((20, 20, "110101 199003 0744"), size=(360, 70))
QUAD = np.array([(15, 15), (340, 15), (340, 55), (15, 55)], np.float32)


def seen(image):
    return Pyramid(np.asarray(image))


def known(image):
    return Known([Read(QUAD, seen(image).strips(QUAD), Line("what it said", QUAD, 1.0, (0.5,)))])


def again(image, by=0.0):
    line = known(NUMBER).again(QUAD + np.float32(by), seen(image))
    return line and line.text


@given(st.floats(-7.5, 7.5))
def test_a_line_found_a_little_beside_its_place_is_known(by):
    assert again(NUMBER, by) == "what it said"


@pytest.mark.parametrize("quality", [30, 60, 90])
def test_a_line_is_known_that_was_coded_again(quality):
    assert known(first := reopened(saved(NUMBER, "JPEG", quality=quality))).again(
        QUAD, seen(reopened(saved(first, "JPEG", quality=quality)))
    )


@given(st.integers(0, 9), st.integers(0, 17))
def test_a_line_with_another_figure_is_not_known(figure, at):
    text = "110101 199003 0744"
    if text[at] not in (" ", str(figure)):
        assert again(page((20, 20, f"{text[:at]}{figure}{text[at + 1 :]}"), size=(360, 70))) is None


def test_a_line_that_was_painted_over_in_part_is_not_known():
    painted = NUMBER.copy()
    ImageDraw.Draw(painted).rectangle((300, 20, 305, 50), fill="black")
    assert again(painted) is None


def test_a_line_in_another_place_is_not_known():
    assert again(NUMBER, 12) is None


def test_a_line_that_became_faint_is_not_known():
    assert again(page((20, 20, "110101 199003 0744"), size=(360, 70), ink="#b0b0b0")) is None
