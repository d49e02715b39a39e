"""The models that see text: PP-OCRv6 small (detection, recognition) and the direction classifier of PP-OCRv2.

They come inside the wheel of rapidocr, and are run here rather than through its classes: those keep neither the
characters' places in tilted lines nor memory within bounds, and would fetch a model that is missing. They are run by
this process, or by another one that it asks.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:  # a process that asks another needs neither
    import onnxruntime

    from proxy.core.formats.images.quads import Floats, Pixels

_DETECTOR, _RECOGNIZER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
_CLASSIFIER = "ch_ppocr_mobile_v2.0_cls_mobile.onnx"
CLASSIFIED = 192
"""Pixels of a line by which it is told whether it stands on its head."""
_QUESTION = struct.Struct(">BII")
_MOST_PIXELS = 1 << 20
Ask = Callable[[bytes], bytearray]

_elsewhere: list[Ask] = []
_alone: list[bool] = []


def ask(elsewhere: Ask) -> None:
    """Run no model in this process from now on: `elsewhere` answers questions as `answer` does."""
    _elsewhere[:] = [elsewhere]


def alone() -> None:
    """Say that this process does nothing but `answer`: it may reckon as it likes, and as is fastest."""
    _alone[:] = [True]


def probable(pixels: Pixels) -> Floats:
    """How likely each pixel belongs to text: height x width, from 0 to 1. Both are multiples of 32."""
    return _asked(0, pixels).reshape(pixels.shape[:2])


def steps(strip: Pixels) -> tuple[Floats, Floats]:
    """Which sign of the `alphabet` is likeliest at each step along a line 48 pixels high, and how likely it is."""
    best, likely = _asked(1, strip).reshape(2, -1)
    return best, likely


def inclination(strip: Pixels) -> float:
    """Whether a line 48 pixels high stands on its head: from -1 for upright to 1."""
    return float(_asked(2, strip[:, :CLASSIFIED])[0])


@cache
def alphabet() -> tuple[str, ...]:
    """The signs of `steps`, in order. The first is none."""
    told = _elsewhere[0](_QUESTION.pack(len(_RUN), 0, 0)).decode() if _elsewhere else _signs()
    return ("", *told.split("\n"), " ")


def answer(question: bytes) -> bytes:
    """What the process that has the models says to one that asks it. Raises ValueError, or whatever a model does."""
    if len(question) < _QUESTION.size:
        raise ValueError("no question")
    number, height, width = _QUESTION.unpack_from(question)
    if number == len(_RUN):
        return _signs().encode()
    if height * width > _MOST_PIXELS:
        raise ValueError("too large")
    pixels = np.frombuffer(question, np.uint8, offset=_QUESTION.size).reshape(height, width, 3)
    return _RUN[number](pixels).tobytes()


def _asked(number: int, pixels: Pixels) -> Floats:
    if not _elsewhere:
        return _RUN[number](pixels)
    told = _elsewhere[0](_QUESTION.pack(number, *pixels.shape[:2]) + pixels.tobytes())
    return np.frombuffer(told, np.float32)


def _probable(pixels: Pixels) -> Floats:
    likely: Floats = _run(_DETECTOR, _normal(pixels))
    return likely.ravel()


def _steps(strip: Pixels) -> Floats:
    likely = _run(_RECOGNIZER, _normal(strip))[0]
    return np.stack((likely.argmax(1), likely.max(1))).astype(np.float32)


def _inclination(strip: Pixels) -> Floats:
    batch = np.zeros((1, 3, strip.shape[0], CLASSIFIED), np.float32)
    seen = _normal(strip)
    batch[..., : seen.shape[-1]] = seen
    upright, turned = _run(_CLASSIFIER, batch)[0]
    return np.array([turned - upright], np.float32)


_RUN: Mapping[int, Callable[[Pixels], Floats]] = {0: _probable, 1: _steps, 2: _inclination}


def _signs() -> str:
    meta: Mapping[str, str] = session(_RECOGNIZER).get_modelmeta().custom_metadata_map
    return "\n".join(meta["character"].splitlines())


@cache
def session(model: str) -> onnxruntime.InferenceSession:
    """A model, loaded once."""
    import onnxruntime as ort  # noqa: PLC0415 - 25 MB that only pictures are worth

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # it would keep a plan of memory for every width there is
    if _alone:
        # a processor takes eighty times as long with numbers as small as some in the detector; others may need them
        options.add_session_config_entry("session.set_denormal_as_zero", "1")
    options.log_severity_level = 4
    return ort.InferenceSession(str(_folder() / model), options, providers=["CPUExecutionProvider"])


def _folder() -> Path:
    found = find_spec("rapidocr")  # to import it would take half a second, and 20 MB
    if found is None or found.origin is None:
        raise FileNotFoundError("rapidocr")
    return Path(found.origin).parent / "models"


def _run(model: str, batch: Floats) -> Any:  # noqa: ANN401 - the library says no more
    loaded = session(model)
    return loaded.run(None, {loaded.get_inputs()[0].name: batch}, _giving_back())[0]


@cache
def _giving_back() -> onnxruntime.RunOptions:
    """How to run a model: what memory it took goes back when it is done."""
    import onnxruntime as ort  # noqa: PLC0415

    options = ort.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


def _normal(pixels: Pixels) -> Floats:
    """Channels first, blue first, from -1 to 1: as the models were taught."""
    return (pixels[:, :, ::-1].transpose(2, 0, 1).astype(np.float32) / 127.5 - 1)[np.newaxis]
