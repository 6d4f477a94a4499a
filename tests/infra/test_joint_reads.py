"""Reads of several collections by one command, on a real MongoDB."""

import pytest

from navswap.features.packs.storage import Packs
from navswap.features.stations.storage import Stations
from navswap.infra.joint_reads import Find, find_together
from navswap.infra.mongo import Session
from navswap.runtime import Runtime
from tests.factories.network import a_station


async def test_each_find_has_what_a_read_of_its_own_has(runtime: Runtime) -> None:
    station, _ = await a_station(runtime, charged=3), await a_station(runtime, charged=2)
    one = Find(Stations, {"_id": station.id}, is_strict=True)
    emptiest_first = Find(Packs, {"place.holder_id": station.id}, sort={"place.evse_id": -1})
    other = Find(Packs, {"_id": "nowhere"})

    async def work(session: Session) -> None:
        stations, packs, none = await find_together(session, one, emptiest_first, other)
        assert stations == [station]
        assert packs == sorted(
            await Packs.list_at_station(station.id, session),
            key=lambda pack: pack.place.evse_id or 0,
            reverse=True,
        )
        assert none == []
        assert await find_together(session, other, one) == ([], [])

    await runtime.mongo.in_transaction(work)


async def test_it_sees_what_its_transaction_has_written(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2)
    find = Find(Stations, {"_id": station.id}), Find(Packs, {"held_by": "an entry"})

    async def work(session: Session) -> None:
        await Packs.collection().update_one(
            {"place.holder_id": station.id}, {"$set": {"held_by": "an entry"}}, session=session
        )
        assert len((await find_together(session, *find))[1]) == 1

    await runtime.mongo.in_transaction(work)


async def test_what_is_out_of_schema_is_left_out_unless_it_must_not_be(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2)
    in_slots = {"place.holder_id": station.id}
    await Packs.collection().update_one(in_slots, {"$set": {"soc_percent": 900.0}})

    async def work(session: Session) -> None:
        at = Find(Stations, {"_id": station.id})
        assert len((await find_together(session, at, Find(Packs, in_slots)))[1]) == 1
        with pytest.raises(ValueError, match="soc_percent"):
            await find_together(session, at, Find(Packs, in_slots, is_strict=True))

    await runtime.mongo.in_transaction(work)
