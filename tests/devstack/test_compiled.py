import os
import subprocess
import sys
from pathlib import Path

FIRST_LINES = """
import sys
from pathlib import Path
from navswap.devstack.compiled import keep_compiled_modules
keep_compiled_modules(Path(sys.argv[1]))
import navswap.kit.units
"""


def run(folder: Path, **environment: str) -> None:
    subprocess.run(
        [sys.executable, "-c", FIRST_LINES, str(folder)], check=True, env={**os.environ, **environment}
    )


def test_where_compiled_modules_are_forbidden_beside_the_sources_they_are_kept_with_the_data(
    tmp_path: Path,
) -> None:
    run(tmp_path, PYTHONDONTWRITEBYTECODE="1")
    assert [path.name.partition(".")[0] for path in tmp_path.rglob("units.*.pyc")] == ["units"]


def test_where_they_are_not_forbidden_the_data_folder_is_left_alone(tmp_path: Path) -> None:
    run(tmp_path, PYTHONDONTWRITEBYTECODE="")
    assert list(tmp_path.iterdir()) == []
