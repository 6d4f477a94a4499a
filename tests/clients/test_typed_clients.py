"""Clients that others generate from the schema and the project's own operations, compiled and run in Node."""

import asyncio
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from navswap.auth.roles import Role
from navswap.runtime import Runtime
from navswap.web.persisted import own_manifest
from tests.factories.network import TAIPEI, a_station
from tests.factories.users import a_user, token_of
from tests.support.api import running
from tests.support.requirements import CLIENT_PACKAGES, PROJECT_ROOT

SOURCES = PROJECT_ROOT / ".ci" / "clients"
OPERATIONS = PROJECT_ROOT / "navswap" / "web" / "operations"
BOUND_SECONDS = 600

pytestmark = [pytest.mark.needs_node, pytest.mark.xdist_group("clients")]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the typed client, generated and compiled with every strict check."""
    folder = tmp_path_factory.mktemp("clients")
    shutil.copytree(SOURCES, folder, dirs_exist_ok=True)
    shutil.copytree(OPERATIONS, folder / "operations")
    shutil.copy(PROJECT_ROOT / "schema.graphql", folder)
    (folder / "node_modules").symlink_to(CLIENT_PACKAGES)
    run(folder, CLIENT_PACKAGES / ".bin" / "graphql-codegen", "--config", "codegen.yml")
    run(folder, CLIENT_PACKAGES / ".bin" / "tsc")
    return folder


def run(folder: Path, *words: object, **environment: str) -> str:
    """Run a program of Node and return what it said; it must succeed."""
    done = finished(folder, *words, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def finished(folder: Path, *words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in words],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=BOUND_SECONDS,
    )


@pytest.mark.streams
async def test_generated_clients_ride_over_http_and_graphql_ws(runtime: Runtime, built: Path) -> None:
    for _ in range(2):
        await a_station(runtime, charged=3)
    rider = await a_user(Role.CONSUMER)
    point = json.dumps([TAIPEI.longitude, TAIPEI.latitude])
    async with running(runtime, relay=True) as address:
        said = await asyncio.to_thread(
            run,
            built,
            "node",
            "--test",
            "--test-reporter=tap",
            "built/libraries.test.js",
            "built/ride.test.js",
            NAVSWAP_URL=f"http://{address}",
            NAVSWAP_TOKEN=token_of(runtime, rider),
            NAVSWAP_POINT=point,
        )
    assert "# pass 5" in said


@pytest.mark.streams
async def test_clients_name_documents_by_their_ids_where_no_others_are_served(
    runtime: Runtime, built: Path
) -> None:
    await a_station(runtime, charged=3)
    rider = await a_user(Role.CONSUMER)
    manifest = built / "operations.json"
    manifest.write_text(json.dumps(own_manifest()))
    of_codegen = built / "src" / "gql" / "persisted-documents.json"
    strict = runtime.settings.model_copy(
        update={"only_persisted_documents": True, "persisted_documents": [of_codegen]}
    )
    async with running(runtime, relay=True, settings=strict) as address:
        said = await asyncio.to_thread(
            run,
            built,
            "node",
            "--test",
            "--test-reporter=tap",
            "built/persisted.test.js",
            NAVSWAP_URL=f"http://{address}",
            NAVSWAP_TOKEN=token_of(runtime, rider),
            NAVSWAP_POINT=json.dumps([TAIPEI.longitude, TAIPEI.latitude]),
            NAVSWAP_MANIFEST=str(manifest),
        )
    assert "# pass 4" in said


def test_relay_takes_a_fragment_with_pagination(built: Path) -> None:
    (built / "relay" / "artifacts").mkdir()
    run(built / "relay", CLIENT_PACKAGES / ".bin" / "relay-compiler")
    made = {path.name for path in (built / "relay" / "artifacts").iterdir()}
    assert "StationListPaginationQuery.graphql.ts" in made


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("type Query { a: Int b: Int }", "type Query { a: Int b: Int c: Int }", 0),
        ("type Query { a: Int b: Int }", "type Query { a: Int }", 1),
        ('type Query { a: Int b: Int @deprecated(reason: "Use a.") }', "type Query { a: Int }", 0),
        ("type Query { a(x: Int): Int }", "type Query { a(x: Int!): Int }", 1),
    ],
    ids=["added", "removed", "removed after its deprecation", "argument required"],
)
def test_what_was_released_goes_only_after_its_deprecation(
    built: Path, tmp_path: Path, old: str, new: str, code: int
) -> None:
    before, after = tmp_path / "old.graphql", tmp_path / "new.graphql"
    before.write_text(old)
    after.write_text(new)
    assert finished(built, "node", "breaking.mjs", PROJECT_ROOT, before, after).returncode == code


def test_a_field_of_ours_goes_only_after_its_deprecation(built: Path, tmp_path: Path) -> None:
    """A planted break of the real schema is found, named, and allowed once the released schema had deprecated the field."""
    released, fresh = tmp_path / "released.graphql", tmp_path / "fresh.graphql"
    schema = (PROJECT_ROOT / "schema.graphql").read_text()
    field = "  isAcceptingHolds: Boolean!"
    without, times = re.subn(rf'  """[^"]*"""\n{field}\n', "", schema)
    assert times == 1
    fresh.write_text(without)
    for before, code in (
        (schema, 1),
        (schema.replace(field, f'{field} @deprecated(reason: "Use state.")'), 0),
    ):
        released.write_text(before)
        done = finished(built, "node", "breaking.mjs", PROJECT_ROOT, released, fresh)
        assert (done.returncode, "isAcceptingHolds" in done.stdout) == (code, code == 1)
