import subprocess
import sys
from pathlib import Path

import navswap


def test_the_command_writes_the_very_file_that_is_kept() -> None:
    kept = Path(navswap.__file__).parent.parent / "schema.graphql"
    printed = subprocess.run([sys.executable, "-m", "navswap", "schema"], capture_output=True, check=True)
    assert printed.stdout == kept.read_bytes()
