"""Names of ZIP members: UTF-8 where a flag or a field says so. What has neither is in the code page of the machine that
made it, which is written nowhere: cp437 by the letter, GBK or Big5 from Chinese Windows, UTF-8 from macOS.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from proxy.core import charsets
from proxy.core.formats.archives.zip_records import UTF8, fields

_UNICODE_PATH = 0x7075  # APPNOTE 4.6.9: a version, the CRC of the name it goes with, the name in UTF-8
_SAMPLE = 64 << 10


def decoded(names: Sequence[tuple[int, bytes, bytes]]) -> list[str]:
    """Names as a person reads them, from each one's flags, bytes and extra field."""
    unknown = [name for flags, name, _ in names if not flags & UTF8 and not name.isascii()]
    charset = _charset(b"\n".join(unknown)[:_SAMPLE]) if unknown else "utf-8"
    return [_decoded(flags, name, extra, charset) for flags, name, extra in names]


def _charset(sample: bytes) -> str:
    found = charsets.detect(sample, None)
    return found if found in ("utf-8", "gb18030", "big5hkscs") and _reads(sample, found) else "cp437"


def _reads(sample: bytes, charset: str) -> bool:
    # the sample may end inside a character
    return "�" not in sample.decode(charset, "replace")[:-2]


def _decoded(flags: int, name: bytes, extra: bytes, charset: str) -> str:
    for tag, at, end in fields(extra, (0, len(extra))):
        if tag == _UNICODE_PATH and extra[at + 1 : at + 5] == zlib.crc32(name).to_bytes(4, "little"):
            return extra[at + 5 : end].decode("utf-8", "replace")
    return name.decode("utf-8" if flags & UTF8 else charset, "replace")
