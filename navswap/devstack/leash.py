"""Runs a command that ends when its parent does, whatever ends the parent.

`python -m navswap.devstack.leash [--grace SECONDS] [--orphan-grace SECONDS] -- COMMAND …` holds the command in a session of its own and
reads standard input, a pipe whose other end only the parent has. The end of that pipe is the one sign of a dead
parent that also a `kill -9` leaves, and that every Unix understands. The command then gets SIGTERM, and what is
left of its process group after the orphan's grace gets SIGKILL. SIGTERM to the leash does the same with the grace of an
orderly end; SIGUSR1 kills the command at once; SIGINT is the parent's to answer. On Linux a killed leash takes its
command along.

The exit code is the command's own, or 128 + the signal that ended it. Only the standard library is imported, so
that the file also runs alone, without site packages.
"""

import argparse
import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

STDIN = 0
PR_SET_PDEATHSIG = 1
COMMAND_NOT_RUN = 127


def _die_with_leash(leash_pid: int) -> None:
    """Ask Linux, in the forked child, for SIGKILL when the leash dies."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != leash_pid:
        os._exit(COMMAND_NOT_RUN)


def _spawn(command: Sequence[str]) -> subprocess.Popen[bytes]:
    leash_pid = os.getpid()
    return subprocess.Popen(  # noqa: S603 - the command is our parent's, never a user's text
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=(lambda: _die_with_leash(leash_pid)) if sys.platform == "linux" else None,  # noqa: PLW1509 - the leash has one thread
    )


def _watch_signals() -> int:
    """Return a descriptor that becomes readable when the child ends or the leash is asked to end."""
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    # Handlers, unlike SIG_IGN, are not inherited by the command.
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    return readable


def _wait(
    child: subprocess.Popen[bytes], signals: int, grace_seconds: float, orphan_grace_seconds: float
) -> None:
    """Return once the child has ended by itself, or has been ended because the parent is gone or asked for it."""
    while child.poll() is None:
        ready, _, _ = select.select([STDIN, signals], [], [])
        received = set(os.read(signals, 4096)) if signals in ready else set()
        if signal.SIGUSR1 in received:
            child.kill()
        elif received & {signal.SIGTERM, signal.SIGHUP}:
            _terminate(child, signals, grace_seconds)
        elif STDIN in ready and not os.read(STDIN, 4096):
            _terminate(child, signals, orphan_grace_seconds)


def _terminate(child: subprocess.Popen[bytes], signals: int, grace_seconds: float) -> None:
    child.terminate()
    deadline = time.monotonic() + grace_seconds
    while child.poll() is None:
        ready, _, _ = select.select([signals], [], [], max(0.0, deadline - time.monotonic()))
        if not ready or signal.SIGUSR1 in os.read(signals, 4096):
            child.kill()
            child.wait()


def _arguments(argv: Sequence[str]) -> tuple[float, float, list[str]]:
    parser = argparse.ArgumentParser(prog="leash", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--grace", type=float, default=10.0, help="seconds between SIGTERM and SIGKILL")
    parser.add_argument(
        "--orphan-grace",
        type=float,
        help="the same where the parent is dead; as --grace where it is left out",
    )
    parser.add_argument("command", nargs="+", help="the command and its arguments, after --")
    parsed = parser.parse_args(argv)
    orphan_grace = parsed.grace if parsed.orphan_grace is None else parsed.orphan_grace
    return parsed.grace, orphan_grace, parsed.command


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command on the leash and return its exit code (127 when it cannot be started)."""
    grace_seconds, orphan_grace_seconds, command = _arguments(sys.argv[1:] if argv is None else argv)
    signals = _watch_signals()
    try:
        child = _spawn(command)
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return COMMAND_NOT_RUN
    _wait(child, signals, grace_seconds, orphan_grace_seconds)
    # What the command started belongs to its group and must not outlive it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    code = child.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
