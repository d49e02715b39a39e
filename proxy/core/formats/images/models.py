"""The models that see text: PP-OCRv6 small (detection, recognition) and the direction classifier of PP-OCRv2.

They come inside the wheel of rapidocr, and are run here rather than through its classes: those keep neither the
characters' places in tilted lines nor memory within bounds, and would fetch a model that is missing.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime as ort
import rapidocr

from proxy.core.formats.images.quads import Floats, Pixels

_MODELS = Path(rapidocr.__file__).parent / "models"
_DETECTOR, _RECOGNIZER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
_CLASSIFIER = "ch_ppocr_mobile_v2.0_cls_mobile.onnx"
CLASSIFIED = 192
"""Pixels of a line by which it is told whether it stands on its head."""


def probable(pixels: Pixels) -> Floats:
    """How likely each pixel belongs to text: height x width, from 0 to 1. Both are multiples of 32."""
    likely: Floats = _run(_DETECTOR, _normal(pixels))[0, 0]
    return likely


def steps(strip: Pixels) -> Floats:
    """How likely each sign of the `alphabet` is at each step along a line 48 pixels high: steps x signs."""
    likely: Floats = _run(_RECOGNIZER, _normal(strip))[0]
    return likely


def inclination(strip: Pixels) -> float:
    """Whether a line 48 pixels high stands on its head: from -1 for upright to 1."""
    batch = np.zeros((1, 3, strip.shape[0], CLASSIFIED), np.float32)
    seen = _normal(strip)[..., :CLASSIFIED]
    batch[..., : seen.shape[-1]] = seen
    upright, turned = _run(_CLASSIFIER, batch)[0]
    return float(turned - upright)


@cache
def alphabet() -> tuple[str, ...]:
    """The signs of `steps`, in order. The first is none."""
    meta = session(_RECOGNIZER).get_modelmeta().custom_metadata_map
    return ("", *meta["character"].splitlines(), " ")


@cache
def session(model: str) -> ort.InferenceSession:
    """A model, loaded once."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False  # memory goes back after each picture
    options.log_severity_level = 4
    # the next level would turn the layout of all weights: as fast, and a quarter more memory
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    return ort.InferenceSession(str(_MODELS / model), options, providers=["CPUExecutionProvider"])


def _run(model: str, batch: Floats) -> Floats:
    loaded = session(model)
    result: Floats = loaded.run(None, {loaded.get_inputs()[0].name: batch})[0]
    return result


def _normal(pixels: Pixels) -> Floats:
    """Channels first, blue first, from -1 to 1: as the models were taught."""
    return (pixels[:, :, ::-1].transpose(2, 0, 1).astype(np.float32) / 127.5 - 1)[np.newaxis]
