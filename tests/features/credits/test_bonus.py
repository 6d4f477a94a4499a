"""The reverse-swap bonus: promised with the hold, earned with the swap, paid once."""

import pytest

from navswap.events.consumer import FactConsumer
from navswap.events.handled import HandledEvent
from navswap.events.outbox import OutboxEvent, envelope_of
from navswap.features.credits.service import CreditsServices
from navswap.features.credits.storage import LedgerEntries
from navswap.features.stations.service import Station
from navswap.features.swapping.domain.values import Swap
from navswap.features.swapping.service import ReturnedPack, SwappingServices
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.worker import fact_consumers
from tests.e2e.scenarios import node
from tests.factories.network import a_rider, a_station
from tests.features.swapping.steps import confirm, verify
from tests.support.api import Api, live, running


def consumer_of_credits(runtime: Runtime) -> FactConsumer:
    [consumer] = [one for one in fact_consumers(runtime) if one.group == "credits"]
    return consumer


async def a_swap(runtime: Runtime, station: Station, soc_percent: float = 11.0) -> Swap:
    rider, old = await a_rider()
    assert old is not None
    entry = await confirm(runtime, rider.id, station)
    await verify(runtime, entry, station)
    returned = ReturnedPack(old.id, soc_percent)
    return await SwappingServices.of(runtime).swaps.complete(entry.id, "staff-1", returned)


async def test_the_bonus_is_the_one_of_the_moment_of_the_hold(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=8, charging=2, slot_count=10)
    rider, old = await a_rider()
    assert old is not None
    entry = await confirm(runtime, rider.id, station)
    assert entry.bonus is not None
    assert (entry.bonus.credits, entry.bonus.free_packs) == (1200, 8)
    queues = SwappingServices.of(runtime).queues
    quote = (await queues.list_bonuses([station.id], STANDARD_PACK.id)).get(station.id)
    assert quote is not None
    assert quote.credits < 1200
    await verify(runtime, entry, station)
    swap = await SwappingServices.of(runtime).swaps.complete(entry.id, "staff-1", ReturnedPack(old.id, 11.0))
    assert swap.bonus_credits == 1200


async def test_a_bonus_is_paid_once_however_often_the_swap_is_told(runtime: Runtime) -> None:
    swap = await a_swap(runtime, await a_station(runtime, charged=8, slot_count=12))
    assert swap.bonus_credits == 600
    [told] = await OutboxEvent.collection().find({"envelope.type": "swapping.swap.completed"}).to_list()
    envelope, consumer = envelope_of(told), consumer_of_credits(runtime)
    assert await consumer.handle_once(envelope) == "done"
    assert await consumer.handle_once(envelope) == "repeated"
    await HandledEvent.find_all().delete()  # as if it were told again after the mark was forgotten
    assert await consumer.handle_once(envelope.model_copy(update={"id": new_id()})) == "done"
    [entry] = await LedgerEntries.list_where({})
    assert (entry.reference, entry.amount) == (f"swap-bonus:{swap.id}", 600)
    assert (await CreditsServices.of(runtime).credits.balance(swap.rider_id)).balance == 600


@pytest.mark.parametrize(
    ("charged", "soc_percent"), [(8, 60.0), (2, 11.0)], ids=["a pack half full", "few packs"]
)
async def test_no_bonus_is_paid_where_none_is_earned(
    runtime: Runtime, charged: int, soc_percent: float
) -> None:
    swap = await a_swap(runtime, await a_station(runtime, charged=charged, slot_count=12), soc_percent)
    assert swap.bonus_credits == 0
    [told] = await OutboxEvent.collection().find({"envelope.type": "swapping.swap.completed"}).to_list()
    await consumer_of_credits(runtime).handle_once(envelope_of(told))
    assert await LedgerEntries.collection().count_documents({}) == 0


@pytest.mark.streams
async def test_a_rider_sees_the_bonus_arrive(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=8, slot_count=12)
    rider, old = await a_rider()
    assert old is not None
    token, _ = runtime.access_tokens.issue(rider.id, rider.role, new_id())
    async with (
        running(runtime, worker=True) as address,
        Api(address) as anybody,
        live(address, token) as phone,
    ):
        quoted = await anybody.ask(
            "query($id: ID!) { station(id: $id) { bonus { credits freePacks chargingPacks emptySlots } } }",
            id=node("Station", station.id),
        )
        assert quoted["bonus"] == {"credits": 600, "freePacks": 8, "chargingPacks": 0, "emptySlots": 4}
        watched = await phone.subscribe(
            "subscription { creditsChanged { __typename ... on CreditsUpdate { change entry { reference } } } }"
        )
        await watched.next()
        entry = await confirm(runtime, rider.id, station)
        await verify(runtime, entry, station)
        swap = await SwappingServices.of(runtime).swaps.complete(
            entry.id, "staff-1", ReturnedPack(old.id, 9.0)
        )
        paid = await watched.next()
        assert paid == {
            "__typename": "CreditsUpdate",
            "change": 600,
            "entry": {"reference": f"swap-bonus:{swap.id}"},
        }
