"""The notebook for analysts runs as it stands, in its order."""

import ast
import asyncio
import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

from navswap.auth.roles import Role
from navswap.runtime import Runtime
from tests.factories.network import a_station
from tests.factories.swapping import a_swap, store_swap
from tests.factories.users import a_user, token_of
from tests.support.api import running
from tests.support.command import navswap

PAGE = (Path(__file__).parents[2] / "docs" / "notebook.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
[COMMAND] = re.findall(r"^uv run navswap (.*)$", PAGE, flags=re.MULTILINE)


async def test_every_block_and_the_command_give_the_frames_that_they_speak_of(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stations = [await a_station(runtime) for _ in range(2)]
    this_morning = datetime.now(UTC).replace(
        hour=9
    )  # the page asks for the last days by the clock on the wall
    for days in (2, 2, 3):
        await store_swap(a_swap(stations[0].id, this_morning - timedelta(days=days)))
    analyst = await a_user(Role.ANALYST)
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {}
    async with running(runtime) as address:
        monkeypatch.setenv("NAVSWAP_URL", f"http://{address}")
        monkeypatch.setenv("NAVSWAP_TOKEN", token_of(runtime, analyst))
        done = await asyncio.to_thread(navswap, runtime.settings, *shlex.split(COMMAND))
        assert (done.returncode, done.stderr) == (0, "")
        for block in BLOCKS:
            await asyncio.to_thread(exec, block, namespace)
    assert isinstance(namespace["by_zone"], pl.DataFrame)
    assert namespace["by_zone"]["swaps"].to_list() == [3]
    assert isinstance(namespace["daily"], pd.DataFrame)
    assert sorted(namespace["daily"].iloc[:, 0]) == [1, 2]
    names = sorted(station.information.name for station in stations)
    assert sorted(namespace["stations"]["name"]) == names
    assert "status.freePacks" in namespace["stations"].columns
    assert sorted(namespace["stations_again"]["name"]) == names


def test_from_a_query_to_a_frame_are_no_more_than_ten_statements() -> None:
    assert len(ast.parse(BLOCKS[0]).body) <= 10
