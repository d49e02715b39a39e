"""System calls a process gives up for good, as a classic BPF program (Linux, seccomp(2)). Reading files that are there,
memory, threads and what is open already remain; the network, programs, other processes and writing do not.

Numbers: Linux uapi, `asm/unistd_64.h` for x86_64 and `asm-generic/unistd.h` for aarch64. A call that is not in a
table goes through: the point is what an intruder would need next, not to know every call of every library.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple


class _Machine(NamedTuple):
    """What differs between processors: the audit word, seccomp's and clone's own numbers, and where a wider numbering
    of the same calls begins (x32), which would slip past the table."""

    audit: int
    seccomp: int
    column: int
    other_numbers: int = 0


_MACHINES = {"x86_64": _Machine(0xC000003E, 317, 0, 0x40000000), "aarch64": _Machine(0xC00000B7, 277, 1)}

# name: number on x86_64, number on aarch64 (None where there is no such call)
_NETWORK: Mapping[str, tuple[int | None, int | None]] = {
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242), "sendto": (44, 206), "sendmsg": (46, 211), "sendmmsg": (307, 269),
    "recvmsg": (47, 212), "recvmmsg": (299, 243),
}  # fmt: skip
# ATTACK: io_uring does what other calls do without making them
_PROCESSES: Mapping[str, tuple[int | None, int | None]] = {
    "execve": (59, 221), "execveat": (322, 281), "vfork": (58, None), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "process_madvise": (440, 440),
    "kcmp": (312, 272), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "unshare": (272, 97), "setns": (308, 268), "personality": (135, 92), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "bpf": (321, 280), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186),
    "mq_open": (240, 180), "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143),
    "setresuid": (117, 147), "setresgid": (119, 149), "setgroups": (116, 159), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
}  # fmt: skip
_FILES: Mapping[str, tuple[int | None, int | None]] = {
    "creat": (85, None), "truncate": (76, 45), "ftruncate": (77, 46), "fallocate": (285, 47), "unlink": (87, None),
    "unlinkat": (263, 35), "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276), "link": (86, None),
    "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36), "mkdir": (83, None), "mkdirat": (258, 34),
    "rmdir": (84, None), "mknod": (133, None), "mknodat": (259, 33), "chmod": (90, None), "fchmod": (91, 52),
    "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None), "fchown": (93, 55), "lchown": (94, None),
    "fchownat": (260, 54), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16), "utime": (132, None),
    "utimes": (235, None), "utimensat": (280, 88), "futimesat": (261, None), "memfd_create": (319, 279),
    "memfd_secret": (447, 447), "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "move_mount": (429, 429),
    "open_tree": (428, 428), "fsopen": (430, 430), "fspick": (433, 433), "mount_setattr": (442, 442),
}  # fmt: skip
_MACHINE: Mapping[str, tuple[int | None, int | None]] = {
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "acct": (163, 89), "quotactl": (179, 60),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "sethostname": (170, 161), "setdomainname": (171, 162), "syslog": (103, 116), "ioperm": (173, None),
    "iopl": (172, None), "modify_ldt": (154, None), "fanotify_init": (300, 262),
}  # fmt: skip
_SIGNALS: Mapping[str, tuple[int | None, int | None]] = {
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "fork": (57, None),
    "setrlimit": (160, 164), "setpriority": (141, 140), "sched_setscheduler": (144, 119), "sched_setattr": (314, 274),
}  # fmt: skip
_OPENS = ({"open": (2, None), "openat": (257, 56)}, {"open": 1, "openat": 2})
_WRITING = 0o3 | 0o100 | 0o1000  # O_WRONLY, O_RDWR, O_CREAT, O_TRUNC
_UNREADABLE = {"openat2": (437, 437), "clone3": (435, 435)}  # take their flags in memory: the C library tries others
_CLONE, _THREAD = (56, 220), 0x10000
_PRLIMIT = (302, 261)

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _AUDIT, _ARGUMENTS = 0, 4, 16
_SET_FILTER, _ALL_THREADS = 1, 1

Step = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def give_up(*, alone: bool) -> bool:
    """Give up, in all threads, the network, other programs and writing; with `alone` also other processes and its own
    limits. Needs no_new_privs. Whether the kernel took it."""
    machine = _MACHINES.get(platform.machine())
    if machine is None or sys.platform != "linux":
        return False
    steps = list(_steps(machine, alone=alone))
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    program = _Program(len(steps), code)
    return system_call(machine.seccomp, _SET_FILTER, _ALL_THREADS, ctypes.byref(program)) == 0


def system_call(number: int, *arguments: object) -> int:
    """Make a call the C library may have no function for; -1 where it fails. Whole numbers go as long ones."""
    wide = (ctypes.c_long(each) if isinstance(each, int) else each for each in arguments)
    done: int = ctypes.CDLL(None).syscall(ctypes.c_long(number), *wide)
    return done


def _steps(machine: _Machine, *, alone: bool) -> Iterator[Step]:
    yield _LOAD, 0, 0, _AUDIT
    yield _EQUAL, 1, 0, machine.audit
    yield _RETURN, 0, 0, _KILL
    yield _LOAD, 0, 0, _NUMBER
    if machine.other_numbers:
        yield _AT_LEAST, 0, 1, machine.other_numbers
        yield _RETURN, 0, 0, _ERRNO | errno.EPERM
    column = machine.column
    yield from _refuse((pair[column] for pair in _UNREADABLE.values()), errno.ENOSYS)
    for group in (_NETWORK, _PROCESSES, _FILES, _MACHINE, *((_SIGNALS,) if alone else ())):
        yield from _refuse((pair[column] for pair in group.values()), errno.EPERM)
    numbers, arguments = _OPENS
    for name, pair in numbers.items():
        number = pair[column]
        if number is not None:
            yield from _refuse_bits(number, arguments[name], _WRITING)
    if alone:
        yield from _refuse_without(_CLONE[column], 0, _THREAD)
        yield from _refuse_bits(_PRLIMIT[column], 2, 0xFFFFFFFF, wide=True)  # new limits; asking for them is fine
    yield _RETURN, 0, 0, _ALLOW


def _refuse(numbers: Iterable[int | None], error: int) -> Iterator[Step]:
    for number in numbers:
        if number is not None:
            yield _EQUAL, 0, 1, number
            yield _RETURN, 0, 0, _ERRNO | error


def _refuse_bits(number: int, argument: int, bits: int, *, wide: bool = False) -> Iterator[Step]:
    """Refuse a call one of whose arguments has any of some bits set (in its lower half, or with `wide` in both).

    Reads the number again at its end: an argument has taken its place.
    """
    halves = (0, 4) if wide else (0,)
    yield _EQUAL, 0, 3 * len(halves) + 1, number
    for half in halves:
        yield _LOAD, 0, 0, _ARGUMENTS + 8 * argument + half
        yield _ANY_BIT, 0, 1, bits
        yield _RETURN, 0, 0, _ERRNO | errno.EPERM
    yield _RETURN, 0, 0, _ALLOW


def _refuse_without(number: int, argument: int, bits: int) -> Iterator[Step]:
    """Refuse a call whose argument has none of some bits."""
    yield _EQUAL, 0, 4, number
    yield _LOAD, 0, 0, _ARGUMENTS + 8 * argument
    yield _ANY_BIT, 1, 0, bits
    yield _RETURN, 0, 0, _ERRNO | errno.EPERM
    yield _RETURN, 0, 0, _ALLOW
