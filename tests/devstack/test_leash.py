import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from navswap.devstack import leash

BOUND_SECONDS = 600
"""Only a broken leash waits this long."""

WRITER = "import os, signal; pipe = open({fifo!r}, 'w'); pipe.write('ready\\n'); pipe.flush(); {then}"
"""A command whose end shows as the end of the file on a named pipe."""

PARENT = """
import signal, sys
from pathlib import Path
from navswap.devstack.child import Child
child = Child("victim", [sys.executable, "-c", sys.argv[1]], Path(sys.argv[2]))
print(child.pid, flush=True)
signal.pause()
"""


class Life:
    """Tells when a command has started and when the last process that has its pipe has ended."""

    def __init__(self, fifo: Path) -> None:
        os.mkfifo(fifo)
        self.fifo = fifo
        # Opening without blocking lets the command start later; reading waits with a bound.
        self._descriptor = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)

    def command(self, then: str) -> str:
        return WRITER.format(fifo=str(self.fifo), then=then)

    def wait_for_start(self) -> None:
        assert self._read() == b"ready\n"

    def wait_for_end(self) -> None:
        assert self._read() == b""

    def close(self) -> None:
        os.close(self._descriptor)

    def _read(self) -> bytes:
        ready, _, _ = select.select([self._descriptor], [], [], BOUND_SECONDS)
        assert ready, "the command neither spoke nor ended"
        return os.read(self._descriptor, 100)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    life = Life(tmp_path / "life")
    yield life
    life.close()


def on_leash(*command: str, grace: float = 10, orphan_grace: float | None = None) -> subprocess.Popen[bytes]:
    orphaned = [] if orphan_grace is None else ["--orphan-grace", str(orphan_grace)]
    return subprocess.Popen(
        [sys.executable, "-m", leash.__name__, "--grace", str(grace), *orphaned, "--", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def let_go(process: subprocess.Popen[bytes]) -> int:
    process.communicate(timeout=BOUND_SECONDS)
    return process.returncode


def test_killing_the_parent_leaves_no_orphan(life: Life, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, life.command("signal.pause()"), str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        life.wait_for_start()
        parent.kill()
        life.wait_for_end()
    assert parent.returncode == -signal.SIGKILL, "it had no time to end its child itself"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_killing_the_leash_leaves_no_orphan(life: Life) -> None:
    leashed = on_leash(sys.executable, "-c", life.command("signal.pause()"))
    life.wait_for_start()
    leashed.kill()
    life.wait_for_end()
    assert let_go(leashed) == -signal.SIGKILL


def test_a_command_that_ignores_sigterm_is_killed_after_the_grace(life: Life) -> None:
    deaf = f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {life.command('[signal.pause() for _ in iter(int, 1)]')}"
    leashed = on_leash(sys.executable, "-c", f"import signal; {deaf}", grace=0.2)
    life.wait_for_start()
    assert let_go(leashed) == 128 + signal.SIGKILL
    life.wait_for_end()


def test_an_orphan_that_ignores_sigterm_gets_the_grace_of_orphans(life: Life) -> None:
    deaf = f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {life.command('[signal.pause() for _ in iter(int, 1)]')}"
    leashed = on_leash(
        sys.executable, "-c", f"import signal; {deaf}", grace=10 * BOUND_SECONDS, orphan_grace=0.2
    )
    life.wait_for_start()
    assert let_go(leashed) == 128 + signal.SIGKILL
    life.wait_for_end()


def test_a_command_may_end_cleanly_within_the_grace(life: Life) -> None:
    polite = life.command(
        "signal.signal(signal.SIGTERM, lambda *_: os._exit(7)); os.write(1, b'x'); signal.pause()"
    )
    leashed = on_leash(sys.executable, "-c", polite)
    life.wait_for_start()
    assert leashed.stdout is not None
    assert leashed.stdout.read(1) == b"x"
    assert let_go(leashed) == 7


def test_a_command_can_be_killed_at_once(life: Life) -> None:
    leashed = on_leash(
        sys.executable, "-c", life.command("signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()")
    )
    life.wait_for_start()
    leashed.send_signal(signal.SIGUSR1)
    life.wait_for_end()
    assert leashed.wait(BOUND_SECONDS) == 128 + signal.SIGKILL
    let_go(leashed)


def test_what_the_command_started_ends_with_it(life: Life) -> None:
    grandchild = life.command("signal.pause()")
    starter = f"import signal, subprocess, sys; subprocess.Popen([sys.executable, '-c', {grandchild!r}]); signal.pause()"
    leashed = on_leash(sys.executable, "-c", starter)
    life.wait_for_start()
    leashed.terminate()
    life.wait_for_end()
    assert let_go(leashed) == 128 + signal.SIGTERM


def test_the_keyboard_interrupt_of_a_terminal_is_left_to_the_parent(life: Life) -> None:
    leashed = on_leash(sys.executable, "-c", life.command("signal.pause()"))
    life.wait_for_start()
    leashed.send_signal(signal.SIGINT)
    assert leashed.poll() is None
    assert let_go(leashed) == 128 + signal.SIGTERM


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["true"], 0),
        ([sys.executable, "-c", "raise SystemExit(3)"], 3),
        ([sys.executable, "-c", "import os; os.abort()"], 128 + signal.SIGABRT),
        (["no-such-command-anywhere"], 127),
    ],
)
def test_the_leash_ends_with_the_code_of_its_command(command: list[str], code: int) -> None:
    leashed = on_leash(*command)
    assert leashed.wait(BOUND_SECONDS) == code
    let_go(leashed)
