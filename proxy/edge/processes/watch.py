"""When to look at files again: as soon as the system tells of a change in their folders, and every few seconds besides.

Folders on a network tell nothing, and a folder that was replaced by another is no longer the one that is watched.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from watchfiles import awatch
from watchfiles._rust_notify import WatchfilesRustInternalError

_QUIET_MS = 200  # an editor writes in several steps: look when it is done
_LOOK_MS = 5000


async def looks(folders: Callable[[], Sequence[Path]]) -> AsyncIterator[None]:
    """Yield whenever something may have changed; `folders` is asked each time what to watch."""
    while True:
        watched = tuple(folders())
        try:
            async for _ in awatch(
                *watched, watch_filter=None, step=_QUIET_MS, rust_timeout=_LOOK_MS, yield_on_timeout=True,
                recursive=False,
            ):  # fmt: skip
                yield
                if tuple(folders()) != watched:
                    break
        except (OSError, WatchfilesRustInternalError):  # one of them is gone, or there are too many to watch
            await asyncio.sleep(_LOOK_MS / 1000)
            yield
