"""Stations with packs, and riders with theirs."""

from datetime import UTC, datetime

from navswap.auth.roles import Role
from navswap.features.packs.domain.models import RegisteredModel
from navswap.features.packs.service import Condition, Pack, Place, PlaceKind
from navswap.features.packs.storage import PackModels, Packs
from navswap.features.stations.service import Information, Station, StationState, Status
from navswap.features.stations.storage import Stations
from navswap.features.swapping.service import SwappingServices
from navswap.features.users.service import User, Vehicle
from navswap.features.users.storage import Vehicles
from navswap.kit.charging import STANDARD_PACK, PackModel
from navswap.kit.geo import Point
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.users import a_user

TAIPEI = Point(121.5654, 25.0330)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def a_serial_number() -> str:
    return f"P-{new_id()}"


async def a_station(
    runtime: Runtime,
    *,
    charged: int = 3,
    charging: int = 0,
    faulty: int = 0,
    slot_count: int = 12,
    point: Point = TAIPEI,
    state: StationState = StationState.OPEN,
    slot_models: tuple[str, ...] = (),
    opening_hours: str = "",
    name: str = "",
) -> Station:
    """Store a station with packs in its first slots, of the models that those take, and count its stock."""
    identifier = new_id()
    station = Station(
        id=identifier,
        information=Information(
            name=name or f"Station {identifier[-4:]}",
            point=point,
            slot_count=slot_count,
            slot_models=slot_models,
            opening_hours=opening_hours,
        ),
        status=Status(state=state, last_reported=LONG_AGO),
    )
    await Stations.insert_all([station])
    charges = [95.0] * charged + [40.0] * charging + [95.0] * faulty
    for evse_id, soc_percent in enumerate(charges, start=1):
        await a_pack(
            Place(kind=PlaceKind.SLOT, holder_id=identifier, evse_id=evse_id),
            soc_percent=soc_percent,
            condition=Condition.FAULTY if evse_id > charged + charging else Condition.FIT,
            model_id=station.information.model_of_slot(evse_id),
        )
    return (await SwappingServices.of(runtime).reports.report_packs(identifier, [])).station


async def a_big_model() -> str:
    """Register a second model of packs, and return its id."""
    model = PackModel("NS-72", capacity_kwh=2.5, voltage_class=72, max_charge_kw=1.4, connector="blade-72")
    await PackModels.insert_missing([RegisteredModel(model.id, model)])
    return model.id


async def a_pack(
    place: Place,
    *,
    soc_percent: float = 95.0,
    condition: Condition = Condition.FIT,
    model_id: str = STANDARD_PACK.id,
) -> Pack:
    """Store a pack."""
    pack = Pack(
        id=a_serial_number(),
        soc_percent=soc_percent,
        soh_percent=97.0,
        cycles=120,
        condition=condition,
        place=place,
        reported_at=LONG_AGO,
        model_id=model_id,
    )
    await Packs.insert_all([pack])
    return pack


async def a_rider(*, with_pack: bool = True) -> tuple[User, Pack | None]:
    """Store a rider, with an almost empty pack unless told otherwise."""
    rider = await a_user(Role.CONSUMER)
    if not with_pack:
        return rider, None
    return rider, await a_pack(Place(kind=PlaceKind.RIDER, holder_id=rider.id), soc_percent=12.0)


async def a_rider_of(model: PackModel, pack_count: int) -> tuple[User, list[Pack]]:
    """Store a rider whose vehicle takes so many packs of a model, with as many almost empty ones."""
    await PackModels.insert_missing([RegisteredModel(model.id, model)])
    rider = await a_user(Role.CONSUMER)
    await Vehicles.insert_all([Vehicle(new_id(), rider.id, "Vehicle", model.id, pack_count)])
    place = Place(kind=PlaceKind.RIDER, holder_id=rider.id)
    return rider, [await a_pack(place, soc_percent=12.0, model_id=model.id) for _ in range(pack_count)]
