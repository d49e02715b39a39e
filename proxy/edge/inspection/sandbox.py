"""What a process that reads hostile documents gives up before it reads the first one.

Two steps: `enter` for an inspector, once it has loaded all that is trusted, and `confine` for the child of it that
reads one document. Where a kernel refuses a guard the others hold, and `enter` says which are missing.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from proxy.edge.inspection import landlock, seccomp
from proxy.edge.inspection.standing import CAP_SYS_NICE, may_come_back

GUARDS = ("rights", "files", "calls")
"""What `enter` may find missing: no new privileges and no capabilities (prctl, capset), no file but the program's own
(Landlock), neither network nor other programs nor writing (seccomp)."""
NICE = 5
"""How far inspectors of documents stand back behind workers: a request of a kilobyte shall not wait for a scan's OCR,
and on a busy machine a scan shall not wait for ever."""

OPEN_FILES = 64
"""Descriptors an inspector may open beyond those it has."""
_SYSTEM = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share", "/usr/local/lib", "/etc/ld.so.cache", "/etc/localtime",
    "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu", "/dev/null", "/dev/urandom",
)  # fmt: skip
_KEPT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPYCACHEPREFIX",
    "LD_LIBRARY_PATH",
)
# big pieces go back to the system when they are freed: a picture of 100 MB is gone with its message
_MALLOC = {"MALLOC_MMAP_THRESHOLD_": "4194304", "MALLOC_TRIM_THRESHOLD_": "4194304", "MALLOC_ARENA_MAX": "1"}
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
_SET_PDEATHSIG, _SET_DUMPABLE, _SET_NO_NEW_PRIVS = 1, 4, 38
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITIES_V3 = 0x20080522


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """What an inspector gets of a worker's environment: nothing that configures, or lets in. One thread a process: a
    process with more cannot be forked safely, and cores are for flows."""
    return {name: ours[name] for name in _KEPT if name in ours} | dict.fromkeys(_ONE_THREAD, "1") | _MALLOC


def stand_back(nice: int) -> bool:
    """Let others go first, and die with the parent; whether it may be made to yield to all (`standing`)."""
    may = nice > 0 and may_come_back(nice)
    with suppress(OSError, AttributeError):
        os.nice(nice)
    with suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    die_with_parent(os.getppid())
    return may


def die_with_parent(parent: int) -> None:
    """Be killed when the parent, whose process id is given, ends: a document that hangs holds no memory then."""
    _prctl(_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the kernel knew
        os._exit(1)


def outlive_parent() -> None:
    """Take `die_with_parent` back."""
    _prctl(_SET_PDEATHSIG, 0)


def enter(readable: Iterable[Path] = (), *, sets_priorities: bool = False) -> tuple[str, ...]:
    """Give up for good what no inspector needs; the guards of `GUARDS` that this kernel does not have.

    `readable` may be read beside Python, its packages and the system's libraries. Files still to be written, and
    sockets still to be opened, must be so before. Of the powers of root, one that `sets_priorities` keeps that for
    itself (`standing`).
    """
    files = OPEN_FILES + _last_open()
    for limit, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, files)):
        _lower(limit, most)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond the limit is an error, not the end
    _prctl(_SET_DUMPABLE, 0)  # no other process may look into this one
    held = {
        "rights": _prctl(_SET_NO_NEW_PRIVS, 1) and _drop_capabilities(sets_priorities << CAP_SYS_NICE),
        "files": landlock.restrict((*_program(), *readable)),
        "calls": seccomp.give_up(alone=False),
    }
    return tuple(guard for guard in GUARDS if not held[guard])


def _last_open() -> int:
    """The highest descriptor in use: the limit is on their numbers, and whoever forked this process may have many."""
    try:
        return max((int(each.name) for each in Path("/proc/self/fd").iterdir()), default=0)
    except OSError:
        return 0


def confine(parent: int, memory: int) -> None:
    """Give up the rest: for a child that reads one document. It dies with its parent, may take `memory` bytes of data
    in all (`Gauge.data_bytes` says what it has), and starts and signals nothing."""
    die_with_parent(parent)
    _lower(resource.RLIMIT_DATA, memory)
    _drop_capabilities()
    seccomp.give_up(alone=True)


def trim() -> None:
    """Give memory that is free, but still held, back to the system, where the C library can."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def bounded(memory: int) -> Iterator[None]:
    """Meanwhile this process may take `memory` bytes of data in all; what is asked for beyond is a MemoryError."""
    before, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (memory if most < 0 else min(memory, most), most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, most))


class Gauge:
    """What the kernel says of this process. Made before `enter`: afterwards /proc cannot be opened."""

    def __init__(self) -> None:
        self._file: int | None = None
        with suppress(OSError):
            self._file = os.open("/proc/self/status", os.O_RDONLY | os.O_CLOEXEC)

    def data_bytes(self) -> int:
        """Bytes of data, as RLIMIT_DATA counts them; 0 where the system does not say."""
        return 1024 * self._number(b"VmData:")

    def held_bytes(self) -> int:
        """Bytes of memory that is no file's; 0 where the system does not say."""
        return 1024 * self._number(b"RssAnon:")

    def threads(self) -> int:
        """How many threads there are; 0 where the system does not say."""
        return self._number(b"Threads:")

    def _number(self, key: bytes) -> int:
        if self._file is None:
            return 0
        _, _, after = os.pread(self._file, 16_384, 0).partition(b"\n" + key)
        return int((after.split(None, 1) or [b"0"])[0])


def _program() -> Iterable[Path]:
    """Where Python, its packages and this program lie. ATTACK: not the working directory: the gate's keys are there."""
    yield from map(Path, _SYSTEM)
    yield from (Path(prefix) / "lib" for prefix in {sys.prefix, sys.base_prefix})
    yield from map(Path, sysconfig.get_paths().values())
    yield from (Path(__file__).parents[2], Path(__file__).parents[3] / "detectors")


def _lower(limit: int, most: int) -> None:
    """Lower a limit for good. macOS refuses some."""
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(limit)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (least, least))


def _prctl(option: int, value: int) -> bool:
    if sys.platform != "linux":
        return False
    zero = ctypes.c_ulong(0)
    done = ctypes.CDLL(None).prctl(ctypes.c_int(option), ctypes.c_ulong(value), zero, zero, zero)
    return bool(done == 0)


def _drop_capabilities(kept: int = 0) -> bool:
    """Root without the powers of root, but for those `kept`, a bit each, where this process has them."""
    number = _CAPSET.get(os.uname().machine)
    if number is None:
        return False
    head = (ctypes.c_uint32 * 2)(_CAPABILITIES_V3, 0)
    powers = (ctypes.c_uint32 * 6)(kept, kept)  # effective, permitted, inheritable, each in two words
    done = seccomp.system_call(number, ctypes.byref(head), ctypes.byref(powers)) == 0
    return done or (kept > 0 and _drop_capabilities())
