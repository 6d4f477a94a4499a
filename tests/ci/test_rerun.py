"""What `.ci/rerun` runs again, and what it leaves as failed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.requirements import PROJECT_ROOT

NAMES = [f"tests/x.py::holds[{number} a]@group" for number in range(4)]


def rerun(folder: Path, failed: list[str], output: str, code: int = 0) -> tuple[int, list[str], list[str]]:
    """Return its exit code, what it ran, and what it calls unstable; a second run ends with a code."""
    uv = folder / "uv"
    uv.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {folder}/asked\nexit {code}\n')
    uv.chmod(0o755)
    cache = folder / ".pytest_cache" / "v" / "cache"
    cache.mkdir(parents=True)
    (cache / "lastfailed").write_text(json.dumps(dict.fromkeys(failed, True)))
    (folder / "output").write_text(output)
    (folder / "unstable").touch()
    done = subprocess.run(
        [sys.executable, str(PROJECT_ROOT / ".ci" / "rerun"), "output", "unstable"],
        cwd=folder,
        env={"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"},
        check=False,
        capture_output=True,
    )
    asked = (folder / "asked").read_text().splitlines()[4:] if (folder / "asked").exists() else []
    return done.returncode, asked, (folder / "unstable").read_text().splitlines()


def test_a_few_failed_tests_run_again_and_are_named_where_they_pass(tmp_path: Path) -> None:
    names = ["tests/x.py::holds[0 a]", "tests/x.py::holds[1 a]"]
    assert rerun(tmp_path, NAMES[:2], "2 failed, 98 passed in 3.0s") == (0, names, names)


def test_what_fails_again_has_failed(tmp_path: Path) -> None:
    assert rerun(tmp_path, NAMES[:1], "1 failed in 3.0s", code=1) == (1, ["tests/x.py::holds[0 a]"], [])


@pytest.mark.parametrize(
    ("failed", "output"),
    [
        (NAMES, "4 failed, 96 passed in 3.0s"),
        ([], "no tests ran in 0.0s"),
        (NAMES[:1], "worker 'gw0' crashed while running 'tests/x.py::holds'\n1 failed, 3 passed in 3.0s"),
        (NAMES[:1], "!!!!!!!!! xdist.dsession.Interrupted: worker gw0 crashed !!!!!!!!!\n1 failed in 3.0s"),
    ],
    ids=["many", "none", "crashed", "interrupted"],
)
def test_a_broken_change_and_a_run_that_ended_early_are_not_run_again(
    tmp_path: Path, failed: list[str], output: str
) -> None:
    assert rerun(tmp_path, failed, output) == (1, [], [])
