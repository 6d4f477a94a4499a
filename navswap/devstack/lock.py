"""One development stack per data directory."""

import os
import time
from pathlib import Path

from navswap.devstack.errors import DevStackError

POLL_SECONDS = 0.05


class DataDirLock:
    """An advisory lock on `<data_dir>/lock`, whose text is the pid of the holder.

    The kernel frees it with the last process that holds its descriptor, so a stale file never locks anyone out.
    Servers that inherit the descriptor keep it until they are gone, and the next start waits for them.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "lock"
        self._descriptor: int | None = None

    @property
    def descriptors(self) -> tuple[int, ...]:
        """The open descriptor for children to inherit; empty while the lock is not held."""
        return () if self._descriptor is None else (self._descriptor,)

    def acquire(self, *, within_seconds: float = 40.0) -> None:
        """Take the lock; wait for servers of a holder that is dead, at most `within_seconds`.

        Raises DevStackError when the holder lives, or when the directory cannot be written.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise DevStackError(
                f"Cannot write {self._path.parent}: {error.strerror}; choose another --data-dir"
            ) from error
        deadline = time.monotonic() + within_seconds
        while not _try_lock(descriptor):
            holder = os.pread(descriptor, 32, 0).decode().strip()
            if _lives(holder) or time.monotonic() > deadline:
                os.close(descriptor)
                raise DevStackError(
                    f"{self._path.parent} is in use by process {holder or 'unknown'}: stop that one, or choose another --data-dir"
                )
            time.sleep(POLL_SECONDS)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def is_held(self) -> bool:
        """Return whether anyone holds the lock now."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            return not _try_lock(descriptor)
        finally:
            os.close(descriptor)

    def release(self) -> None:
        """Let the next one in."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _try_lock(descriptor: int) -> bool:
    import fcntl  # noqa: PLC0415 - Windows has none, and must get as far as saying so

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lives(pid: str) -> bool:
    """Return whether the process of that number runs; an empty text is a holder that is about to write its own."""
    if not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
