"""The bench of sheds, tiny, on the real servers of the tests."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from navswap.bench import shed
from navswap.bench.errors import BenchError
from navswap.bench.shed import PROMISED_SLOT, RECEIVED_SECONDS, SHED_KW, build_charging, measure_sheds
from navswap.bench.workspace import own_names
from navswap.devstack.stack import silent
from navswap.features.energy.storage import EnergyStations
from navswap.runtime import Runtime, open_runtime
from navswap.settings import Settings

pytestmark = pytest.mark.xdist_group("bench")  # one worker runs all, so that none sees the names of another


@pytest_asyncio.fixture
async def ground(settings: Settings) -> AsyncIterator[Runtime]:
    """A runtime on names of a bench's own."""
    async with own_names(settings) as own, open_runtime(own) as runtime:
        yield runtime


async def test_every_shed_is_received_in_time_and_breaks_no_promise(ground: Runtime) -> None:
    station_ids = await build_charging(ground, 6)
    delays = await measure_sheds(ground, station_ids, 1, silent)
    assert [one.latency.operations for one in delays] == [6, 6, 1, 6]
    assert max(one.latency.p99_milliseconds for one in delays) < RECEIVED_SECONDS * 1000
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
