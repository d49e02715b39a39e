"""The one way the core says no."""

from __future__ import annotations

from proxy.core.message import Cause


class Unscannable(Exception):  # noqa: N818 - the laws call it so: bytes that cannot be scanned, not a mistake
    """Bytes that cannot be read, or a message that cannot be rewritten.

    Carries the cause and nothing else: library errors quote their input, so raise it `from None`.
    """

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.value)
        self.cause = cause
