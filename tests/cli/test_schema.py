import json
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

import navswap
from navswap.cli import all_commands


def test_the_command_writes_the_very_file_that_is_kept() -> None:
    kept = Path(navswap.__file__).parent.parent / "schema.graphql"
    printed = subprocess.run([sys.executable, "-m", "navswap", "schema"], capture_output=True, check=True)
    assert printed.stdout == kept.read_bytes()


def test_the_own_operations_are_printed_as_a_manifest_that_fits_the_schema(tmp_path: Path) -> None:
    file = tmp_path / "operations.json"
    file.write_text(CliRunner().invoke(all_commands(), ["schema", "--manifest"]).output)
    checked = CliRunner().invoke(all_commands(), ["schema", "--check", str(file)])
    count = len(json.loads(file.read_text())["operations"])
    assert (checked.exit_code, checked.output) == (0, f"{count} of {count} documents fit\n")


def test_a_document_that_no_longer_fits_is_named_by_its_id(tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps({"old": "{ gone }", "torn": "{", "good": "{ __typename }"}))
    checked = CliRunner().invoke(all_commands(), ["schema", "--check", str(file)])
    assert checked.exit_code == 1
    assert checked.stdout == "1 of 3 documents fit\n"
    assert "old: Cannot query field 'gone' on type 'Query'." in checked.stderr
    assert "torn: Syntax Error" in checked.stderr


def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path) -> None:
    checked = CliRunner().invoke(all_commands(), ["schema", "--check", str(tmp_path / "absent.json")])
    assert checked.exit_code == 2
    assert "absent.json is no manifest of persisted documents" in checked.stderr
