import dataclasses
from datetime import timedelta

import pytest
from pymongo.errors import DuplicateKeyError

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLogEntry
from navswap.features.users.service import UsersServices, Vehicle, VehicleDescription
from navswap.features.users.service.vehicles import COUNTED_FOR
from navswap.features.users.storage import Vehicles
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from tests.factories.network import a_rider_of
from tests.factories.positions import a_principal

ADMIN = a_principal("admin", Role.ADMIN)
RICKSHAW = VehicleDescription("Rickshaw", "NS-60", 3)


async def save(runtime: Runtime, described: VehicleDescription, by: Principal = ADMIN) -> Vehicle:
    vehicles = UsersServices.of(runtime).vehicles
    return await runtime.mongo.in_transaction(lambda session: vehicles.save("rider", described, by, session))


async def test_a_rider_has_one_vehicle_and_each_change_is_in_the_audit_log(runtime: Runtime) -> None:
    vehicles = UsersServices.of(runtime).vehicles
    assert await vehicles.find_of_rider("rider") is None
    assert await vehicles.get_of_rider("rider") == Vehicle.plain("rider")
    registered = await save(runtime, RICKSHAW)
    assert await save(runtime, RICKSHAW) == registered
    renewed = await save(runtime, VehicleDescription("Scooter"))
    assert (renewed.id, renewed.pack_count, renewed.revision) == (registered.id, 1, 2)
    assert await vehicles.get_of_rider("rider") == renewed
    assert await vehicles.list_of_riders(["rider", "walker"]) == {"rider": renewed}
    entries = await AuditLogEntry.find({"action": "saveVehicle"}).sort("_id").to_list()
    assert [(entry.before.get("pack_count"), entry.after["pack_count"]) for entry in entries] == [
        (None, 3),
        (3, 1),
    ]


@pytest.mark.usefixtures("runtime")
async def test_the_database_allows_no_second_vehicle() -> None:
    await Vehicles.insert_all([Vehicle("v1", "rider", "Scooter")])
    with pytest.raises(DuplicateKeyError):
        await Vehicles.insert_all([Vehicle("v2", "rider", "Rickshaw")])


async def test_the_largest_vehicle_of_each_model_is_known_for_some_minutes(
    runtime: Runtime, clock: ManualClock
) -> None:
    vehicles = UsersServices.of(runtime).vehicles
    large = dataclasses.replace(STANDARD_PACK, id="NS-60")
    await a_rider_of(large, 2)
    await a_rider_of(large, 3)
    await a_rider_of(STANDARD_PACK, 1)
    assert await vehicles.most_packs_by_model() == {"NS-60": 3, STANDARD_PACK.id: 1}
    await a_rider_of(STANDARD_PACK, 2)
    clock.advance(COUNTED_FOR - timedelta(seconds=1))
    assert await vehicles.most_packs_by_model() == {"NS-60": 3, STANDARD_PACK.id: 1}
    clock.advance(timedelta(seconds=1))
    assert await vehicles.most_packs_by_model() == {"NS-60": 3, STANDARD_PACK.id: 2}
