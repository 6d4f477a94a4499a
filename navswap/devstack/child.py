"""A child process on a leash, with a log file."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from navswap.devstack import leash
from navswap.devstack.activity import cpu_seconds
from navswap.devstack.errors import DevStackError

POLL_SECONDS = 0.02
LOG_TAIL_BYTES = 64_000

STALLED_SECONDS = 60.0
"""A process that starts and neither logs nor works for so long will never be ready."""
SAY_SECONDS = 15.0
LOOK_SECONDS = 0.5
"""Between two looks for signs of life."""

T = TypeVar("T")


def _say_nothing(_: str) -> None:
    """Wait in silence."""


@dataclass(frozen=True, slots=True)
class Grace:
    """What a child gets between SIGTERM and SIGKILL, and the same when this process is killed (as long, unless said)."""

    seconds: float = 10.0
    orphan_seconds: float | None = None


class Child:
    """A running command that ends with this process; its output goes to `log`, which starts empty unless `keep_log`.

    `held` are file descriptors that stay open until it has ended. Raises DevStackError when the log cannot be written.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        grace: Grace = Grace(),
        held: Sequence[int] = (),
        keep_log: bool = False,
    ) -> None:
        self.name = name
        self.log = log
        self._grace_seconds = grace.seconds
        orphan_grace = grace.seconds if grace.orphan_seconds is None else grace.orphan_seconds
        graces = ["--grace", str(grace.seconds), "--orphan-grace", str(orphan_grace)]
        leashed = [sys.executable, "-I", "-S", leash.__file__, *graces, "--", *command]
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            output = log.open("ab" if keep_log else "wb")
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

    def activity(self) -> tuple[int, float]:
        """Return how much it has logged (bytes) and worked (seconds of a processor); what grows is a sign of life."""
        return self.log.stat().st_size, cpu_seconds(self.pid)

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
    stalled_seconds: float = STALLED_SECONDS,
    reason: Callable[[], str] | None = None,
    waiting: Callable[[str], None] = _say_nothing,
) -> T:
    """Return the first true answer of `probe`; `reason` reads from the log why the child died.

    It waits for as long as the child does something: a slow machine is no error. `waiting` is called now and then with
    what is waited for. Raises DevStackError when the child ends first, or neither logs nor works for `stalled_seconds`;
    the child is stopped then.
    """
    began = last_active = last_said = last_looked = time.monotonic()
    activity = child.activity()
    while not (answer := probe()):
        code, now = child.exit_code(), time.monotonic()
        if now - last_looked >= LOOK_SECONDS:
            last_looked = now
            if (present := child.activity()) != activity:
                activity, last_active = present, now
        if code is None and now - last_active < stalled_seconds:
            if now - last_said >= SAY_SECONDS:
                last_said = now
                waiting(f"Waiting for {child.name} for {now - began:.0f} s (log: {child.log})")
            time.sleep(POLL_SECONDS)
            continue
        child.stop()
        said = " ".join((reason() if reason else "".join(child.last_lines(1))).split())
        ended = (
            f"did nothing for {stalled_seconds:g} s and is not ready"
            if code is None
            else f"ended with code {code}"
        )
        raise DevStackError(f"{child.name} {ended}: {said or 'it said nothing'} (log: {child.log})")
    return answer
