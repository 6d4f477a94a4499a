import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from navswap.auth.roles import Role
from navswap.features.packs.service import PacksServices, PlaceKind
from navswap.features.packs.storage import Packs
from navswap.features.partners.storage import Shops, StayDocument
from navswap.features.procurement.service import ProcurementServices
from navswap.features.procurement.storage import StockOrders
from navswap.features.stations.service import StationsServices, is_open_at
from navswap.features.stations.storage import Stations
from navswap.features.users.service import User, UsersServices
from navswap.features.users.storage import Users
from navswap.runtime import Runtime
from navswap.seeding.city import SeedsUnreadableError, load_demo_city
from navswap.seeding.demo import seed_demo
from navswap.seeding.files import PublishedPasswordError, demo_password, seeds_digest, seeds_dir
from navswap.seeding.loading import SeedConflictError
from navswap.seeding.report import Tally
from navswap.settings import Environment, Settings
from tests.seeding.states import everything_stored, stock_is_what_the_slots_hold
from tests.support.seeded import seed_city

pytestmark = pytest.mark.xdist_group("seeded")  # one worker seeds the city for all that come after
SEEDS = Path(__file__).parents[2] / "seeds"


async def test_the_demonstration_city_is_loaded_whole(runtime: Runtime) -> None:
    report = await seed_demo(runtime)
    assert report.stations == Tally(created=60)
    assert report.packs == Tally(created=924)
    assert report.users == Tally(created=400 + 25 + 12 + 20 + 2)
    assert report.tariffs == Tally(created=3)
    assert report.shops == Tally(created=20)
    assert await Stations.collection().count_documents({}) == 60
    assert await Packs.collection().count_documents({}) == 924
    assert await Users.collection().count_documents({}) == 459
    await stock_is_what_the_slots_hold()


async def test_some_riders_of_the_city_ride_with_several_packs_of_the_second_model(runtime: Runtime) -> None:
    await seed_city(runtime)
    vehicles = UsersServices.of(runtime).vehicles
    packs = PacksServices.of(runtime)
    assert (await vehicles.get_of_rider("R001")).pack_count == 1
    rickshaw = await vehicles.get_of_rider("R041")
    assert (rickshaw.pack_model_id, rickshaw.pack_count) == ("NS-60", 3)
    assert (await packs.models.get("NS-60")).capacity_kwh == 2.4
    ridden = (await packs.reader.list_with_riders(["R041"]))["R041"]
    assert [pack.model_id for pack in ridden] == ["NS-60"] * 3
    station = await StationsServices.of(runtime).reader.get("MRG-014")
    assert station.status.stock_of_model("NS-60").free_packs == 4
    assert station.information.model_of_slot(2) == "NS-60"


async def test_some_stations_of_the_city_close_at_night_and_all_are_on_its_time(runtime: Runtime) -> None:
    await seed_city(runtime)
    stations = await Stations.list_where({})
    assert {(s.information.time_zone, s.information.country) for s in stations} == {("Asia/Kolkata", "IN")}
    night = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)  # three in the morning in India
    assert sum(not is_open_at(station, night) for station in stations) == 8
    assert all(is_open_at(station, night + timedelta(hours=9)) for station in stations)


async def test_the_shops_of_the_city_are_open_to_storage_and_hold_their_packs(runtime: Runtime) -> None:
    await seed_city(runtime)
    shops = {shop.id: shop for shop in await Shops.list_where({})}
    assert sum(shop.stock_packs for shop in shops.values()) == 37
    assert (shops["P09"].stock_packs, shops["P09"].free_places) == (4, 4)
    assert (shops["P01"].credits_per_pack_day, shops["P01"].owner_id) == (650, "P01-OWNER")
    assert len(shops["P02"].opening_hours) == 6
    assert await StayDocument.find({"present": True}).count() == 37


async def test_the_depot_of_the_city_orders_what_its_stock_lacks_for_faulty_packs(runtime: Runtime) -> None:
    await seed_city(runtime)
    assert await ProcurementServices.of(runtime).proposals.propose_due() == 1
    [order] = await StockOrders.list_where({})
    assert (order.depot_id, order.packs) == ("MRG-DEPOT", 3)
    assert (order.inputs.to_replace, order.inputs.on_hand) == (9, 6)


async def test_seeding_twice_changes_nothing(runtime: Runtime) -> None:
    await seed_city(runtime)
    before = await everything_stored()
    report = await seed_demo(runtime)
    assert not report.changed
    assert (report.stations, report.packs) == (Tally(unchanged=60), Tally(unchanged=924))
    assert report.users == Tally(unchanged=459)
    assert await everything_stored() == before


async def test_a_dry_run_counts_and_writes_nothing(runtime: Runtime) -> None:
    report = await seed_demo(runtime, dry_run=True)
    assert (report.stations.created, report.packs.created, report.users.created) == (60, 924, 459)
    assert await everything_stored() == {
        "stations": [],
        "packs": [],
        "users": [],
        "vehicles": [],
        "pack_models": [],
        "tariffs": [],
        "partner_shops": [],
        "depots": [],
        "staff_members": [],
    }


async def test_what_a_pack_has_lived_through_survives_seeding_again(runtime: Runtime) -> None:
    await seed_city(runtime)
    pack = await Packs.find_where({"place.kind": PlaceKind.SLOT})
    assert pack is not None
    await Packs.collection().update_one({"_id": pack.id}, {"$set": {"soc_percent": 3.0}})
    await seed_demo(runtime)
    again = await Packs.find(pack.id)
    assert again is not None
    assert again.soc_percent == 3


async def test_a_seeding_that_was_cut_off_is_completed_by_the_next(runtime: Runtime) -> None:
    await seed_city(runtime)
    before = await everything_stored()
    await Stations.collection().delete_many({"_id": {"$gt": "MRG-030"}})
    beyond = {"_id": {"$regex": "[05]$"}, "place.holder_id": {"$gt": "MRG-030"}}
    await Packs.collection().delete_many(beyond)
    await seed_demo(runtime)
    assert await everything_stored() == before
    await stock_is_what_the_slots_hold()


async def test_two_seedings_at_once_leave_one_city(runtime: Runtime) -> None:
    outcomes = await asyncio.gather(seed_demo(runtime), seed_demo(runtime), return_exceptions=True)
    assert all(
        isinstance(outcome, SeedConflictError) or not isinstance(outcome, BaseException)
        for outcome in outcomes
    )
    await seed_demo(runtime)
    assert (
        await Stations.collection().count_documents({}),
        await Packs.collection().count_documents({}),
        await Users.collection().count_documents({}),
    ) == (60, 924, 459)


async def test_each_role_signs_in_with_the_published_password(runtime: Runtime) -> None:
    await seed_city(runtime)
    accounts = load_demo_city(SEEDS).accounts
    users = UsersServices.of(runtime).users
    roles = [
        (await users.sign_in(account.email, accounts.password)).user.role for account in accounts.accounts
    ]
    assert set(roles) == set(Role)


async def test_an_address_that_another_user_has_is_told(runtime: Runtime) -> None:
    now = runtime.clock.now()
    taken = User(id="x", email="rider@demo.navswap", name="X", role=Role.CONSUMER, created_at=now)
    await Users.insert_all([taken])
    with pytest.raises(SeedConflictError, match=r"rider@demo\.navswap"):
        await seed_demo(runtime)


async def test_progress_reaches_the_end_of_each_step(runtime: Runtime) -> None:
    steps: dict[str, tuple[int, int]] = {}
    await seed_demo(runtime, lambda step, done, total: steps.update({step: (done, total)}))
    assert {"users", "packs", "stations"} <= steps.keys()
    assert all(done == total for done, total in steps.values())


def test_production_refuses_the_published_password_and_takes_a_chosen_one() -> None:
    city = load_demo_city(SEEDS)
    production = Settings.model_construct(environment=Environment.PRODUCTION, demo_password=None)
    with pytest.raises(PublishedPasswordError, match="NAVSWAP_DEMO_PASSWORD"):
        demo_password(production, city)
    chosen = production.model_copy(update={"demo_password": SecretStr("chosen by the operator")})
    assert demo_password(chosen, city) == "chosen by the operator"
    assert demo_password(Settings(), city) == city.accounts.password


def test_the_seeds_are_found_beside_the_package_or_where_the_settings_say(tmp_path: Path) -> None:
    assert seeds_dir(Settings()) == SEEDS
    own = tmp_path / "own"
    shutil.copytree(SEEDS, own)
    assert seeds_dir(Settings(seeds_dir=own)) == own
    with pytest.raises(SeedsUnreadableError, match="NAVSWAP_SEEDS_DIR"):
        seeds_dir(Settings(seeds_dir=tmp_path / "none"))


def test_each_version_of_the_seed_files_has_its_digest(tmp_path: Path) -> None:
    (tmp_path / "city.json").write_text("{}")
    first = seeds_digest(tmp_path)
    assert seeds_digest(tmp_path) == first
    (tmp_path / "streets.geojson").write_text("{}")
    second = seeds_digest(tmp_path)
    (tmp_path / "streets.geojson").write_text("[]")
    assert len({first, second, seeds_digest(tmp_path)}) == 3
