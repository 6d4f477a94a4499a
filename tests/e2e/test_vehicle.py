"""A three-wheeler with packs of its own, through the public API: registered, recommended for, swapped; wrong input too."""

from typing import Any

from navswap.auth.roles import Role
from navswap.features.packs.service import Place, PlaceKind
from navswap.runtime import Runtime
from tests.e2e import operations as op
from tests.e2e.scenarios import node
from tests.factories.network import TAIPEI, a_pack, a_station
from tests.factories.users import a_user, token_of
from tests.features.swapping.steps import stand_at
from tests.features.swapping.test_several_packs import BIG, FAR, MIXED
from tests.support.api import Api, running

SAVE_MODEL = """mutation($input: SavePackModelInput!) {
  savePackModel(input: $input) { ... on SavePackModelPayload { packModel { id } } }
}"""
SAVE_VEHICLE = """mutation($input: SaveVehicleInput!) {
  saveVehicle(input: $input) {
    ... on SaveVehiclePayload { vehicle { name packCount packModel { designation } } }
    ... on InvalidInput { code field }
  }
}"""
ME = "{ me { vehicle { name packCount packModel { designation } } packs { serialNumber model { designation } } } }"
RECOMMEND = """query($point: CoordinatesInput!) {
  recommend(point: $point) { station { id bonus { freePacks } } chargedPacks freePacks }
}"""
REFUSED = """mutation($input: CompleteSwapInput!) {
  completeSwap(input: $input) { __typename ... on InvalidInput { field } ... on Refusal { message } }
}"""
SWAPS = """{
  swaps { edges { node { entry { id state } rider { id } packModel { designation } packsIn { evseId } } } pageInfo { hasNextPage } }
}"""


async def test_a_rider_of_a_three_wheeler_swaps_all_of_its_packs(runtime: Runtime) -> None:
    await a_station(runtime, charged=12)
    station = await a_station(runtime, charged=4, slot_models=MIXED, point=FAR)
    rider, staff, admin = await a_user(), await a_user(Role.STAFF), await a_user(Role.ADMIN)
    there = node("Station", station.id)
    async with (
        running(runtime) as address,
        Api(address, token_of(runtime, rider)) as phone,
        Api(address, token_of(runtime, staff)) as counter,
        Api(address, token_of(runtime, admin)) as desk,
    ):
        model = {
            "designation": BIG.id,
            "capacity": BIG.capacity_kwh,
            "voltageClassVolts": BIG.voltage_class,
            "maxChargePower": BIG.max_charge_kw,
            "connector": BIG.connector,
        }
        saved_model = await desk.ask(SAVE_MODEL, input=model)
        vehicle = {"name": "Rickshaw", "packModelId": saved_model["packModel"]["id"], "packCount": 3}
        assert (await phone.ask(ME))["vehicle"]["packCount"] == 1
        for value in (0, 5):
            refused = await phone.ask(SAVE_VEHICLE, input={**vehicle, "packCount": value})
            assert refused == {"code": "INVALID_INPUT", "field": "input.packCount"}
        saved = await phone.ask(SAVE_VEHICLE, input=vehicle)
        packs = [
            await a_pack(Place(PlaceKind.RIDER, rider.id), soc_percent=9.0, model_id=BIG.id) for _ in range(3)
        ]
        mine = await phone.ask(ME)
        assert mine["vehicle"] == saved["vehicle"]
        assert {pack["serialNumber"] for pack in mine["packs"]} == {pack.id for pack in packs}

        point = {"longitude": TAIPEI.longitude, "latitude": TAIPEI.latitude}
        [best] = await phone.ask(RECOMMEND, point=point)
        assert (best["station"]["id"], best["chargedPacks"]) == (there, 4)
        nonsense = await phone.ask(op.CONFIRM, input={"stationId": "nonsense", "idempotencyKey": "k"})
        assert nonsense["code"] == "INVALID_INPUT"
        held = (await phone.ask(op.CONFIRM, input={"stationId": there, "idempotencyKey": "k"}))["entry"]
        assert len({pack["evseId"] for pack in held["packs"]}) == 3
        refused = await desk.ask(
            SAVE_VEHICLE.replace("InvalidInput { code field }", "Refusal { code }"),
            input={**vehicle, "riderId": node("User", rider.id)},
        )
        assert refused == {"code": "ALREADY_QUEUED"}

        await stand_at(runtime, rider.id, FAR)
        scan = {"token": held["qr"]["token"], "stationId": there}
        assert (await counter.ask(op.VERIFY, input=scan))["entry"]["state"] == "VERIFIED"

        async def refusal_of(*returned: dict[str, Any]) -> dict[str, Any]:
            answer: dict[str, Any] = await counter.ask(
                REFUSED, input={"entryId": held["id"], "returnedPacks": list(returned)}
            )
            return answer

        first, second, third = ({"serialNumber": pack.id, "socPercent": 9.0} for pack in packs)
        assert (await refusal_of(first, second))["__typename"] == "ReturnPackMissing"
        assert (await refusal_of(first, first, second))["__typename"] == "InvalidInput"
        unnamed = await refusal_of(first, {"socPercent": 9.0}, {"socPercent": 8.0})
        assert unnamed["field"] == "input.returnedPacks[2].serialNumber"
        for evse_id in (-1, 0, 13, 500):
            nowhere = await refusal_of(first, second, {**third, "evseId": evse_id})
            assert (nowhere["__typename"], nowhere["field"]) == (
                "InvalidInput",
                "input.returnedPacks[2].evseId",
            )
        assert (await refusal_of(first, second, {**third, "evseId": 8}))["__typename"] == "WrongPackModel"

        completing = {"entryId": held["id"], "returnedPacks": [first, {"socPercent": 9.0}, third]}
        swap = (await counter.ask(op.COMPLETE, input=completing))["swap"]
        assert [pack["serialNumber"] for pack in swap["packsIn"]] == [packs[0].id, packs[1].id, packs[2].id]
        assert (await counter.ask(op.COMPLETE, input=completing))["swap"] == swap
        ridden = {pack["serialNumber"] for pack in (await phone.ask(ME))["packs"]}
        assert ridden == {pack["serialNumber"] for pack in swap["packsOut"]}
        listed = await phone.ask(SWAPS)
        [edge] = listed["edges"]
        assert edge["node"]["entry"] == {"id": held["id"], "state": "FULFILLED"}
        assert edge["node"]["rider"] == {"id": node("User", rider.id)}
        assert edge["node"]["packModel"] == {"designation": BIG.id}


async def test_a_rider_registers_its_own_vehicle_only_and_reads_no_queue(runtime: Runtime) -> None:
    station, rider, other = await a_station(runtime), await a_user(), await a_user()
    async with running(runtime) as address, Api(address, token_of(runtime, rider)) as phone:
        of_another = {"name": "X", "riderId": node("User", other.id)}
        assert await phone.refused(SAVE_VEHICLE, input=of_another) == "NOT_ALLOWED"
        seen = await phone.post(
            "query Q($id: ID!) { station(id: $id) { queue { length } bonus { credits } } me { id } }",
            id=node("Station", station.id),
        )
        assert seen["data"]["station"] == {"queue": None, "bonus": {"credits": 0}}
        assert seen["data"]["me"] is not None
        assert [error["extensions"]["code"] for error in seen["errors"]] == ["NOT_ALLOWED"]
