"""The file of finished runs, one JSON object a line, so that an interrupted tournament goes on where it was.

Its name is a hash of all that decides what a run comes to: the city, the days, the scenario, the weights of the regret and the
code. A run of another city or of changed code is never taken for one of this tournament.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Self

from navswap.infra.cluster import hash_of_code
from navswap.ml.registry import MANIFEST
from navswap.simulation.tournament.work import Record, Setting, Task

CODE = (
    "kit/**/*.py",
    "features/*/domain/**/*.py",
    "ml/**/*.py",
    "simulation/*.py",
    "simulation/engine/*.py",
    "simulation/regret/*.py",
    "simulation/world/**/*.py",
    "simulation/tournament/work.py",
)
"""The files that decide what a run comes to."""


class RunFile:
    """Finished runs of one setting; only one process writes to it at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, setting: Setting, folder: Path) -> Self:
        """Return the file of a setting in a folder, which is made if there is none; raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder / f"runs-{key_of(setting)}.jsonl")

    def finished(self, tasks: Sequence[Task]) -> dict[tuple[str, int], Record]:
        """Return the runs among these that are finished; a line that was cut off counts as none."""
        wanted = {task.key for task in tasks}
        records = (record for record in self._records() if (record.policy, record.seed) in wanted)
        return {(record.policy, record.seed): record for record in records}

    def add(self, record: Record) -> None:
        """Write a finished run; it is on the disk when this returns."""
        line = json.dumps(record.as_dict(), allow_nan=False)
        with self.path.open("a+b") as file:
            if file.seek(0, os.SEEK_END) and not self._ends_whole():
                file.write(b"\n")
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _ends_whole(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def _records(self) -> list[Record]:
        if not self.path.exists():
            return []
        records = []
        for line in self.path.read_text("utf-8", errors="replace").splitlines():
            try:
                records.append(Record.of_dict(json.loads(line)))
            except (ValueError, KeyError, TypeError):
                continue
        return records


def key_of(setting: Setting) -> str:
    """Return the hash of all that the runs of a setting depend on, but policy and seed."""
    parts = (
        repr(setting.city),
        repr(replace(setting.options, seed=0)),
        repr(setting.scenario),
        repr(setting.regret),
        models_version(setting.models),
        code_version(),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def models_version(folder: Path | None) -> str:
    """Return a hash that only the same models have: of their manifests, which have the hashes of their files."""
    if folder is None:
        return ""
    manifests = sorted(folder.glob(f"*/{MANIFEST}"))
    return hashlib.sha256(b"\n".join(path.read_bytes() for path in manifests)).hexdigest()[:16]


@cache
def code_version() -> str:
    """Return the hash of the code that a run executes: the world, the engine, the slices' domains and the kit."""
    return hash_of_code(CODE)


def default_folder() -> Path:
    """Return where run files are kept unless another folder is named: the user's cache."""
    cache_home = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache_home) if cache_home else Path.home() / ".cache") / "navswap" / "runs"
