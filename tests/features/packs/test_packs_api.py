from typing import Any

import pytest

from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLogEntry
from navswap.features.packs.errors import PackModelNotFoundError
from navswap.features.packs.service import PacksServices, Place, PlaceKind
from navswap.features.users.service import UsersServices, VehicleDescription
from navswap.kit.charging import STANDARD_PACK
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.network import a_pack, a_rider, a_station
from tests.factories.positions import a_principal
from tests.factories.users import a_user, token_of
from tests.support.api import Api, running

ME = """{ me {
  vehicle { name packCount packModel { designation capacity voltageClassVolts maxChargePower connector } }
  packs { serialNumber socPercent model { designation } place { kind evseId holder { __typename id } } }
} }"""
SAVE = """mutation Save($input: SavePackModelInput!) { savePackModel(input: $input) {
  __typename ... on SavePackModelPayload { packModel { id designation } } ... on InvalidInput { field }
} }"""
SLOTS = """query Slots($id: ID!) { station(id: $id) {
  slots { evseId state packModel { designation } pack { serialNumber isHeld } }
  status { stockByModel { packModel { designation } chargedPacks emptySlots } }
} }"""
WIDE = {
    "designation": "NS-60",
    "capacity": 2.4,
    "voltageClassVolts": 60,
    "maxChargePower": 1.2,
    "connector": "blade-60",
}


async def test_a_rider_is_shown_what_it_rides_with(runtime: Runtime) -> None:
    rider, pack = await a_rider()
    assert pack is not None
    async with running(runtime) as address, Api(address, token_of(runtime, rider)) as api:
        shown = await api.ask(ME)
    standard = {
        "designation": "NS-48",
        "capacity": 1.7,
        "voltageClassVolts": 48,
        "maxChargePower": 0.9,
        "connector": "blade-48",
    }
    assert shown["vehicle"] == {"name": "", "packCount": 1, "packModel": standard}
    place = {"kind": "RIDER", "evseId": None, "holder": {"__typename": "User", "id": node("User", rider.id)}}
    assert shown["packs"] == [
        {"serialNumber": pack.id, "socPercent": 12.0, "model": {"designation": "NS-48"}, "place": place}
    ]


async def test_a_registered_vehicle_says_model_and_count(runtime: Runtime) -> None:
    rider, _ = await a_rider(with_pack=False)
    admin = await a_user(Role.ADMIN)
    vehicles = UsersServices.of(runtime).vehicles
    rickshaw = VehicleDescription("Rickshaw", "NS-60", 3)
    by = a_principal("admin", Role.ADMIN)
    await runtime.mongo.in_transaction(lambda session: vehicles.save(rider.id, rickshaw, by, session))
    async with (
        running(runtime) as address,
        Api(address, token_of(runtime, admin)) as office,
        Api(address, token_of(runtime, rider)) as api,
    ):
        saved = await office.ask(SAVE, input=WIDE)
        assert saved["packModel"] == {"id": node("PackModel", "NS-60"), "designation": "NS-60"}
        vehicle = (await api.ask(ME))["vehicle"]
        assert await office.ask("{ me { vehicle { packCount } packs { serialNumber } } }") == {
            "vehicle": None,
            "packs": [],
        }
        models = await api.ask("{ packModels { designation } }")
    assert (vehicle["name"], vehicle["packCount"], vehicle["packModel"]["designation"]) == (
        "Rickshaw",
        3,
        "NS-60",
    )
    assert models == [{"designation": "NS-48"}, {"designation": "NS-60"}]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"designation": ""}, "input.designation"),
        ({"designation": "N 48"}, "input.designation"),
        ({"designation": "NS-48"}, "input.designation"),
        ({"capacity": 0.0}, "input.capacity"),
        ({"capacity": 20.1}, "input.capacity"),
        ({"voltageClassVolts": 0}, "input.voltageClassVolts"),
        ({"maxChargePower": 0.0}, "input.maxChargePower"),
        ({"connector": ""}, "input.connector"),
    ],
)
async def test_an_impossible_model_is_refused_at_its_field(
    runtime: Runtime, wrong: dict[str, Any], field: str
) -> None:
    admin = await a_user(Role.ADMIN)
    async with running(runtime) as address, Api(address, token_of(runtime, admin)) as api:
        refused = await api.ask(SAVE, input=WIDE | wrong)
    assert refused == {"__typename": "InvalidInput", "field": field}


async def test_each_change_of_a_model_is_in_the_audit_log_and_none_twice(runtime: Runtime) -> None:
    admin = await a_user(Role.ADMIN)
    async with running(runtime) as address, Api(address, token_of(runtime, admin)) as api:
        for _ in range(2):
            await api.ask(SAVE, input=WIDE)
        await api.ask(SAVE, input=WIDE | {"capacity": 2.5})
    entries = await AuditLogEntry.find({"action": "savePackModel"}).sort("_id").to_list()
    assert [(entry.before.get("capacity_kwh"), entry.after["capacity_kwh"]) for entry in entries] == [
        (None, 2.4),
        (2.4, 2.5),
    ]
    models = PacksServices.of(runtime).models
    assert (await models.get("NS-60")).capacity_kwh == 2.5
    assert await models.get("NS-48") == STANDARD_PACK
    with pytest.raises(PackModelNotFoundError):
        await models.get("unknown")


async def test_the_slots_of_a_station_show_their_packs_to_those_who_run_the_network(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=1, slot_count=2)
    [pack] = await PacksServices.of(runtime).reader.list_at_station(station.id)
    staff, rider = await a_user(Role.STAFF), await a_user()
    async with (
        running(runtime) as address,
        Api(address, token_of(runtime, staff)) as office,
        Api(address, token_of(runtime, rider)) as api,
    ):
        shown = await office.ask(SLOTS, id=node("Station", station.id))
        hidden = await api.post(SLOTS, id=node("Station", station.id))
    model = {"designation": "NS-48"}
    assert shown["slots"] == [
        {
            "evseId": 1,
            "state": "AVAILABLE",
            "packModel": model,
            "pack": {"serialNumber": pack.id, "isHeld": False},
        },
        {"evseId": 2, "state": "AVAILABLE", "packModel": model, "pack": None},
    ]
    assert shown["status"]["stockByModel"] == [{"packModel": model, "chargedPacks": 1, "emptySlots": 1}]
    assert {error["extensions"]["code"] for error in hidden["errors"]} == {"NOT_ALLOWED"}
    assert [slot["pack"] for slot in hidden["data"]["station"]["slots"]] == [None, None]


async def test_the_holder_of_a_pack_is_shown_where_it_can_be_seen(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=1)
    [in_slot] = await PacksServices.of(runtime).reader.list_at_station(station.id)
    stored = await a_pack(Place(PlaceKind.SHOP, "no-such-shop"))
    staff = await a_user(Role.STAFF)
    look = "query Look($serial: String!) { pack(serialNumber: $serial) { place { kind holder { id } } } }"
    async with running(runtime) as address, Api(address, token_of(runtime, staff)) as api:
        assert await api.ask(look, serial=in_slot.id) == {
            "place": {"kind": "SLOT", "holder": {"id": node("Station", station.id)}}
        }
        assert await api.ask(look, serial=stored.id) == {"place": {"kind": "SHOP", "holder": None}}
