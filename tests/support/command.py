"""Commands of the shell, each in a process of its own, on the stores of some settings.

The process is forked from one that has imported everything, which takes a command of its own about three seconds.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory

from navswap.cli import main
from navswap.settings import Settings

BOUND_SECONDS = 180
"""Only a broken command takes so long."""

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(
    ["navswap.schema", "navswap.runtime", "navswap.consistency.check", "navswap.seeding.demo"]
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
    words = ["navswap", *(str(argument) for argument in arguments)]
    with TemporaryDirectory() as folder:
        streams = [Path(folder, name) for name in ("stdin", "stdout", "stderr")]
        streams[0].write_text(typed)
        process = FORKS.Process(target=_run, args=(words, environment_of(settings), streams, before))
        process.start()
        process.join(BOUND_SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
        assert process.exitcode is not None
        _, said, complained = (stream.read_text() for stream in streams)
    return CompletedProcess(words, process.exitcode, said, complained)


def _run(
    words: Sequence[str],
    environment: Mapping[str, str],
    streams: Sequence[Path],
    before: Callable[[], None] | None,
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate(streams):
        os.dup2(os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT), number)
    sys.stdin = os.fdopen(0)
    sys.argv = list(words)
    if before is not None:
        before()
    main()
