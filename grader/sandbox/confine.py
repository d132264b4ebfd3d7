"""What a fork gives up before it reads a submission: capabilities, files, signals to others, and system calls.

Raw Landlock and seccomp through ctypes, so that the box needs no library for it. A fork's Landlock domain nests in the
wall's: it reads what the wall lets it read and writes its own scratch folder only. The seccomp filter denies what
Landlock does not cover: modes, owners, times and attributes of files (which are the grader's user's), leases on them
and watches, other processes' limits and priorities, processes of its own, sockets of every kind, memory outside the
address space's limit, mounts, new namespaces, and every system call newer than this file.

A fork may start threads and no process: so nothing outlives it, one limit on the address space counts all its memory,
and one on open files bounds what it holds without a name.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import signal
import struct
from dataclasses import dataclass
from typing import Final

_libc: Final = ctypes.CDLL(None, use_errno=True)


class ConfineError(Exception):
    """The kernel refused a confinement that was asked for."""


def _check(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise ConfineError(f"{what}: {os.strerror(code)}")
    return result


# --- the process ------------------------------------------------------------------------------------------------------

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_SECCOMP: Final = 22
_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_SET_NO_NEW_PRIVS: Final = 38


def _prctl(option: int, first: int, second: int = 0) -> None:
    arguments = [ctypes.c_ulong(each) for each in (first, second, 0, 0)]
    _check(_libc.prctl(option, *arguments), f"prctl {option}")


def hide_memory() -> None:
    """Keep others from reading this process's memory through /proc: undumpable, or without a /proc to read.

    sandlock refuses the first, since its supervisor reads arguments of system calls out of the memory.
    """
    try:
        _prctl(_PR_SET_DUMPABLE, 0)
    except ConfineError:
        if _opens("/proc/self/mem"):
            raise


def _opens(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_RDONLY))
    except OSError:
        return False
    return True


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends, so that none is lost sight of."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    """Be killed when the process that forked this one ends."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def drop_privileges() -> None:
    """No capabilities, and none to be had again through exec."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    header = struct.pack("=Ii", 0x20080522, 0)
    _check(_libc.capset(header, bytes(24)), "capset")


# --- Landlock ---------------------------------------------------------------------------------------------------------

_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_VERSION_FLAG: Final = 1
_PATH_BENEATH: Final = 1

_WRITE_FILE: Final = 1 << 1
_READ_FILE: Final = 1 << 2
_READ_DIR: Final = 1 << 3
_MAKE_DEVICES: Final = 1 << 6 | 1 << 11
_EXECUTE: Final = 1 << 0
_NET: Final = 0b11
_SCOPES: Final = 0b11
MIN_ABI: Final = 6
"""The first Landlock ABI that scopes signals; without it a fork could kill the warm worker."""


def landlock_abi() -> int:
    """The kernel's Landlock ABI; 0 where there is none."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG)))


@dataclass(frozen=True)
class Domain:
    """What a process may do with files: `lists` opens folders below these paths for listing, `reads` files and folders
    for reading, `writes` everything but making devices and running programs. What Landlock allowed before narrows it
    further.
    """

    lists: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()


def fork_domain(scratch: str) -> Domain:
    """A fork's: it reads what its parent may, and writes its own scratch folder."""
    return Domain(reads=("/",), writes=(scratch,))


def enter_domain(domain: Domain) -> None:
    """Restrict this process, for good, to `domain`; it may write to /dev/null and signal nobody outside."""
    if landlock_abi() < MIN_ABI:
        raise ConfineError(f"Landlock ABI {landlock_abi()} is older than {MIN_ABI}")
    every_right = (1 << 16) - 1
    attributes = struct.pack("=QQQ", every_right, _NET, _SCOPES)
    ruleset = _check(
        _libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0), "landlock ruleset"
    )
    try:
        _allow(ruleset, os.devnull, _READ_FILE | _WRITE_FILE)
        for path in domain.lists:
            _allow(ruleset, path, _READ_DIR)
        for path in domain.reads:
            _allow(ruleset, path, _READ_FILE | (_READ_DIR if os.path.isdir(path) else 0))
        for path in domain.writes:
            _allow(ruleset, path, every_right & ~_MAKE_DEVICES & ~_EXECUTE)
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        _check(_libc.syscall(_RESTRICT_SELF, ruleset, 0), "landlock domain")
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", rights, fd)
        _check(_libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0), f"landlock rule for {path}")
    finally:
        os.close(fd)


# --- seccomp ----------------------------------------------------------------------------------------------------------

_ARCHITECTURES: Final = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

# Name: number on x86_64, number on aarch64 (-1 where there is none).
_DENIED: Final[dict[str, tuple[int, int]]] = {
    # files that are not its own, for Landlock has no say in these
    "chmod": (90, -1), "fchmod": (91, 52), "fchmodat": (268, 53), "chown": (92, -1), "fchown": (93, 55),
    "lchown": (94, -1), "fchownat": (260, 54), "utime": (132, -1), "utimes": (235, -1), "futimesat": (261, -1),
    "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16), "flock": (73, 32),
    "inotify_init": (253, -1), "inotify_init1": (294, 26), "inotify_add_watch": (254, 27), "sync": (162, 81),
    "syncfs": (306, 267), "link": (86, -1), "linkat": (265, 37),
    # processes: see also clone below
    "fork": (57, -1), "vfork": (58, -1),
    # sockets: a fork has its own channel and needs no other
    "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "sendto": (44, 206), "recvfrom": (45, 207),
    "sendmsg": (46, 211), "recvmsg": (47, 212), "bind": (49, 200), "listen": (50, 201), "socketpair": (53, 199),
    "accept4": (288, 242), "recvmmsg": (299, 243), "sendmmsg": (307, 269),
    # other processes
    "setpriority": (141, 140), "sched_setparam": (142, 118), "sched_setscheduler": (144, 119),
    "sched_setaffinity": (203, 122), "sched_setattr": (314, 274), "ioprio_set": (251, 30), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272), "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # memory and queues that the limit on the address space does not count
    "memfd_create": (319, 279), "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190),
    "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192), "msgget": (68, 186), "msgsnd": (69, 189),
    "msgrcv": (70, 188), "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181), "mlock": (149, 228),
    "mlock2": (325, 284), "mlockall": (151, 230), "io_setup": (206, 0),
    # other programs, namespaces, mounts
    "execve": (59, 221), "execveat": (322, 281), "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40),
    "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "swapon": (167, 224), "swapoff": (168, 225),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "quotactl": (179, 60), "acct": (163, 89),
    # the kernel's own
    "fanotify_init": (300, 262), "fanotify_mark": (301, 263), "bpf": (321, 280), "userfaultfd": (323, 282),
    "perf_event_open": (298, 241), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "personality": (135, 92), "syslog": (103, 116), "reboot": (169, 142), "sethostname": (170, 161),
    "setdomainname": (171, 162), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "settimeofday": (164, 170), "adjtimex": (159, 171),
    "clock_settime": (227, 112), "clock_adjtime": (305, 266), "vhangup": (153, 58), "lookup_dcookie": (212, 18),
    "seccomp": (317, 277), "sysfs": (139, -1), "iopl": (172, -1), "ioperm": (173, -1), "modify_ldt": (154, -1),
}  # fmt: skip
# Allowed with some values of one argument only: the numbers, which argument, its values.
_ALLOWED_WITH: Final[dict[str, tuple[tuple[int, int], int, tuple[int, ...]]]] = {
    "prlimit": ((302, 261), 0, (0,)),  # its own limits
    # Copies and flags of descriptors, record locks, a pipe's size: no leases, no signals to owners, no larger pipes.
    "fcntl": ((72, 25), 1, (0, 1, 2, 3, 4, 5, 6, 7, 1030, 1032)),
    # Is it a terminal, and how wide; flags of descriptors; what is there to be read: no attributes of files.
    "ioctl": ((16, 29), 1, (0x5401, 0x802C542A, 0x5413, 0x5421, 0x541B, 0x5450, 0x5451)),
    "prctl": ((157, 167), 0, (15, 16)),  # a thread's name: it stays bound to die with its parent
}
_CLONE: Final = (56, 220)
_NEW_NAMESPACES: Final = 0x7E020000
_THREAD: Final = 0x00010000
# From here on numbers are the same everywhere. Of these a fork may use close_range, openat2, faccessat2, epoll_pwait2,
# futex_waitv, futex_wake, futex_wait, futex_requeue and mseal; libc takes "no clone3" for an older kernel.
_FIRST_NEW: Final = 424
_NEW_ALLOWED: Final = (436, 437, 439, 441, 449, 454, 455, 456, 462)
_CLONE3: Final = 435

_ALLOW: Final = 0x7FFF0000
_KILL: Final = 0x80000000
_ERRNO: Final = 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16


def filter_program(machine: str) -> bytes:
    """The BPF program for `machine` ("x86_64" or "aarch64"), as struct sock_filter after struct sock_filter."""
    place, arch = _ARCHITECTURES[machine]
    # Each step is (code, operand, name of the return to jump to where it holds); what doesn't hold falls through.
    old = [(_EQUAL, numbers[place], "deny") for numbers in _DENIED.values() if numbers[place] >= 0]
    new = [(_EQUAL, _CLONE3, "absent"), *((_EQUAL, number, "allow") for number in _NEW_ALLOWED)]
    denial = (_RETURN, _ERRNO | errno.EPERM, "")
    steps: list[tuple[int, int, str]] = [
        (_LOAD, _ARCH, ""),
        (_EQUAL, arch, "+1"),
        (_RETURN, _KILL, ""),
        (_LOAD, _NUMBER, ""),
        (_AT_LEAST, _FIRST_NEW, "new"),
        *old,
        *((_EQUAL, numbers[place], name) for name, (numbers, _, _) in _ALLOWED_WITH.items()),
        (_EQUAL, _CLONE[place], "clone"),
        (_RETURN, _ALLOW, ""),
    ]
    labels = {"new": len(steps)}
    steps += [*new, denial]
    for name, (_, argument, values) in _ALLOWED_WITH.items():
        labels[name] = len(steps)
        steps += [_load_argument(argument), *((_EQUAL, value, "allow") for value in values), denial]
    labels["clone"] = len(steps)
    steps += [_load_argument(0), (_ANY_BIT, _NEW_NAMESPACES, "deny"), (_ANY_BIT, _THREAD, "allow"), denial]
    for name, value in (("allow", _ALLOW), ("deny", _ERRNO | errno.EPERM), ("absent", _ERRNO | errno.ENOSYS)):
        labels[name] = len(steps)
        steps.append((_RETURN, value, ""))
    program = b""
    for at, (code, operand, target) in enumerate(steps):
        distance = 1 if target == "+1" else labels[target] - at - 1 if target else 0
        program += struct.pack("=HBBI", code, distance, 0, operand)
    return program


def _load_argument(which: int) -> tuple[int, int, str]:
    """The lower half of an argument, which is all that the kernel takes of those that are looked at here."""
    return _LOAD, _ARGUMENTS + 8 * which, ""


def deny_syscalls() -> None:
    """Install the filter, for good, in this process and all that it starts."""
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        raise ConfineError(f"no system call filter for {machine}")
    program = filter_program(machine)
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(buffer))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    address = ctypes.create_string_buffer(header, len(header))
    _prctl(_PR_SET_SECCOMP, 2, ctypes.addressof(address))
