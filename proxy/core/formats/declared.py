"""Whether bytes are of the type they are said to be, by their Content-Type and by the suffix of their file name.

A lie hides nothing here, for what bytes are is told by the bytes; but it is told to somebody, and a policy may mind.
"""

from __future__ import annotations

from functools import lru_cache

import puremagic

from proxy.core.formats.base import Source

_SUFFIXES = {
    suffix: family
    for family, suffixes in {
        "text": "txt csv tsv json ndjson jsonl xml html htm md log sql yaml yml js css svg ini toml eml vcf ics"
        " fods fodt fodp",
        "zip": "zip docx xlsx pptx docm xlsm pptm odt ods odp epub jar apk",
        "image": "png jpg jpeg gif webp tif tiff bmp heic heif avif",
        "pdf": "pdf",
        "gzip": "gz tgz",
        "7z": "7z",
        "tar": "tar",
        "ole": "doc xls ppt msg",
        "media": "mp3 mp4 m4a m4v mov avi mkv webm wav flac ogg",
        "rtf": "rtf",
        "sqlite": "sqlite sqlite3 db3",
    }.items()
    for suffix in suffixes.split()
}
_TYPES = (
    ("image/svg", "text"),
    ("image/", "image"),
    ("audio/", "media"),
    ("video/", "media"),
    ("text/rtf", "rtf"),
    ("text/", "text"),
    ("application/rtf", "rtf"),
    ("application/pdf", "pdf"),
    ("application/json", "text"),
    ("application/xml", "text"),
    ("application/x-www-form-urlencoded", "text"),
    ("application/javascript", "text"),
    ("application/graphql", "text"),
    ("application/x-ndjson", "text"),
    ("application/zip", "zip"),
    ("application/epub+zip", "zip"),
    ("application/vnd.openxmlformats-", "zip"),
    ("application/vnd.oasis.opendocument", "zip"),
    ("application/gzip", "gzip"),
    ("application/x-gzip", "gzip"),
    ("application/x-7z-compressed", "7z"),
    ("application/x-tar", "tar"),
    ("application/vnd.sqlite3", "sqlite"),
)
_SNIFFED = 4096


def family_of(declared: str) -> str:
    """The family of a media type, or nothing where it says nothing that bytes could contradict."""
    if declared.endswith(("+json", "+xml", "-flat-xml")):
        return "text"
    return next((family for start, family in _TYPES if declared.startswith(start)), "")


@lru_cache(maxsize=1024)
def _told(content_type: bytes, file: str) -> frozenset[str]:
    said = family_of(content_type.partition(b";")[0].strip().lower().decode("latin-1"))
    named = _SUFFIXES.get(file.rpartition(".")[2].lower(), "") if "." in file else ""
    return frozenset((said, named)) - {""}


def is_text(content_type: bytes, file: str) -> bool:
    """Whether neither the declared type nor the suffix of the name contradicts a text."""
    return _told(content_type[:256], file[-16:]) <= {"text"}


def contradicted(source: Source, families: frozenset[str], data: bytes) -> bool:
    """Whether the declared type, or the suffix of the name, is none of the families that bytes are of. Bytes of no
    family that is opened here are looked up by their magic numbers."""
    told = _told(source.content_type[:256], source.file[-16:])
    if told <= families:
        return False
    actual = families or _guessed(data)
    # what nothing knows contradicts text alone, for text would have been read
    return bool(told - actual) if actual else "text" in told


def _guessed(data: bytes) -> frozenset[str]:
    try:
        found = puremagic.magic_string(data[:_SNIFFED])
    except (puremagic.PureError, ValueError):
        return frozenset()
    named = {family_of(match.mime_type) or match.mime_type for match in found if match.confidence >= 0.5}
    return frozenset(named - {"", "text", "application/octet-stream"})
