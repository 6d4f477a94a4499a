"""A child process on a leash, with a log file."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from navswap.devstack import leash
from navswap.devstack.errors import DevStackError

POLL_SECONDS = 0.02
LOG_TAIL_BYTES = 64_000

T = TypeVar("T")


class Child:
    """A running command that ends with this process; its output goes to `log`, which starts empty.

    `grace_seconds` is what it gets between SIGTERM and SIGKILL, `orphan_grace_seconds` the same when this process is
    killed (as long, unless said). `held` are file descriptors that stay open until
    it has ended. Raises DevStackError when the log cannot be written.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        grace_seconds: float = 10.0,
        orphan_grace_seconds: float | None = None,
        held: Sequence[int] = (),
    ) -> None:
        self.name = name
        self.log = log
        self._grace_seconds = grace_seconds
        orphan_grace = grace_seconds if orphan_grace_seconds is None else orphan_grace_seconds
        graces = ["--grace", str(grace_seconds), "--orphan-grace", str(orphan_grace)]
        leashed = [sys.executable, "-I", "-S", leash.__file__, *graces, "--", *command]
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            output = log.open("wb")
        except OSError as error:
            raise DevStackError(f"Cannot write {log}: {error.strerror}; choose another --data-dir") from error
        with output:
            self._process = subprocess.Popen(  # noqa: S603 - our own command, never a user's text
                leashed,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=held,
                env=None if environment is None else {**os.environ, **environment},
            )

    @property
    def pid(self) -> int:
        """The process id of the leash."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """Return the exit code of a child that has ended, None while it runs."""
        return self._process.poll()

    def last_lines(self, count: int = 10) -> list[str]:
        """Return the last lines of the log that are not blank, at most `count`, oldest first."""
        with self.log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - LOG_TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
        return [line for line in lines if line.strip()][-count:]

    def stop(self) -> None:
        """End the child and wait until it is gone; harmless when it has ended already."""
        self._process.terminate()
        try:
            self._process.wait(self._grace_seconds + 5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def kill(self) -> None:
        """End the child with SIGKILL, as a crash would, and wait until it is gone."""
        self._process.send_signal(signal.SIGUSR1)
        self.stop()


def wait_until_ready(
    child: Child,
    probe: Callable[[], T | None],
    *,
    within_seconds: float,
    reason: Callable[[], str] | None = None,
) -> T:
    """Return the first true answer of `probe`; `reason` reads from the log why the child died.

    Raises DevStackError when the child ends first or `within_seconds` pass; the child is stopped then.
    """
    deadline = time.monotonic() + within_seconds
    while not (answer := probe()):
        code = child.exit_code()
        if code is None and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
            continue
        child.stop()
        said = " ".join((reason() if reason else "".join(child.last_lines(1))).split())
        ended = f"was not ready after {within_seconds:g} s" if code is None else f"ended with code {code}"
        raise DevStackError(f"{child.name} {ended}: {said or 'it said nothing'} (log: {child.log})")
    return answer
