"""Every invariant holds on a network that has worked, and finds the corruption that is planted for it."""

from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path

import pytest
import pytest_asyncio
from bson import Timestamp

from navswap.auth.roles import Role
from navswap.consistency.catalog import INVARIANTS
from navswap.consistency.check import CheckTooLongError
from navswap.consistency.invariant import LISTED, Finding, Invariant, View
from navswap.events.dead_letters import DeadEvent
from navswap.features.swapping.storage import QueueEntryDocument, SwapDocument
from navswap.features.users.service import UsersServices
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime, open_runtime
from navswap.settings import Settings
from tests.consistency.network import Kept, Network, a_network
from tests.consistency.planting import PLANTS
from tests.factories.positions import a_principal
from tests.support.consistency import full_report
from tests.support.runtime import empty_runtime
from tests.support.seeded import seed_city

for path in sorted((Path(__file__).parent / "plants").glob("*.py")):
    import_module(f"tests.consistency.plants.{path.stem}")

pytestmark = pytest.mark.xdist_group("invariants")  # one worker builds the network
NAMES = {invariant.name(): invariant for invariant in INVARIANTS}
KEPT = pytest.StashKey[Kept]()


@pytest_asyncio.fixture
async def network(
    database: Settings, clock: ManualClock, pytestconfig: pytest.Config
) -> AsyncIterator[Network]:
    """The network, built for the first test and restored for each other one."""
    if (kept := pytestconfig.stash.get(KEPT, None)) is not None:
        async with open_runtime(database, clock, build_indexes=False) as runtime:
            yield await kept.restored(runtime)
        return
    async with empty_runtime(database, clock) as runtime:
        network = await a_network(runtime, clock)
        pytestconfig.stash[KEPT] = await Kept.of(network)
        yield network


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
    assert idle == {"no-event-is-dead-lettered"}


async def test_who_is_given_another_role_keeps_packs_and_hold(network: Network) -> None:
    roles = UsersServices.of(network.runtime).roles
    entry = await QueueEntryDocument.collection().find_one({"_id": network.waiting})
    assert entry is not None
    for user in (network.rider, entry["rider_id"]):
        await roles.change(user, Role.STAFF, a_principal("boss", Role.ADMIN))
    report = await full_report(network.runtime)
    assert [(one.name, one.offenders) for one in report.findings if not one.holds] == []


async def test_the_demonstration_city_is_clean(runtime: Runtime) -> None:
    await seed_city(runtime)
    report = await full_report(runtime)
    assert [one for one in report.findings if not one.holds] == []
    counts = {one.name: one.examined for one in report.findings}
    assert (counts["packs-stand-in-one-place"], counts["stock-is-counted"]) == (924, 60)


@pytest.mark.parametrize("place", range(len(PLANTS)), ids=[f"{name}: {words}" for name, words, _ in PLANTS])
async def test_a_planted_corruption_is_found(network: Network, place: int) -> None:
    name, words, corrupt = PLANTS[place]
    try:
        await corrupt(network)
        finding = await examined(network.runtime, name)
        assert [one for one in finding.offenders if words in f"{one.item} {one.problem}"], finding
    finally:
        await SwapDocument.collection().delete_many({})
        await SwapDocument.collection().create_indexes(SwapDocument.Settings.indexes)


def test_every_invariant_has_a_corruption_planted_for_it() -> None:
    assert {name for name, _, _ in PLANTS} == NAMES.keys()


@pytest.mark.parametrize("invariant", INVARIANTS)
def test_an_invariant_says_in_a_sentence_what_holds(invariant: type[Invariant]) -> None:
    assert invariant.statement.endswith(".")
    assert len(invariant.statement.split()) > 3


async def test_many_offenders_are_counted_and_some_are_named(runtime: Runtime) -> None:
    await DeadEvent.insert_many(
        [
            DeadEvent(
                id=new_id(),
                group="g",
                type=None,
                event_id=None,
                value=b"",
                reason="e",
                dead_lettered_at=runtime.clock.now(),
            )
            for _ in range(LISTED + 5)
        ]
    )
    finding = await examined(runtime, "no-event-is-dead-lettered")
    assert (finding.examined, finding.broken, len(finding.offenders)) == (LISTED + 5, LISTED + 5, LISTED)


async def test_a_check_that_outlives_its_moment_says_what_to_do(runtime: Runtime) -> None:
    class TakesTooLong(Invariant):
        statement = "This takes longer than MongoDB keeps a moment."

        async def examine(self, view: View, finding: Finding) -> None:
            del finding
            long_ago = {"level": "snapshot", "atClusterTime": Timestamp(1, 1)}
            database = view.session.client[runtime.settings.mongo_database]
            await database.command({"find": "stations", "readConcern": long_ago})

    with pytest.raises(CheckTooLongError, match="takes-too-long"):
        await full_report(runtime, [TakesTooLong])
