"""Every invariant holds on a network that has worked, and finds the corruption that is planted for it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from navswap.audit.catalog import INVARIANTS
from navswap.audit.invariant import LISTED, Finding, Invariant
from navswap.audit.running import full_report
from navswap.auth.roles import Role
from navswap.events.consumer import DeadEvent
from navswap.events.journal import JournalEntry
from navswap.events.outbox import OutboxEvent
from navswap.features.batteries.documents import Battery, Place, PlaceKind
from navswap.features.batteries.events import PackMoved
from navswap.features.batteries.service import Deed
from navswap.features.credits.documents import CreditAccount, LedgerEntry
from navswap.features.credits.service import CreditService
from navswap.features.faults.documents import Fault, Ticket, TicketState
from navswap.features.logistics.documents import TransportJob
from navswap.features.logistics.service import CustodyService, ScannedPack
from navswap.features.partners.documents import PartnerShop, Stay, StorageRequest
from navswap.features.partners.service import StorageRequestService
from navswap.features.stations.documents import Station
from navswap.features.swapping.documents import EntryState, QueueEntry, Swap
from navswap.features.swapping.events import HOLD_WATCH
from navswap.features.swapping.service import HoldService, MoveService, ReturnedPack, SwapService, Why
from navswap.features.tracking.documents import FenceWatch, TrafficCell, TrafficMinute
from navswap.features.tracking.events import watch_name
from navswap.features.users.documents import SignInSession, User
from navswap.infra.mongo import Stored
from navswap.kit.clock import ManualClock
from navswap.kit.geo import Point
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.seeding.demo import seed_demo
from tests.factories.faults import a_ticket
from tests.factories.fleet import ordered
from tests.factories.logistics import a_job, a_transporter, packs_at, taken
from tests.factories.network import a_pack, a_rider, a_station
from tests.factories.partners import a_request, a_shop
from tests.factories.traffic import vehicles_drive
from tests.factories.users import a_user
from tests.features.swapping.steps import confirm, verify

NAMES = {invariant.name(): invariant for invariant in INVARIANTS}


@dataclass
class Network:
    """A small network that has worked, and the ids of what a corruption can hit."""

    runtime: Runtime
    station: str
    waiting: str
    fulfilled: str
    swap: str
    handed_out: str
    rider: str
    paid_job: str
    moving_job: str
    ticket: str
    compensated: str
    recalled: str


@pytest_asyncio.fixture
async def network(runtime: Runtime) -> Network:
    """One rider has swapped, one waits, one has cancelled, one never came; somebody was paid and signed in.

    A transporter has delivered a part of a job, and has another one on board.
    """
    station = await a_station(runtime, charged=4, charging=2, faulty=1)
    (first, pack), (late, _), (waiting, _), (absent, _) = [await a_rider() for _ in range(4)]
    assert pack is not None
    entry = await confirm(runtime, first.id, station)
    await verify(runtime, entry, station)
    swap = await runtime.services.get(SwapService).complete(entry.id, "staff-1", ReturnedPack(pack.id, 8.0))
    cancelled = await confirm(runtime, late.id, station)
    await runtime.services.get(HoldService).cancel(cancelled.id, late.id)
    await confirm(runtime, absent.id, station)
    assert isinstance(runtime.clock, ManualClock)
    runtime.clock.advance(timedelta(minutes=21))
    assert await runtime.services.get(HoldService).lapse_due() == 1
    active = await confirm(runtime, waiting.id, station)
    credit = runtime.services.get(CreditService)
    await credit.adjust(first.id, 30, "Goodwill", new_id())
    await credit.adjust(first.id, -10, "Correction", new_id())
    await a_session(await a_user(Role.ADMIN), runtime.clock.now())
    await a_storing_shop(runtime)
    await vehicles_drive(runtime, 20.0)
    return Network(
        runtime,
        station.id,
        active.id,
        entry.id,
        swap.id,
        swap.pack_out.serial_number,
        first.id,
        *await two_jobs(runtime),
        *await a_broken_promise(runtime),
        (await ordered(runtime, Deed.RECALL, (await packs_at(runtime, station))[-1])).changed[0],
    )


async def a_broken_promise(runtime: Runtime) -> tuple[str, str]:
    """Let the only pack of a station far from others fail under a hold; returns the ticket and the entry."""
    station = await a_station(runtime, charged=1, point=Point(120.2, 23.0))
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    ticket = await a_ticket(runtime, station, evse_id=entry.evse_id)
    moves = runtime.services.get(MoveService)
    await runtime.mongo.in_transaction(
        lambda session: moves.heal(station.id, Why.fault(ticket.fault_id), session)
    )
    return ticket.id, entry.id


async def two_jobs(runtime: Runtime) -> tuple[str, str]:
    """Let a transporter deliver one of two packs, and pick up those of another job."""
    origin, target = await a_station(runtime, charged=6), await a_station(runtime, charged=0)
    transporter = await a_transporter(runtime)
    custody = runtime.services.get(CustodyService)
    paid, moving = [
        await a_job(runtime, origin, target, packs=packs, reward_credits=3_000) for packs in (2, 3)
    ]
    packs = await packs_at(runtime, origin)
    await taken(runtime, paid)
    await custody.pick_up(paid.id, transporter.id, packs[:1])
    await custody.deliver(paid.id, transporter.id, [ScannedPack(packs[0])])
    await taken(runtime, moving)
    await custody.pick_up(moving.id, transporter.id, packs[1:3])
    return paid.id, moving.id


async def a_storing_shop(runtime: Runtime) -> tuple[str, str]:
    """Let a shop accept two packs and get one; returns the ids of the shop and of the pack."""
    shop, requests = await a_shop(), runtime.services.get(StorageRequestService)
    request = await a_request(runtime, shop, 2)
    await requests.accept(request.id, shop.owner_id)
    place = Place(kind=PlaceKind.TRANSPORTER, holder_id=(await a_user(Role.TRANSPORTER)).id)
    pack = await a_pack(place)
    await requests.receive(request.id, shop.owner_id, [pack.id])
    return shop.id, pack.id


async def a_session(user: User, now: datetime) -> None:
    session = SignInSession(
        id=new_id(),
        user_id=user.id,
        secret_fingerprint="f",
        started_at=now,
        expires_at=now + timedelta(days=30),
    )
    await session.insert()


async def examined(runtime: Runtime, name: str) -> Finding:
    [finding] = (await full_report(runtime, [NAMES[name]])).findings
    return finding


async def test_a_network_that_has_worked_is_clean_and_every_invariant_examined_something(
    network: Network,
) -> None:
    report = await full_report(network.runtime)
    assert [(one.name, one.offenders) for one in report.findings if not one.holds] == []
    assert report.clean
    idle = {one.name for one in report.findings if one.examined == 0}
    assert idle == {"no-event-is-parked"}


async def test_the_demonstration_city_is_clean(runtime: Runtime) -> None:
    await seed_demo(runtime)
    report = await full_report(runtime)
    assert [one for one in report.findings if not one.holds] == []
    counts = {one.name: one.examined for one in report.findings}
    assert (counts["packs-stand-in-one-place"], counts["stock-is-counted"]) == (900, 60)


Plant = Callable[[Network], Awaitable[None]]
PLANTS: list[tuple[str, str, Plant]] = []


def plant(invariant: str, words: str) -> Callable[[Plant], Plant]:
    """Register a corruption, the invariant that must find it, and words of what it says."""

    def keep(corrupt: Plant) -> Plant:
        PLANTS.append((invariant, words, corrupt))
        return corrupt

    return keep


async def write(kind: type[Stored], identifier: str, **values: Any) -> None:
    changes = {name.replace("__", "."): value for name, value in values.items()}
    written = await kind.collection().update_one({"_id": identifier}, {"$set": changes})
    assert written.modified_count == 1


@plant("probes-are-counted", "in its speed classes")
async def _(network: Network) -> None:
    del network
    [minute, *_] = await TrafficMinute.find_all().to_list()
    await write(TrafficMinute, minute.id, probes=minute.probes + 1)


@plant("probes-are-counted", "no cell of the map")
async def _(network: Network) -> None:
    del network
    [minute, *_] = await TrafficMinute.find_all().to_list()
    await write(TrafficMinute, minute.id, cell="8928308280fffff")


@plant("cells-follow-the-map", "changed in revision 99 of 1")
async def _(network: Network) -> None:
    del network
    [cell, *_] = await TrafficCell.find_all().to_list()
    await write(TrafficCell, cell.id, changed_in=99)


@plant("cells-follow-the-map", "congestion of 1.5")
async def _(network: Network) -> None:
    del network
    [cell, *_] = await TrafficCell.find_all().to_list()
    await write(TrafficCell, cell.id, told__congestion=1.5)


@plant("unique-indexes-stand", "missing or not unique")
async def _(network: Network) -> None:
    del network
    await Swap.collection().drop_index("one_swap_an_entry")


@plant("packs-stand-in-one-place", "does not exist")
async def _(network: Network) -> None:
    await write(
        Battery,
        network.handed_out,
        place=Place(kind=PlaceKind.SLOT, holder_id="gone", evse_id=1).model_dump(),
    )


@plant("packs-stand-in-one-place", "slot that does not exist")
async def _(network: Network) -> None:
    slot = Place(kind=PlaceKind.SLOT, holder_id=network.station, evse_id=13)
    await write(Battery, network.handed_out, place=slot.model_dump())


@plant("packs-stand-in-one-place", "with nobody")
async def _(network: Network) -> None:
    await write(Battery, network.handed_out, place__holder_id="nobody")


@plant("packs-stand-in-one-place", "in one place with pack")
async def _(network: Network) -> None:
    await a_pack(Place(kind=PlaceKind.RIDER, holder_id=network.rider))


@plant("packs-stand-in-one-place", "numbered slot, but not at a station")
async def _(network: Network) -> None:
    await write(Battery, network.handed_out, place__evse_id=3)


@plant("no-pack-is-lost", "is gone")
async def _(network: Network) -> None:
    await Battery.collection().delete_one({"_id": network.handed_out})


@plant("custody-is-unbroken", "was last moved to")
async def _(network: Network) -> None:
    await write(Battery, network.handed_out, place__kind="DEPOT", place__holder_id="D")


@plant("custody-is-unbroken", "and then taken from")
async def _(network: Network) -> None:
    moved = await OutboxEvent.collection().find_one(
        {"envelope.type": PackMoved.type, "envelope.payload.serial_number": network.handed_out}
    )
    assert moved is not None
    moved["_id"] = new_id()
    moved["envelope"]["payload"]["revision"] -= 1
    moved["envelope"]["payload"]["target"] = {"kind": "DEPOT", "holder_id": "D", "evse_id": None}
    await OutboxEvent.collection().insert_one(moved)


@plant("withdrawn-packs-are-not-held", "is RETIRED, yet held for")
async def _(network: Network) -> None:
    await Battery.collection().update_one({"held_by": network.waiting}, {"$set": {"condition": "RETIRED"}})


@plant("withdrawals-are-written-down", "which nobody wrote down")
async def _(network: Network) -> None:
    await JournalEntry.collection().delete_one({"subject_id": network.recalled})


@plant("withdrawals-are-written-down", "without an order")
async def _(network: Network) -> None:
    await write(Battery, network.handed_out, condition="RECALLED")


@plant("stock-is-counted", "charged_packs 9, counted")
async def _(network: Network) -> None:
    await write(Station, network.station, status__stock__charged_packs=9)


@plant("queue-lengths-are-counted", "1 entries are active")
async def _(network: Network) -> None:
    await write(Station, network.station, status__queue_length=0)


@plant("queue-lengths-are-counted", "does not exist, yet has 1 active")
async def _(network: Network) -> None:
    await Station.collection().delete_one({"_id": network.station})


@plant("entries-are-active-or-ended", "a state that is an end")
async def _(network: Network) -> None:
    await write(QueueEntry, network.fulfilled, active=True)


@plant("entries-are-active-or-ended", "a state that is none")
async def _(network: Network) -> None:
    await write(QueueEntry, network.waiting, active=False)


@plant("entries-are-active-or-ended", "nobody ended it")
async def _(network: Network) -> None:
    await write(QueueEntry, network.waiting, hold_until=network.runtime.clock.now() - timedelta(minutes=6))


@plant("entries-are-active-or-ended", "without a time to end")
async def _(network: Network) -> None:
    await write(QueueEntry, network.waiting, hold_until=None)


@plant("entries-are-active-or-ended", "moment at which it ended")
async def _(network: Network) -> None:
    await write(QueueEntry, network.waiting, ended_at=network.runtime.clock.now())


@plant("entries-are-active-or-ended", "has ended at no moment")
async def _(network: Network) -> None:
    await write(QueueEntry, network.fulfilled, ended_at=None)


@plant("entries-are-active-or-ended", "without a scan")
async def _(network: Network) -> None:
    await write(QueueEntry, network.fulfilled, verified_at=None)


@plant("holds-have-their-pack", "has 0 packs held")
async def _(network: Network) -> None:
    await Battery.collection().update_one({"held_by": network.waiting}, {"$set": {"held_by": None}})


@plant("holds-have-their-pack", "is held for it")
async def _(network: Network) -> None:
    await write(QueueEntry, network.waiting, serial_number=network.handed_out)


@plant("holds-have-their-pack", "its pack is elsewhere")
async def _(network: Network) -> None:
    await write(QueueEntry, network.waiting, evse_id=12)


@plant("held-packs-belong-to-active-entries", "which is not active")
async def _(network: Network) -> None:
    await write(Battery, network.handed_out, held_by=network.fulfilled)


@plant("fences-follow-holds", "has no fence")
async def _(network: Network) -> None:
    await FenceWatch.collection().delete_one({"_id": watch_name(HOLD_WATCH, network.waiting)})


@plant("fences-follow-holds", "has no fence")
async def _(network: Network) -> None:
    await write(FenceWatch, watch_name(HOLD_WATCH, network.waiting), place_id="elsewhere")


@plant("tickets-have-their-cause", "is resolved, yet fault")
async def _(network: Network) -> None:
    await write(Ticket, network.ticket, state=TicketState.RESOLVED)


@plant("tickets-have-their-cause", "is not that of an open fault")
async def _(network: Network) -> None:
    await write(Ticket, network.ticket, fault_id="another")


@plant("tickets-have-their-cause", "there is no ticket")
async def _(network: Network) -> None:
    await Ticket.collection().delete_one({"_id": network.ticket})


@plant("what-is-out-of-use-has-a-fault", "which is not open")
async def _(network: Network) -> None:
    del network
    await Fault.collection().delete_many({})


@plant("what-is-out-of-use-has-a-fault", "has no block")
async def _(network: Network) -> None:
    del network
    await Station.collection().update_many({}, {"$set": {"blocks": []}})


@plant("compensations-are-paid", "was never paid")
async def _(network: Network) -> None:
    await LedgerEntry.collection().delete_one({"reference": f"compensation:{network.compensated}"})


@plant("compensations-are-paid", "is not what a compensated entry says")
async def _(network: Network) -> None:
    await write(QueueEntry, network.compensated, compensation_credits=1)


@plant("swaps-fulfil-their-entries", "without a swap")
async def _(network: Network) -> None:
    await Swap.collection().delete_one({"_id": network.swap})


@plant("swaps-fulfil-their-entries", "does not fit entry")
async def _(network: Network) -> None:
    await write(Swap, network.swap, rider_id="another")


@plant("swaps-fulfil-their-entries", "does not fit entry")
async def _(network: Network) -> None:
    await write(QueueEntry, network.fulfilled, state=EntryState.CANCELLED)


@plant("swaps-fulfil-their-entries", "gave the pack that it took")
async def _(network: Network) -> None:
    swap = await Swap.collection().find_one({"_id": network.swap})
    assert swap is not None
    await write(Swap, network.swap, pack_in=swap["pack_out"])


@plant("swaps-fulfil-their-entries", "was swapped 2 times")
async def _(network: Network) -> None:
    await Swap.collection().drop_index("one_swap_an_entry")
    swap = await Swap.collection().find_one({"_id": network.swap})
    assert swap is not None
    await Swap.collection().insert_one({**swap, "_id": new_id()})


@plant("balances-are-the-sums-of-their-entries", "its entries make 20")
async def _(network: Network) -> None:
    await write(CreditAccount, f"user:{network.rider}", balance=21)


@plant("balances-are-the-sums-of-their-entries", "holds 0 credits of 0 postings")
async def _(network: Network) -> None:
    await CreditAccount.collection().delete_one({"_id": f"user:{network.rider}"})


@plant("balances-are-the-sums-of-their-entries", "of 1")
async def _(network: Network) -> None:
    del network
    await LedgerEntry.collection().delete_one({"amount": 10})


@plant("nobody-owes", "is below zero")
async def _(network: Network) -> None:
    await write(CreditAccount, f"user:{network.rider}", balance=-1)


@plant("jobs-are-open-taken-or-ended", "is taken, but not active")
async def _(network: Network) -> None:
    await write(TransportJob, network.moving_job, active=False)


@plant("jobs-are-open-taken-or-ended", "a state that is not under way")
async def _(network: Network) -> None:
    await write(TransportJob, network.paid_job, active=True, transporter_id="another")


@plant("jobs-are-open-taken-or-ended", "not marked so")
async def _(network: Network) -> None:
    await write(TransportJob, network.paid_job, ended=False)


@plant("jobs-are-open-taken-or-ended", "a state that is no end")
async def _(network: Network) -> None:
    await write(TransportJob, network.moving_job, ended=True)


@plant("jobs-are-open-taken-or-ended", "is taken by nobody")
async def _(network: Network) -> None:
    await write(TransportJob, network.moving_job, transporter_id=None)


@plant("jobs-are-open-taken-or-ended", "is open and has a transporter")
async def _(network: Network) -> None:
    await write(TransportJob, network.moving_job, state="OPEN")


@plant("jobs-are-open-taken-or-ended", "since no moment")
async def _(network: Network) -> None:
    await write(TransportJob, network.paid_job, ended_at=None)


@plant("jobs-are-open-taken-or-ended", "what was not picked up")
async def _(network: Network) -> None:
    await write(TransportJob, network.paid_job, picked_up=[])


@plant("jobs-are-open-taken-or-ended", "more than it is for")
async def _(network: Network) -> None:
    await write(TransportJob, network.moving_job, packs=1)


@plant("jobs-are-open-taken-or-ended", "without all its packs")
async def _(network: Network) -> None:
    await write(TransportJob, network.paid_job, state="DELIVERED")


@plant("jobs-are-failed-without-packs", "yet delivered packs")
async def _(network: Network) -> None:
    await write(TransportJob, network.paid_job, state="FAILED")


@plant("jobs-are-failed-without-packs", "yet delivered nothing")
async def _(network: Network) -> None:
    await write(TransportJob, network.paid_job, delivered=[])


@plant("packs-on-board-are-with-their-transporter", "which is with RIDER")
async def _(network: Network) -> None:
    await write(TransportJob, network.moving_job, picked_up=[network.handed_out])


@plant("packs-on-board-are-with-their-transporter", "which is gone")
async def _(network: Network) -> None:
    await write(TransportJob, network.moving_job, picked_up=["gone"])


@plant("jobs-pay-once", "the ledger says nothing")
async def _(network: Network) -> None:
    await LedgerEntry.collection().delete_one({"reference": f"job:{network.paid_job}"})


@plant("jobs-pay-once", "says 3000 credits were paid; the ledger says 1500")
async def _(network: Network) -> None:
    await write(TransportJob, network.paid_job, paid_credits=3_000)


@plant("jobs-pay-once", "says 0 credits were paid")
async def _(network: Network) -> None:
    posted = await LedgerEntry.collection().find_one({"reference": f"job:{network.paid_job}"})
    assert posted is not None
    await LedgerEntry.collection().insert_one(
        {**posted, "_id": new_id(), "reference": f"job:{network.moving_job}"}
    )


@plant("jobs-pay-once", "a job that does not exist")
async def _(network: Network) -> None:
    await TransportJob.collection().delete_one({"_id": network.paid_job})


@plant("places-are-counted", "says 2 stock packs, 1 are counted")
async def _(network: Network) -> None:
    shop, _ = await a_storing_shop(network.runtime)
    await PartnerShop.collection().update_one({"_id": shop}, {"$inc": {"stock_packs": 1}})


@plant("places-are-counted", "says 1 reserved packs, 0 are counted")
async def _(network: Network) -> None:
    shop, _ = await a_storing_shop(network.runtime)
    await StorageRequest.collection().delete_many({"shop_id": shop})


@plant("places-are-counted", "does not exist")
async def _(network: Network) -> None:
    shop, _ = await a_storing_shop(network.runtime)
    await PartnerShop.collection().delete_one({"_id": shop})


@plant("stays-follow-the-packs", "without a stay")
async def _(network: Network) -> None:
    _, pack = await a_storing_shop(network.runtime)
    await Stay.collection().delete_one({"serial_number": pack})


@plant("stays-follow-the-packs", "is not there")
async def _(network: Network) -> None:
    _, pack = await a_storing_shop(network.runtime)
    await write(Battery, pack, place={"kind": "DEPOT", "holder_id": "depot", "evse_id": None})


@plant("sessions-belong-to-users", "belongs to no user")
async def _(network: Network) -> None:
    del network
    await User.collection().delete_many({"role": Role.ADMIN})


@plant("sessions-belong-to-users", "ended before it began")
async def _(network: Network) -> None:
    ended = network.runtime.clock.now() - timedelta(days=1)
    await SignInSession.collection().update_many({}, {"$set": {"ended_at": ended}})


@plant("streams-tell-every-revision", "has a gap")
async def _(network: Network) -> None:
    told = {"$elemMatch": {"name": f"station:{network.station}", "sequence": 4}}
    assert (await OutboxEvent.collection().delete_one({"streams": told})).deleted_count == 1


@plant("streams-tell-every-revision", "has a gap")
async def _(network: Network) -> None:
    told = {"$elemMatch": {"name": f"queue:{network.station}", "sequence": 4}}
    await OutboxEvent.collection().update_one({"streams": told}, {"$set": {"streams.0.sequence": 3}})


@plant("streams-tell-every-revision", "the newest told is")
async def _(network: Network) -> None:
    await Station.collection().update_one({"_id": network.station}, {"$inc": {"queue_sequence": 1}})


@plant("streams-tell-every-revision", "of which nothing was told")
async def _(network: Network) -> None:
    await OutboxEvent.collection().delete_many({"streams.name": f"entry:{network.waiting}"})


@plant("streams-tell-every-revision", "does not exist")
async def _(network: Network) -> None:
    await QueueEntry.collection().delete_one({"_id": network.waiting})


@plant("no-event-is-parked", "read its error")
async def _(network: Network) -> None:
    await DeadEvent(
        id=new_id(), group="swapping", value=b"?", error="bug", parked_at=network.runtime.clock.now()
    ).insert()


@pytest.mark.parametrize("place", range(len(PLANTS)), ids=[f"{name}: {words}" for name, words, _ in PLANTS])
async def test_a_planted_corruption_is_found(network: Network, place: int) -> None:
    name, words, corrupt = PLANTS[place]
    try:
        await corrupt(network)
        finding = await examined(network.runtime, name)
        assert [one for one in finding.offenders if words in f"{one.item} {one.problem}"], finding
    finally:
        await Swap.collection().delete_many({})
        await Swap.collection().create_indexes(Swap.Settings.indexes)


def test_every_invariant_has_a_corruption_planted_for_it() -> None:
    assert {name for name, _, _ in PLANTS} == NAMES.keys()


@pytest.mark.parametrize("invariant", INVARIANTS)
def test_an_invariant_says_in_a_sentence_what_holds(invariant: type[Invariant]) -> None:
    assert invariant.statement.endswith(".")
    assert len(invariant.statement.split()) > 3


async def test_many_offenders_are_counted_and_some_are_named(runtime: Runtime) -> None:
    await DeadEvent.insert_many(
        [
            DeadEvent(id=new_id(), group="g", value=b"", error="e", parked_at=runtime.clock.now())
            for _ in range(LISTED + 5)
        ]
    )
    finding = await examined(runtime, "no-event-is-parked")
    assert (finding.examined, finding.broken, len(finding.offenders)) == (LISTED + 5, LISTED + 5, LISTED)
