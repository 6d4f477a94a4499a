import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

import pytest

from navswap.events.outbox import OutboxEvent
from navswap.events.payloads import read_fact
from navswap.features.packs.domain.values import Pack
from navswap.features.packs.errors import (
    PackElsewhereError,
    PackKnownError,
    PackNotFoundError,
    SlotTakenError,
    WrongPackModelError,
)
from navswap.features.packs.events import HealthMeasured, PackMoved
from navswap.features.packs.service import (
    ChargingPack,
    Condition,
    PackIntoSlot,
    PackReading,
    PackService,
    PacksServices,
    Place,
    PlaceKind,
    Slot,
    count_packs,
)
from navswap.features.packs.storage import Packs
from navswap.infra.mongo import Session
from navswap.kit.charging import STANDARD_PACK
from navswap.runtime import Runtime
from tests.factories.network import a_pack

T = TypeVar("T")
PROMISED = 80.0


def in_slot(evse_id: int) -> Place:
    return Place(PlaceKind.SLOT, "station", evse_id)


def service(runtime: Runtime) -> PackService:
    return PacksServices.of(runtime).packs


async def done(runtime: Runtime, work: Callable[[Session], Awaitable[T]]) -> T:
    return await runtime.mongo.in_transaction(work)


async def hold(runtime: Runtime, entry_id: str, count: int = 1, model_id: str = "NS-48") -> tuple[Pack, ...]:
    packs = service(runtime)

    async def work(session: Session) -> tuple[Pack, ...]:
        return await packs.hold(
            await packs.list_at_station("station", session),
            entry_id=entry_id,
            model_id=model_id,
            count=count,
            promised_soc_percent=PROMISED,
            session=session,
        )

    return await done(runtime, work)


async def published() -> list[PackMoved]:
    events = await OutboxEvent.find({"envelope.type": PackMoved.type}).sort("position").to_list()
    return [read_fact(PackMoved, event.envelope["payload"]) for event in events]


async def test_the_fullest_packs_are_held_and_what_is_returned_is_what_is_stored(runtime: Runtime) -> None:
    low, best, good = [
        await a_pack(in_slot(slot), soc_percent=soc) for slot, soc in enumerate([81.0, 99.0, 95.0], start=1)
    ]
    held = await hold(runtime, "entry", count=2)
    assert [pack.id for pack in held] == [best.id, good.id]
    assert list(held) == [await Packs.find(best.id), await Packs.find(good.id)]
    assert {pack.held_by for pack in held} == {"entry"}
    assert await Packs.find(low.id) == low


@pytest.mark.parametrize(("count", "model_id"), [(3, "NS-48"), (1, "NS-60")])
async def test_too_few_packs_of_a_model_hold_none(runtime: Runtime, count: int, model_id: str) -> None:
    packs = [await a_pack(in_slot(1)), await a_pack(in_slot(2)), await a_pack(in_slot(3), soc_percent=40.0)]
    assert await hold(runtime, "entry", count, model_id) == ()
    assert [await Packs.find(pack.id) for pack in packs] == packs


async def test_concurrent_holds_share_no_pack(runtime: Runtime) -> None:
    for slot in range(1, 6):
        await a_pack(in_slot(slot))
    held = await asyncio.gather(*(hold(runtime, f"entry-{number}", count=2) for number in range(4)))
    serial_numbers = [pack.id for packs in held for pack in packs]
    assert len(set(serial_numbers)) == len(serial_numbers) == 4
    assert sorted(map(len, held)) == [0, 0, 2, 2]


async def test_a_released_pack_is_free_again(runtime: Runtime) -> None:
    await a_pack(in_slot(1))
    await hold(runtime, "entry")
    packs = service(runtime)

    async def release(session: Session) -> tuple[Pack, ...]:
        return await packs.release(await packs.list_held("entry", session), session)

    [released] = await done(runtime, release)
    assert released.held_by is None
    assert await hold(runtime, "another") == (
        replace(released, held_by="another", revision=released.revision + 1),
    )


async def test_an_exchange_moves_both_packs_through_one_slot_and_publishes_it(runtime: Runtime) -> None:
    rider = Place(PlaceKind.RIDER, "rider")
    given, returned = await a_pack(in_slot(1)), await a_pack(rider)
    packs = service(runtime)

    async def swap(session: Session) -> tuple[Pack, ...]:
        into = PackIntoSlot(returned.id, Slot("station", 1), 12.0)
        return await packs.exchange([given], [into], "rider", session)

    moved = await done(runtime, swap)
    assert [(pack.id, pack.place, pack.revision) for pack in moved] == [
        (given.id, rider, 2),
        (returned.id, in_slot(1), 2),
    ]
    assert moved[1].soc_percent == 12.0
    assert [await Packs.find(pack.id) for pack in moved] == list(moved)
    moves = [(move.serial_number, move.origin, move.target) for move in await published()]
    assert moves == [(given.id, in_slot(1), rider), (returned.id, rider, in_slot(1))]


async def test_the_pack_that_is_given_is_not_the_one_that_comes_back(runtime: Runtime) -> None:
    given = await a_pack(in_slot(1))
    packs = service(runtime)

    async def swap(session: Session) -> tuple[Pack, ...]:
        return await packs.exchange([given], [PackIntoSlot(given.id, Slot("station", 2))], "rider", session)

    with pytest.raises(PackElsewhereError):
        await done(runtime, swap)
    assert await Packs.find(given.id) == given


async def test_what_is_refused_moves_no_pack_of_the_list(runtime: Runtime) -> None:
    first = await a_pack(in_slot(1))
    other = await a_pack(Place(PlaceKind.SLOT, "other", 1))
    packs = service(runtime)

    async def load(second: str, session: Session) -> None:
        await packs.load([first.id, second], "station", "driver", PROMISED, session)

    for second, refusal in (
        (other.id, PackElsewhereError),
        ("unknown", PackNotFoundError),
        (first.id, PackElsewhereError),
    ):
        with pytest.raises(refusal):
            await done(runtime, partial(load, second))
    assert await Packs.find(first.id) == first
    assert await published() == []


async def test_a_slot_holds_one_pack_and_takes_its_model_only(runtime: Runtime) -> None:
    await a_pack(in_slot(1))
    carried = await a_pack(Place(PlaceKind.TRANSPORTER, "driver"))
    packs = service(runtime)

    async def unload(slot: Slot, session: Session) -> None:
        await packs.unload([PackIntoSlot(carried.id, slot)], "driver", session)

    for slot, refusal in (
        (Slot("station", 1), SlotTakenError),
        (Slot("station", 2, "NS-60"), WrongPackModelError),
    ):
        with pytest.raises(refusal):
            await done(runtime, partial(unload, slot))
    assert await Packs.find(carried.id) == carried


async def test_packs_that_are_on_board_already_change_nothing(runtime: Runtime) -> None:
    at_shop = await a_pack(Place(PlaceKind.SHOP, "shop"))
    packs = service(runtime)
    [fetched] = await done(runtime, lambda session: packs.fetch([at_shop.id], "shop", "driver", session))
    assert await done(runtime, lambda session: packs.fetch([at_shop.id], "shop", "driver", session)) == ()
    assert await Packs.find(at_shop.id) == fetched
    assert len(await published()) == 1


async def test_new_packs_come_into_a_depot_once(runtime: Runtime) -> None:
    packs = service(runtime)
    new = await done(runtime, lambda session: packs.commission(["P-1", "P-2"], "depot", session, "NS-60"))
    assert [(pack.id, pack.model_id) for pack in new] == [("P-1", "NS-60"), ("P-2", "NS-60")]
    with pytest.raises(PackKnownError, match="P-2"):
        await done(runtime, lambda session: packs.commission(["P-3", "P-2"], "depot", session))
    assert await packs.count_at_depot("depot") == 2
    assert await packs.count_at_depot("depot", model_id="NS-48") == 0
    assert await Packs.find("P-3") is None


async def test_a_report_is_taken_over_reading_by_reading_of_the_packs_that_are_there(
    runtime: Runtime,
) -> None:
    first, second = await a_pack(in_slot(1)), await a_pack(in_slot(2))
    packs = service(runtime)
    readings = [
        PackReading(first.id, 50.0),
        PackReading(second.id, 60.0, soh_percent=90.0, faulty=True),
        PackReading(first.id, 51.0),
    ]
    there = await done(runtime, lambda session: packs.report("station", readings, session))
    assert [(pack.soc_percent, pack.condition) for pack in there] == [
        (51.0, Condition.FIT),
        (60.0, Condition.FAULTY),
    ]
    assert list(there) == [await Packs.find(first.id), await Packs.find(second.id)]
    elsewhere = PackReading("x", 1.0)
    assert list(await done(runtime, lambda session: packs.report("station", [elsewhere], session))) == list(
        there
    )
    assert (await packs.list_at_station("station"))[0].soc_percent == 51.0
    health = await OutboxEvent.find({"envelope.type": HealthMeasured.type}).sort("position").to_list()
    assert [event.envelope["key"] for event in health] == [first.id, second.id]
    assert [event.envelope["payload"]["soh_percent"] for event in health][1] == 90.0


async def test_shut_slots_keep_their_packs_and_all_others_open(runtime: Runtime) -> None:
    for slot in range(1, 4):
        await a_pack(in_slot(slot))
    packs = service(runtime)
    await done(runtime, lambda session: packs.shut_in_slots("station", {1, 2}, session))
    there = await done(runtime, lambda session: packs.shut_in_slots("station", {2, 3}, session))
    assert [pack.shut_in for pack in there] == [False, True, True]
    assert there == await packs.list_at_station("station")
    count = count_packs(there, PROMISED)["NS-48"]
    assert (count.charged, count.blocked, count.shut_in) == (1, 2, 2)


async def test_faults_of_unknown_packs_are_refused(runtime: Runtime) -> None:
    with pytest.raises(PackNotFoundError):
        await done(runtime, lambda session: service(runtime).set_faulty("unknown", session, faulty=True))


async def test_readers_find_packs_by_holder_place_and_model(runtime: Runtime) -> None:
    packs = service(runtime)
    ridden = await a_pack(Place(PlaceKind.RIDER, "rider"), soc_percent=12.0)
    carried = await a_pack(Place(PlaceKind.TRANSPORTER, "driver"))
    emptier = await a_pack(in_slot(1), soc_percent=91.0)
    await a_pack(in_slot(2), soc_percent=89.0, condition=Condition.FAULTY)
    assert await packs.list_with_riders(["rider", "walker"]) == {"rider": (ridden,), "walker": ()}
    assert await packs.list_with_transporters(["driver"]) == {"driver": (carried,)}
    charging = await packs.list_charging(["station", "empty"], [STANDARD_PACK.id], 92.0)
    assert charging == {
        "station": [ChargingPack(emptier.id, 1, 91.0, emptier.soh_percent, STANDARD_PACK.id)],
        "empty": [],
    }
    assert await packs.list_charging(["station"], [STANDARD_PACK.id], 91.0) == {"station": []}
    assert await packs.list_charging(["station"], ["NS-60"], 92.0) == {"station": []}
    assert await packs.count_conditions(["station"]) == {
        "station": {Condition.FIT: 1, Condition.FAULTY: 1},
    }
    assert await packs.count_whereabouts() == {
        (PlaceKind.RIDER, Condition.FIT): 1,
        (PlaceKind.TRANSPORTER, Condition.FIT): 1,
        (PlaceKind.SLOT, Condition.FIT): 1,
        (PlaceKind.SLOT, Condition.FAULTY): 1,
    }
