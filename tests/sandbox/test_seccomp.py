"""The system call filter of containers: each call that it lets through is needed, and every other one is refused."""

from __future__ import annotations

import json
import platform

import pytest
from boxes import USER, run

from grader.errors import WallError
from grader.sandbox import image
from grader.sandbox.engine import connect

PROFILE = json.loads(image.checkout_file("docker/seccomp.json").read_text(encoding="utf-8"))
ALLOWED = {name for group in PROFILE["syscalls"] for name in group["names"] if group["action"] == "SCMP_ACT_ALLOW"}

# Name: its number on x86_64, and what of Python or of the worker fails without it.
NEEDED: dict[str, tuple[int, str]] = {
    "access": (21, "assert os.access('/', os.R_OK)"),
    "alarm": (37, "assert signal.alarm(0) == 0"),
    "arch_prctl": (158, "os.execv(sys.executable, ['python3', '-I', '-S', '-c', 'pass'])"),
    "chdir": (80, "os.chdir('/tmp')"),
    "clock_getres": (229, "time.clock_getres(time.CLOCK_PROCESS_CPUTIME_ID)"),
    "clock_gettime": (228, "time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID)"),
    "clock_nanosleep": (230, "time.sleep(0.001)"),
    "clone": (56, "os.fork()"),
    "close": (3, "os.close(os.open('/', os.O_RDONLY))"),
    "dup2": (33, "os.dup2(1, 40)"),
    "dup3": (292, "os.dup2(1, 40, inheritable=False)"),
    "execve": (59, "os.execv(sys.executable, ['python3', '-I', '-S', '-c', 'pass'])"),
    "exit": (60, "start_and_join(); assert len(os.listdir('/proc/self/task')) == 1"),
    "faccessat": (269, "assert os.access('tmp', os.R_OK, dir_fd=os.open('/', os.O_RDONLY))"),
    "fchmod": (91, "os.fchmod(fresh(), 0o700)"),
    "fchmodat": (268, "fresh(); os.chmod('fresh', 0o700, dir_fd=os.open('/tmp', os.O_RDONLY))"),
    "fcntl": (72, "os.dup(1)"),
    "fdatasync": (75, "os.fdatasync(fresh())"),
    "fstatfs": (138, "os.statvfs(fresh())"),
    "fsync": (74, "os.fsync(fresh())"),
    "ftruncate": (77, "os.ftruncate(fresh(), 1)"),
    "futex": (
        202,
        "lock = threading.Lock(); lock.acquire(); threading.Timer(0.1, lock.release).start(); lock.acquire()",
    ),
    "getcwd": (79, "os.getcwd()"),
    "getdents64": (217, "os.listdir('/')"),
    "getegid": (108, f"assert os.getegid() == {USER}"),
    "geteuid": (107, f"assert os.geteuid() == {USER}"),
    "getgid": (104, f"assert os.getgid() == {USER}"),
    "getgroups": (115, "os.getgroups()"),
    "getitimer": (36, "signal.getitimer(signal.ITIMER_REAL)"),
    "getpid": (39, "assert os.getpid() > 0"),
    "getppid": (110, "assert os.getppid() > 0"),
    "getpriority": (140, "os.getpriority(os.PRIO_PROCESS, 0)"),
    "getrandom": (318, "os.getrandom(4)"),
    "getresgid": (120, "os.getresgid()"),
    "getresuid": (118, "os.getresuid()"),
    "getrusage": (98, "resource.getrusage(resource.RUSAGE_SELF)"),
    "gettid": (186, "assert 0 < threading.get_native_id() < 1 << 30"),
    "getuid": (102, f"assert os.getuid() == {USER}"),
    "ioctl": (16, "os.set_blocking(os.pipe()[0], False)"),
    "kill": (62, "os.kill(os.getpid(), 0)"),
    "lseek": (8, "os.lseek(fresh(), 0, os.SEEK_END)"),
    "madvise": (28, "mmap.mmap(-1, 4096).madvise(mmap.MADV_DONTNEED)"),
    "mkdir": (83, "os.mkdir('/tmp/folder')"),
    "mkdirat": (258, "os.mkdir('folder', dir_fd=os.open('/tmp', os.O_RDONLY))"),
    "mmap": (9, "mmap.mmap(-1, 4096)"),
    "mprotect": (10, "threading.Thread(target=int).start()"),
    "mremap": (25, "mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).resize(8192)"),
    "msync": (26, "mmap.mmap(-1, 4096).flush()"),
    "newfstatat": (262, "os.stat('/')"),
    "openat": (257, "os.open('/', os.O_RDONLY)"),
    "pipe2": (293, "os.pipe()"),
    "poll": (7, "select.poll().poll(0)"),
    "prctl": (157, "confine.adopt_orphans()"),
    "pread64": (17, "os.pread(fresh(), 1, 0)"),
    "prlimit64": (302, "resource.getrlimit(resource.RLIMIT_AS)"),
    "pselect6": (270, "select.select([], [], [], 0)"),
    "pwrite64": (18, "os.pwrite(fresh(), b'x', 0)"),
    "read": (0, "os.read(fresh(), 1)"),
    "readlink": (89, "os.readlink('/proc/self/cwd')"),
    "readlinkat": (267, "os.readlink('cwd', dir_fd=os.open('/proc/self', os.O_RDONLY))"),
    "readv": (19, "os.readv(fresh(), [bytearray(1)])"),
    "rename": (82, "fresh(); os.rename('/tmp/fresh', '/tmp/renamed')"),
    "renameat": (
        264,
        "fresh(); tmp = os.open('/tmp', 0); os.rename('fresh', 'renamed', src_dir_fd=tmp, dst_dir_fd=tmp)",
    ),
    "rmdir": (84, "os.mkdir('/tmp/folder'); os.rmdir('/tmp/folder')"),
    "rt_sigaction": (13, "signal.signal(signal.SIGUSR1, signal.SIG_IGN)"),
    "rt_sigprocmask": (14, "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])"),
    "rt_sigreturn": (15, "signal.signal(signal.SIGUSR1, lambda *_: None); os.kill(os.getpid(), signal.SIGUSR1)"),
    "sched_getaffinity": (204, "os.sched_getaffinity(0)"),
    "sched_getparam": (143, "os.sched_getparam(0)"),
    "sched_getscheduler": (145, "os.sched_getscheduler(0)"),
    "sched_yield": (24, "os.sched_yield()"),
    "sendfile": (40, "os.sendfile(fresh(), os.open(os.__file__, os.O_RDONLY), 0, 1)"),
    "setitimer": (38, "signal.setitimer(signal.ITIMER_REAL, 0)"),
    "setsid": (112, "os.setsid()"),
    "socketpair": (53, "socket.socketpair()"),
    "statfs": (137, "os.statvfs('/tmp')"),
    "symlink": (88, "os.symlink('/', '/tmp/link')"),
    "symlinkat": (266, "os.symlink('/', 'link', dir_fd=os.open('/tmp', os.O_RDONLY))"),
    "sysinfo": (99, "assert os.sysconf('SC_PHYS_PAGES') > 0"),
    "tgkill": (234, "signal.pthread_kill(threading.get_ident(), 0)"),
    "times": (100, "assert os.times().elapsed > 1"),
    "truncate": (76, "fresh(); os.truncate('/tmp/fresh', 1)"),
    "umask": (95, "assert os.umask(0) >= 0"),
    "uname": (63, "os.uname()"),
    "unlink": (87, "fresh(); os.unlink('/tmp/fresh')"),
    "unlinkat": (263, "fresh(); os.unlink('fresh', dir_fd=os.open('/tmp', os.O_RDONLY))"),
    "wait4": (61, "os.waitpid(os.fork() or os._exit(0), 0)"),
    "write": (1, "os.write(fresh(), b'x')"),
    "writev": (20, "os.writev(fresh(), [b'x'])"),
}

# Those whose need shows elsewhere than in this image on this machine.
ELSEWHERE: dict[str, tuple[int, str]] = {
    "brk": (12, "glibc's heap; without it every allocation is a mapping"),
    "close_range": (436, "the worker closes 65,536 descriptors before each fork answers; one by one otherwise"),
    "epoll_ctl": (233, "runc, which is written in Go"),
    "epoll_pwait": (281, "runc"),
    "exit_group": (231, "the end of a process with all its threads"),
    "fstat": (5, "glibc before 2.33 and from 2.39 on"),
    "gettimeofday": (96, "a machine whose clock the vDSO can't read"),
    "lstat": (6, "glibc before 2.33"),
    "munmap": (11, "memory given back; Python goes on without, and runs out"),
    "nanosleep": (35, "runc"),
    "openat2": (437, "runc from 1.2 on, and crun"),
    "ppoll": (271, "aarch64, which has no poll"),
    "restart_syscall": (219, "the kernel, when a stopped process goes on sleeping"),
    "rseq": (334, "glibc, for each thread"),
    "select": (23, "glibc before 2.34"),
    "set_robust_list": (273, "glibc, for each thread"),
    "set_tid_address": (218, "glibc, when a program starts"),
    "sigaltstack": (131, "runc"),
    "stat": (4, "glibc before 2.33"),
    "statx": (332, "runc from 1.2 on"),
    "time": (201, "a machine whose clock the vDSO can't read"),
}

DANGEROUS = (
    "ptrace process_vm_readv process_vm_writev kcmp pidfd_open pidfd_getfd pidfd_send_signal "
    "mount umount2 pivot_root chroot unshare setns open_tree move_mount fsopen fsmount fsconfig mount_setattr "
    "open_by_handle_at name_to_handle_at mknod mknodat chown fchown lchown fchownat setxattr link linkat "
    "bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register keyctl add_key request_key "
    "memfd_create memfd_secret shmget shmat semget msgget mq_open mlock mlockall mbind migrate_pages move_pages io_setup "
    "fanotify_init inotify_init inotify_init1 flock socket connect bind listen accept sendto recvfrom sendmsg recvmsg "
    "execveat fork vfork setuid setgid setgroups capset personality seccomp "
    "init_module finit_module delete_module kexec_load kexec_file_load reboot swapon acct quotactl syslog "
    "setpriority sched_setaffinity sched_setscheduler sched_setattr ioprio_set setrlimit setpgid "
    "clock_settime settimeofday adjtimex iopl ioperm modify_ldt vmsplice splice tee timer_create timerfd_create"
).split()

PRELUDE = """
import ctypes, errno, json, mmap, os, resource, select, signal, struct, sys, threading, time
sys.path.append("/box/worker")
import confine

libc = ctypes.CDLL(None, use_errno=True)

def fresh():
    return os.open("/tmp/fresh", os.O_RDWR | os.O_CREAT)

def start_and_join():
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    end = time.monotonic() + 2
    while len(os.listdir("/proc/self/task")) > 1 and time.monotonic() < end:
        time.sleep(0.01)

def call(number):
    '''Ends with 38 where the filter says that there is no such call, which runc's does for those after its time.'''
    if libc.syscall(number, 0, 0, 0, 0, 0, 0) == -1 and ctypes.get_errno() == errno.ENOSYS:
        os._exit(errno.ENOSYS)

def ending(what, *arguments):
    '''How a fork that does it ends: its exit status, or minus the signal. What takes long has not worked.'''
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            what(*arguments)
        except BaseException:
            os._exit(1)
        os._exit(0)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""

pytestmark = [
    pytest.mark.docker,
    pytest.mark.timeout(240),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers here are x86_64's"),
]


@pytest.fixture(scope="module")
def client(require):
    """The engine, which holds the image."""
    try:
        found = connect()
        image.find(found)
    except WallError as error:
        require("docker", str(error))
    yield found
    found.close()


def test_every_call_has_a_reason():
    """The profile lets through what the two tables here say, once, and nothing that is known to be dangerous."""
    assert set(NEEDED) | set(ELSEWHERE) == ALLOWED
    assert not set(NEEDED) & set(ELSEWHERE)
    assert ALLOWED.isdisjoint(DANGEROUS)
    assert len(set(DANGEROUS)) > 60


def test_every_call_is_needed(client):
    """Taking one call away from the profile breaks something that works with it."""
    code = (
        PRELUDE
        + f"""
import socket

def without(number, source):
    if number is not None:
        program = struct.pack("=HBBI", 0x20, 0, 0, 0) + struct.pack("=HBBI", 0x15, 0, 1, number)
        program += struct.pack("=HBBI", 6, 0, 0, 0x50001) + struct.pack("=HBBI", 6, 0, 0, 0x7FFF0000)
        buffer = ctypes.create_string_buffer(program, len(program))
        header = struct.pack("@HP", len(program) // 8, ctypes.addressof(buffer))
        if libc.prctl(22, 2, ctypes.c_char_p(header), 0, 0):
            os._exit(0)
    exec(source, globals())

found = {{}}
for name, (number, source) in {NEEDED!r}.items():
    pair = []
    for taken in (None, number):
        pair.append(ending(without, taken, source))
        for left in os.listdir("/tmp"):
            (os.rmdir if left == "folder" else os.unlink)(os.path.join("/tmp", left))
    found[name] = pair
print(json.dumps(found))
"""
    )
    found = run(client, code)
    assert set(found) == set(NEEDED)
    assert {name: pair for name, pair in found.items() if pair[0] != 0} == {}, "fails with it"
    assert {name: pair for name, pair in found.items() if pair[1] == 0} == {}, "works without it"


def trapping() -> dict:
    """The profile with one change: what it refuses ends the process, so that nobody else's refusal passes for its own."""
    return PROFILE | {"defaultAction": "SCMP_ACT_TRAP"}


KERNELS_OWN = (335, 336)
"""What the kernel puts into a traced function's way (uprobe, uretprobe): no filter sees it, and nobody else may call it."""


def test_every_other_call_is_refused(client):
    """Of all numbers up to 1,000, and of x32's, those that the profile does not name are refused by the filter itself."""
    named = {number for number, _ in (NEEDED | ELSEWHERE).values()} | {435, *KERNELS_OWN}
    old = f"print(json.dumps([n for n in range(1000) if n not in {named!r} and ending(call, n) not in (-31, 38)]))"
    assert run(client, PRELUDE + old, filtered=trapping()) == []
    x32 = "print(json.dumps([n for n in range(500) if ending(call, 0x40000000 + n) not in (-31, 38)]))"
    assert run(client, PRELUDE + x32, filtered=trapping()) == []


LIMITED = {
    "a new user namespace": "libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)",
    "a new mount namespace": "libc.syscall(56, 0x00020000 | 17, 0, 0, 0, 0)",
    "a new network": "libc.syscall(56, 0x40000000 | 17, 0, 0, 0, 0)",
    "the worker's limits": "libc.syscall(302, 1, 7, 0, 0)",
    "a pair of sockets that are not UNIX's": "libc.syscall(53, 2, 1, 0, 0)",
    "typing into a terminal": "libc.syscall(16, 0, 0x5412, 0)",
    "attributes of a file": "libc.syscall(16, 0, 0x40086602, 0)",
    "a clone of a file's blocks": "libc.syscall(16, 0, 0x40049409, 0)",
    "securebits": "libc.syscall(157, 28, 0, 0, 0, 0)",
    "its own memory map": "libc.syscall(157, 35, 0, 0, 0, 0)",
    "who may trace it": "libc.syscall(157, 0x59616D61, -1, 0, 0, 0)",
    "the speculation of its processor": "libc.syscall(157, 53, 0, 0, 0, 0)",
}


def test_calls_are_limited_to_some_arguments(client):
    """What is needed with some arguments only is refused with others."""
    code = f"print(json.dumps([w for w, call in {LIMITED!r}.items() if ending(exec, call, globals()) != -31]))"
    assert run(client, PRELUDE + code, filtered=trapping()) == []


def test_other_architectures_are_refused(client):
    """A process that calls the kernel as 32-bit programs do is ended, whatever it calls."""
    code = (
        PRELUDE
        + """
def getpid_of_32_bits():
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()

print(json.dumps(ending(getpid_of_32_bits)))
"""
    )
    assert run(client, code) in {-31, -9}


def test_threads_are_not_refused_another_way(client):
    """The C library is told that clone3 is not there, and takes clone; EPERM would end it."""
    code = PRELUDE + "libc.syscall(435, 0, 0); print(json.dumps(errno.errorcode[ctypes.get_errno()]))"
    assert run(client, code) == "ENOSYS"
