"""What is wrong with the surroundings is one line that names what to correct, and never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BOUND_SECONDS = 600
PORT = 19_001
"""Outside of the ports that servers of other tests are given."""


@pytest.mark.parametrize(
    ("command", "variable", "value", "complaint"),
    [
        ("serve", "NAVSWAP_MONGO_URL", "mongodb://127.0.0.1:1", "names a MongoDB that does not answer"),
        ("worker", "NAVSWAP_MONGO_URL", "mongodb://127.0.0.1:99999", "names a MongoDB that does not answer"),
        ("up", "NAVSWAP_LOG_LEVEL", "nope", "NAVSWAP_LOG_LEVEL: Input should be 'DEBUG'"),
        ("serve", "NAVSWAP_TRUSTED_PROXIES", "10.0.0.1", "NAVSWAP_TRUSTED_PROXIES: this is no JSON list"),
        ("serve", "NAVSWAP_TRUSTED_PROXIES", '["nowhere"]', "NAVSWAP_TRUSTED_PROXIES: 'nowhere' does not"),
        ("up", "NAVSWAP_HOST", "192.0.2.1", f"Cannot listen on port {PORT} of 192.0.2.1"),
    ],
)
def test_a_bad_setting_is_one_line(
    tmp_path: Path, command: str, variable: str, value: str, complaint: str
) -> None:
    environment = {name: text for name, text in os.environ.items() if not name.startswith("NAVSWAP_")}
    done = subprocess.run(
        [sys.executable, "-m", "navswap", command],
        cwd=tmp_path,
        env={**environment, "NAVSWAP_PORT": f"{PORT}", "NAVSWAP_WORKER_PORT": f"{PORT + 1}", variable: value},
        capture_output=True,
        text=True,
        check=False,
        timeout=BOUND_SECONDS,
    )
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1), done.stderr
    assert done.stderr.startswith("navswap: ")
    assert complaint in done.stderr
