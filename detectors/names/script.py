"""Traditional characters to simplified, one for one, so that every offset stays what it was."""

from __future__ import annotations

import opencc


def _table() -> dict[int, int]:
    """CJK Unified Ideographs and Extension A. A line a character: conversion by phrase cannot reach across."""
    characters = [chr(code) for code in range(0x3400, 0xA000)]
    simplified = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    return {ord(old): ord(new) for old, new in zip(characters, simplified, strict=True) if old != new and len(new) == 1}


_SIMPLIFIED = _table()


def simplify(text: str) -> str:
    """The text in Simplified script; as long as it was. Tables: OpenCC `t2s`."""
    return text.translate(_SIMPLIFIED)
