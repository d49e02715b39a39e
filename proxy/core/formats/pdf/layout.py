"""What stands around a value on a page: the label to the left of it, the heading above."""

from __future__ import annotations

from proxy.core.formats.base import Locator
from proxy.core.formats.pdf.sight import Sight
from proxy.core.formats.plain import Plain


class PageText(Plain):
    """The text of a page: prose, where labels may stand elsewhere than before their values."""

    __slots__ = ("_page", "_text")

    def __init__(self, page: Sight, text: str) -> None:
        super().__init__()
        self._page = page
        self._text = text

    def locator(self, source: bytes) -> Locator:
        return super().locator(source)
