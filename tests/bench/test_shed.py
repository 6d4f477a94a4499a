"""The bench of sheds, tiny, on the real servers of the tests."""

from collections.abc import AsyncIterator
from math import inf

import pytest
import pytest_asyncio

from navswap.bench import shed
from navswap.bench.errors import BenchError
from navswap.bench.shed import PROMISED_SLOT, SHED_KW, build_charging, measure_sheds
from navswap.bench.workspace import own_names
from navswap.devstack.stack import silent
from navswap.features.energy.storage import EnergyStations
from navswap.runtime import Runtime, open_runtime
from navswap.settings import Settings

pytestmark = pytest.mark.xdist_group("bench")  # one worker runs all, so that none sees the names of another


@pytest_asyncio.fixture
async def ground(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Runtime]:
    """A runtime on names of a bench's own, on which an order may take as long as it does: a machine may be slow."""
    monkeypatch.setattr(shed, "COMMITTED_SECONDS", inf)
    monkeypatch.setattr(shed, "RECEIVED_SECONDS", inf)
    async with own_names(settings) as own, open_runtime(own) as runtime:
        yield runtime


async def test_every_shed_is_received_and_breaks_no_promise(ground: Runtime) -> None:
    station_ids = await build_charging(ground, 6)
    delays = await measure_sheds(ground, station_ids, 1, silent)
    assert [one.latency.operations for one in delays] == [6, 6, 1, 6]
    assert min(one.latency.p50_milliseconds for one in delays) > 0
    for energy in await EnergyStations.list_where({}):
        assert energy.shed is not None
        assert 0 < energy.charging_kw <= SHED_KW
        assert PROMISED_SLOT in {setpoint.evse_id for setpoint in energy.setpoints}


async def test_a_shed_that_breaks_a_promise_is_no_figure(
    ground: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shed, "PROMISED_SOC_PERCENT", 20.0)  # more than an hour's charge is missing
    station_ids = await build_charging(ground, 2)
    with pytest.raises(BenchError, match="broke a promise"):
        await measure_sheds(ground, station_ids, 1, silent)


@pytest.mark.parametrize("bound", ["COMMITTED_SECONDS", "RECEIVED_SECONDS"])
async def test_a_shed_that_takes_too_long_is_no_figure(
    ground: Runtime, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(shed, bound, 0.0)
    station_ids = await build_charging(ground, 1)
    with pytest.raises(BenchError, match="Commands were committed after"):
        await measure_sheds(ground, station_ids, 1, silent)
