"""How another process finds the stack that runs on a data directory."""

import json
from collections.abc import Mapping
from pathlib import Path

from navswap.devstack.lock import DataDirLock

_FILE = "running.json"


def announce(data_dir: Path, environment: Mapping[str, str]) -> None:
    """Write down the NAVSWAP_… variables that lead a process to the running stack."""
    draft = data_dir / f"{_FILE}.draft"
    draft.write_text(json.dumps(dict(environment), indent=2) + "\n")
    draft.rename(data_dir / _FILE)


def withdraw(data_dir: Path) -> None:
    """Forget what was announced."""
    (data_dir / _FILE).unlink(missing_ok=True)


def find_running(data_dir: Path) -> dict[str, str]:
    """Return the announced variables; none where no stack runs, also when one was killed before it withdrew."""
    if not DataDirLock(data_dir).is_held():
        return {}
    try:
        announced = json.loads((data_dir / _FILE).read_text())
    except FileNotFoundError:
        return {}
    return {str(name): str(value) for name, value in announced.items()}


def as_fields(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the values of NAVSWAP_… variables by the names of the settings' fields."""
    return {name.removeprefix("NAVSWAP_").lower(): value for name, value in environment.items()}
