"""The `uv run` between a person and a command: a signal that kills it is meant for the command."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

LAUNCHERS = frozenset({"uv", "uvx"})
"""Programs that wait for the command that they start, and pass on signals but for SIGKILL, which nothing can."""


@dataclass(frozen=True, slots=True)
class Launcher:
    """The parent process that only waits for this one."""

    pid: int

    def is_gone(self) -> bool:
        """Return whether it has ended before this one, which it does only when it is killed."""
        return os.getppid() != self.pid


def find_launcher() -> Launcher | None:
    """Return the launcher of this process; None where a shell or a service manager started it, which may end first."""
    parent = os.getppid()
    return Launcher(parent) if _name_of(parent) in LAUNCHERS else None


def _name_of(pid: int) -> str:
    """Return the name of the program of a process; empty where it cannot be known."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except OSError:  # no /proc on macOS
        return _name_by_ps(pid)


def _name_by_ps(pid: int) -> str:
    try:
        listed = subprocess.run(  # noqa: S603 - our own command, never a user's text
            ["ps", "-o", "comm=", "-p", str(pid)],  # noqa: S607 - where ps lies differs between systems
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return Path(listed.stdout.strip()).name
