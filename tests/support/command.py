"""Commands of the shell, each in a process of its own, on the stores of some settings.

The process is forked from one that has imported everything, which takes a command of its own about three seconds.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory

from navswap.cli import main
from navswap.devstack.leash import PR_SET_PDEATHSIG
from navswap.settings import Settings

BOUND_SECONDS = 600
"""Only a broken command takes so long."""

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "navswap.schema",
        "navswap.runtime",
        "navswap.consistency.check",
        "navswap.seeding.demo",
        "navswap.worker",
        "navswap.app",
    ]
)


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment that names the stores of some settings, for a wide terminal."""
    names = ("mongo_url", "mongo_database", "redis_url", "kafka_bootstrap", "kafka_topic_prefix")
    chosen = {f"NAVSWAP_{name.upper()}": str(getattr(settings, name)) for name in names}
    return {**os.environ, **chosen, "COLUMNS": "200"}


def navswap(
    settings: Settings, *arguments: object, typed: str = "", before: Callable[[], None] | None = None
) -> CompletedProcess[str]:
    """Run `navswap` in a pipe, as a script does, and return its exit code and what it said.

    `before` is called first in the process of the command.
    """
    with TemporaryDirectory() as folder:
        process = begin(settings, Path(folder), *arguments, typed=typed, before=before)
        process.join(BOUND_SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
        assert process.exitcode is not None
        said, complained = (Path(folder, name).read_text() for name in ("stdout", "stderr"))
    return CompletedProcess(["navswap", *map(str, arguments)], process.exitcode, said, complained)


def begin(
    settings: Settings,
    folder: Path,
    *arguments: object,
    typed: str = "",
    before: Callable[[], None] | None = None,
) -> ForkServerProcess:
    """Begin `navswap`, with `stdin`, `stdout` and `stderr` in a folder; it is killed when this process ends."""
    words = ["navswap", *(str(argument) for argument in arguments)]
    streams = [Path(folder, name) for name in ("stdin", "stdout", "stderr")]
    streams[0].write_text(typed)
    process = FORKS.Process(target=_run, args=(words, environment_of(settings), streams, before))
    process.start()
    return process


def _run(
    words: Sequence[str],
    environment: Mapping[str, str],
    streams: Sequence[Path],
    before: Callable[[], None] | None,
) -> None:
    _die_with_parent()
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate(streams):
        os.dup2(os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT), number)
    sys.stdin = os.fdopen(0)
    sys.argv = list(words)
    if before is not None:
        before()
    main()


def _die_with_parent() -> None:
    """Ask Linux for SIGKILL when the server of the forks dies, which it does when the tests end."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
