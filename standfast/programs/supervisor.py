"""A supervisor process: neither the program that it runs nor its children outlive their owner.

Run as a script, by `programs.running`; it imports nothing of ours, so that it starts in some 15 ms:

    python -I -S supervisor.py GRACE REPORT [LIMIT …] -- PROGRAM [ARGUMENT …]

Standard input is a pipe whose other end the owner holds. When the owner closes it or dies, even by
SIGKILL, the kernel closes that end. Then, on SIGTERM, SIGINT, SIGHUP or SIGQUIT,
and when the program ends and leaves processes behind, the whole tree is ended: SIGTERM, GRACE
seconds to obey (a decimal; at most one second for what was left behind), SIGKILL. The program runs
in a session of its own, reads nothing (/dev/null) and inherits the rest: output, environment,
working directory.

A LIMIT is `NAME=SOFT:HARD`, the name one of `resource.RLIMIT_…`; the program and all that it starts
get it, or the limit that we ourselves have where that is lower.

REPORT is an open file descriptor. One line is written there: `started PID`, or `failed ERRNO` when
the program could not be started. The exit code is the program's, or 128 + signal when a signal
ended it; 127 when it did not start.

On Linux the tree is every descendant, however it detached itself: this process is their
subreaper, and if it is itself killed by SIGKILL the program (not its children) goes with it.
Elsewhere the tree is the program's process group, which a child leaves by `setsid`.
"""

import ctypes
import errno
import os
import resource
import select
import signal
import sys
import time
from contextlib import suppress

LINUX = sys.platform == "linux"
NOT_STARTED = 127
KILL_LIMIT = 10.0
"""Seconds in which killed processes must have gone; one that hangs in the kernel never goes."""

_LEFTOVER_GRACE = 1.0
"""Seconds for what an ended program leaves behind; its owner still waits for it."""

_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
_LOOK_AGAIN = 0.05
"""Seconds between two looks at a tree that is ending, where no signal tells of a change."""

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0))) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl({option}): {os.strerror(number)}")


def _listen() -> int:
    """Make every signal that matters wake `select` on the returned descriptor."""
    wakes, woken = os.pipe()
    for end in (wakes, woken):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, *_ENDING):
        signal.signal(number, lambda *_: None)
    # Whoever started us may have blocked signals; that is inherited, here and by the program.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    return wakes


def _limits(settings: list[str]) -> list[tuple[int, tuple[int, int]]]:
    """What `resource.setrlimit` takes: never more than we may have ourselves."""
    limits = []
    for setting in settings:
        name, _, both = setting.partition("=")
        number = getattr(resource, f"RLIMIT_{name}")
        most = resource.getrlimit(number)[1]
        soft, hard = (
            int(value) if most == resource.RLIM_INFINITY else min(int(value), most)
            for value in both.split(":")
        )
        limits.append((number, (soft, hard)))
    return limits


def _spawn(argv: list[str], limits: list[tuple[int, tuple[int, int]]]) -> int:
    """Start the program; an OSError says why it could not be."""
    supervisor = os.getpid()
    told, tell = os.pipe()  # closed by a successful exec
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            if LINUX:
                _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
                if os.getppid() != supervisor:
                    os._exit(NOT_STARTED)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            # Python ignores these two, and what is ignored stays so across exec.
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            for number, limit in limits:
                resource.setrlimit(number, limit)
            os.execvp(argv[0], argv)  # noqa: S606
        except OSError as error:
            os.write(tell, str(error.errno).encode())
        except MemoryError:  # the limit leaves too little even to look for the program
            os.write(tell, str(errno.ENOMEM).encode())
        finally:
            os._exit(NOT_STARTED)
    os.close(tell)
    failure = os.read(told, 16)
    os.close(told)
    if failure:
        os.waitpid(pid, 0)
        raise OSError(int(failure), os.strerror(int(failure)))
    return pid


def _descendants() -> list[int]:
    """All processes below this one (Linux), by the parent that each names in /proc."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with suppress(OSError), open(f"/proc/{entry}/stat", "rb") as file:
            # pid (name) state parent …: a name may itself hold spaces and parentheses
            parent = int(file.read().rpartition(b")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry))
    found = list(children.get(os.getpid(), ()))
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


class _Tree:
    """The program and what it started."""

    def __init__(self, program: int, wakes: int) -> None:
        self.program = program
        self._wakes = wakes
        self.status: int | None = None

    def collect(self) -> bool:
        """Take the exit statuses of ended children; is any child left?"""
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return True
                if pid == self.program:
                    self.status = os.waitstatus_to_exitcode(status)
        except ChildProcessError:
            return False

    def wait(self, *, seconds: float | None, owner: bool) -> bool:
        """Wait for a signal, or until the owner closes the pipe; is it time to end?"""
        watched = [0, self._wakes] if owner else [self._wakes]
        ready, _, _ = select.select(watched, [], [], seconds)
        signals = os.read(self._wakes, 512) if self._wakes in ready else b""
        dropped = 0 in ready and not os.read(0, 512)
        return dropped or any(number in _ENDING for number in signals)

    def end(self, grace: float) -> bool:
        """End all of it; is it gone?"""
        told: set[int] = set()
        deadline = time.monotonic() + grace
        while self._lives() and time.monotonic() < deadline:
            self._tell(signal.SIGTERM, told)
            self.wait(seconds=_LOOK_AGAIN, owner=False)
        deadline = time.monotonic() + KILL_LIMIT
        while self._lives() and time.monotonic() < deadline:
            self._tell(signal.SIGKILL, set())
            self.wait(seconds=_LOOK_AGAIN, owner=False)
        return not self._lives()

    def _lives(self) -> bool:
        children = self.collect()
        if LINUX:
            # Orphans below us become our children: without children there are no descendants.
            return children
        try:
            os.killpg(self.program, 0)
        except (ProcessLookupError, PermissionError):
            return children
        return True

    def _tell(self, number: int, told: set[int]) -> None:
        """Send the signal to all that have not been told, and let the stopped ones hear it."""
        members = _descendants() if LINUX else [-self.program]
        for pid in members:
            if pid not in told:
                told.add(pid)
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)
                    os.kill(pid, signal.SIGCONT)


def main(arguments: list[str]) -> int:
    """Run the program until it ends or the owner closes the pipe; the exit code."""
    if "--" not in arguments[2:-1]:
        print(
            "usage: supervisor.py GRACE REPORT [LIMIT …] -- PROGRAM [ARGUMENT …]", file=sys.stderr
        )
        return 2
    end = arguments.index("--", 2)
    grace, report, argv = float(arguments[0]), int(arguments[1]), arguments[end + 1 :]
    limits = _limits(arguments[2:end])
    os.set_inheritable(report, False)
    wakes = _listen()
    if LINUX:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)

    if select.select([0], [], [], 0)[0]:
        # The owner died before we came to it: what it asked for must not happen any more.
        _say(report, f"failed {errno.ECANCELED}")
        return NOT_STARTED
    try:
        tree = _Tree(_spawn(argv, limits), wakes)
    except OSError as error:
        _say(report, f"failed {error.errno}")
        return NOT_STARTED
    _say(report, f"started {tree.program}")

    ending = False
    while not ending and tree.status is None:
        ending = tree.wait(seconds=None, owner=True)
        tree.collect()
    if not tree.end(grace if tree.status is None else min(grace, _LEFTOVER_GRACE)):
        print("supervisor: some processes could not be ended", file=sys.stderr)
    code = tree.status
    if code is None:
        return 128 + signal.SIGKILL
    return code if code >= 0 else 128 - code


def _say(report: int, line: str) -> None:
    with suppress(BrokenPipeError):  # an owner that died reads no more; its pipe tells us next
        os.write(report, f"{line}\n".encode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
