"""Writes a planned network through the services: what is new or changed, and nothing else.

Users come first, then tariffs, packs, stations and shops, each with the stock that its packs make. A loading that was
cut off is therefore completed by the next one.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from pydantic import TypeAdapter
from pymongo.errors import BulkWriteError

from navswap.features.energy.service import EnergyServices, Tariff
from navswap.features.packs.service import (
    Pack,
    PackCount,
    PacksServices,
    Place,
    PlaceKind,
    count_packs,
)
from navswap.features.partners.service import PartnerShop, PartnersServices
from navswap.features.procurement.service import Depot, ProcurementServices
from navswap.features.staffing.service import StaffingServices, StaffMember
from navswap.features.stations.service import (
    Information,
    Station,
    StationsServices,
    new_station,
)
from navswap.features.users.service import User, UsersServices, Vehicle
from navswap.infra.mongo import Session
from navswap.kit.charging import STANDARD_PACK, PackModel
from navswap.kit.errors import NavSwapError
from navswap.runtime import Runtime
from navswap.seeding.formats.countries import time_zone_of
from navswap.seeding.report import DEFAULT_SLOTS, SeedProgress, SeedReport, Tally
from navswap.settings import Settings

BATCH = 500
"""Documents that one bulk write carries: few round trips, and a progress bar that moves."""

T = TypeVar("T")
_INFORMATION = TypeAdapter(Information)


class SeedConflictError(NavSwapError):
    """Something else in the database has the place of what was to be written."""

    code = "SEED_CONFLICT"


@dataclass(frozen=True, slots=True)
class StationPlan:
    """A station to load: its id, and those fields of its information that the source gives."""

    id: str
    known: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """Everything that a seeding wants to be there."""

    stations: Sequence[StationPlan]
    packs: Sequence[Pack] = ()
    users: Sequence[User] = ()
    vehicles: Sequence[Vehicle] = ()
    pack_models: Sequence[PackModel] = ()
    tariffs: Sequence[Tariff] = ()
    shops: Sequence[PartnerShop] = ()
    depots: Sequence[Depot] = ()
    staff: Sequence[StaffMember] = ()


class Loading:
    """One run of a plan against the services of a runtime."""

    def __init__(self, runtime: Runtime, report: SeedReport, progress: SeedProgress) -> None:
        self._runtime = runtime
        self._report = report
        self._progress = progress
        self._users = UsersServices.of(runtime).users
        self._vehicles = UsersServices.of(runtime).vehicles
        self._packs = PacksServices.of(runtime).packs
        self._models = PacksServices.of(runtime).models
        self._stations = StationsServices.of(runtime).stations
        self._staff = StaffingServices.of(runtime).staff
        self._depots = ProcurementServices.of(runtime).depots
        self._shops = PartnersServices.of(runtime).shops
        self._tariffs = EnergyServices.of(runtime).tariffs

    async def run(self, plan: NetworkPlan) -> None:
        """Write what the plan has and the database has not; with a dry run only count it.

        Raises SeedConflictError where another user, pack or station is in the way; running again completes
        what was cut off.
        """
        try:
            await self._load_users(plan.users)
            await self._write("vehicles", plan.vehicles, self._vehicles.add_missing)
            await self._write("pack models", plan.pack_models, self._models.add_missing)
            await self._load_tariffs(plan.tariffs)
            stored = await self._read(
                "read stations", [s.id for s in plan.stations], self._stations.list_by_ids
            )
            packs, arrived = await self._load_packs(plan.packs, stored)
            resized = await self._load_stations(plan.stations, stored, packs)
            await self._load_shops(plan.shops)
            await self._write("depots", plan.depots, self._depots.add_missing)
            await self._write("staff", plan.staff, self._staff.save)
        except BulkWriteError as error:
            message = error.details["writeErrors"][0]["errmsg"] if error.details.get("writeErrors") else error
            raise SeedConflictError(
                f"Something else in the database is in the way ({message}). Remove it and seed again."
            ) from error
        await self._recount(sorted((arrived & stored.keys()) | resized))

    async def _load_users(self, users: Sequence[User]) -> None:
        stored = await self._read("read users", [user.id for user in users], self._users.list_by_ids)
        missing = [user for user in users if user.id not in stored]
        self._report.users = Tally(created=len(missing), unchanged=len(stored))
        await self._write("users", missing, self._users.add_missing)

    async def _load_tariffs(self, tariffs: Sequence[Tariff]) -> None:
        """Add new tariffs and renew those whose prices changed."""
        stored = await self._read(
            "read tariffs", [tariff.id for tariff in tariffs], self._tariffs.list_by_ids
        )
        writes = [tariff for tariff in tariffs if not tariff.is_same_as(stored.get(tariff.id))]
        updated = sum(tariff.id in stored for tariff in writes)
        self._report.tariffs = Tally(len(writes) - updated, updated, len(stored) - updated)
        await self._write("tariffs", writes, self._tariffs.save_all)

    async def _load_packs(
        self, packs: Sequence[Pack], stations: Mapping[str, Station]
    ) -> tuple[list[Pack], set[str]]:
        """Add the packs that are not there; return all of them as they are now, and where new ones stand."""
        stored = await self._read("read packs", [pack.id for pack in packs], self._packs.list_by_ids)
        missing = await self._settle([pack for pack in packs if pack.id not in stored], stations)
        self._report.packs = Tally(created=len(missing), unchanged=len(stored))
        await self._write("packs", missing, self._packs.add_missing)
        arrived = {pack.place.holder_id for pack in missing if pack.place.kind is PlaceKind.SLOT}
        return [*stored.values(), *missing], arrived

    async def _settle(self, packs: list[Pack], stations: Mapping[str, Station]) -> list[Pack]:
        """Move packs that would come into a taken slot, or one of another model, of a station in service; leave out the rest."""
        free: dict[str, list[int]] = {}
        settled = []
        for pack in packs:
            station = stations.get(pack.place.holder_id)
            if pack.place.kind is not PlaceKind.SLOT or station is None:
                settled.append(pack)
                continue
            if station.id not in free:
                taken = {other.place.evse_id for other in await self._packs.list_at_station(station.id)}
                slots = range(1, station.information.slot_count + 1)
                free[station.id] = [slot for slot in slots if slot not in taken]
            information = station.information
            fitting = [slot for slot in free[station.id] if information.model_of_slot(slot) == pack.model_id]
            if fitting:
                wanted = pack.place.evse_id
                slot = wanted if wanted in fitting else fitting[0]
                free[station.id].remove(slot)
                place = Place(kind=PlaceKind.SLOT, holder_id=station.id, evse_id=slot)
                settled.append(replace(pack, place=place))
        return settled

    async def _load_stations(
        self, plans: Sequence[StationPlan], stored: Mapping[str, Station], packs: Sequence[Pack]
    ) -> set[str]:
        """Add new stations with their stock, renew changed information; return those whose slots changed in number."""
        at_station: dict[str, list[Pack]] = {}
        for pack in packs:
            if pack.place.kind is PlaceKind.SLOT:
                at_station.setdefault(pack.place.holder_id, []).append(pack)
        tally, writes, resized = self._report.stations, [], set()
        for plan in plans:
            old = stored.get(plan.id)
            information = information_of(plan, old, self._runtime.settings, self._report.default_capacity)
            if old is None:
                tally.created += 1
                writes.append(self._new_station(plan.id, information, at_station.get(plan.id, [])))
            elif old.information == information:
                tally.unchanged += 1
            else:
                tally.updated += 1
                writes.append(replace(old, information=information))
                if old.information.slot_count != information.slot_count:
                    resized.add(plan.id)
        await self._write("stations", writes, self._stations.save_information)
        return resized

    async def _load_shops(self, shops: Sequence[PartnerShop]) -> None:
        """Add the shops that are not there and count the packs of all; those that are there keep what they agreed on."""
        ids = [shop.id for shop in shops]
        stored = await self._read("read shops", ids, self._shops.find_by_ids)
        missing = [shop for shop in shops if shop.id not in stored]
        self._report.shops = Tally(created=len(missing), unchanged=len(stored))
        await self._write("shops", missing, self._shops.add_missing)
        if not self._report.dry_run:
            for shop_id in ids:
                await self._shops.recount(shop_id)

    def _new_station(self, station_id: str, information: Information, packs: list[Pack]) -> Station:
        return new_station(station_id, information, self._count(packs), self._runtime.clock.now())

    def _count(self, packs: Iterable[Pack]) -> dict[str, PackCount]:
        return count_packs(packs, self._runtime.settings.promised_soc_percent)

    async def _recount(self, station_ids: Sequence[str]) -> None:
        """Count the stock of stations in service again and publish it: riders may be watching them."""
        if self._report.dry_run:
            return
        for done, station_id in enumerate(station_ids, start=1):

            async def work(session: Session, station_id: str = station_id) -> None:
                station = await self._stations.get(station_id, session)
                packs = await self._packs.list_at_station(station_id, session)
                await self._stations.record_stock(station, self._count(packs), session)

            await self._runtime.mongo.in_transaction(work)
            self._progress("stock", done, len(station_ids))

    async def _read(
        self, step: str, ids: Sequence[str], list_by_ids: Callable[[list[str]], Awaitable[dict[str, T]]]
    ) -> dict[str, T]:
        found: dict[str, T] = {}
        for done, batch in _batches(ids):
            found |= await list_by_ids(batch)
            self._progress(step, done, len(ids))
        return found

    async def _write(
        self, step: str, documents: Sequence[T], save: Callable[[list[T]], Awaitable[Any]]
    ) -> None:
        if self._report.dry_run:
            return
        for done, batch in _batches(documents):
            await save(batch)
            self._progress(step, done, len(documents))


def information_of(
    plan: StationPlan, stored: Station | None, settings: Settings, default_capacity: int = DEFAULT_SLOTS
) -> Information:
    """Return a station's information as it shall be; what the source does not give stays as it is stored.

    A new station is in the time zone and the country of the network unless the source says otherwise: a country that it
    gives says the time zone, too, if it has but one. It has the default number of slots.
    """
    country = plan.known.get("country")
    own_zone = time_zone_of(country) if country not in {None, settings.country} else None
    new = {
        "slot_count": default_capacity,
        "time_zone": own_zone or settings.time_zone,
        "country": settings.country,
    }
    present = new if stored is None else asdict(stored.information)
    known = {**present, **plan.known}
    if models := known.get("slot_models"):  # slots that are new take the standard model
        slots = int(known["slot_count"])
        known["slot_models"] = (*models[:slots], *[STANDARD_PACK.id] * (slots - len(models)))
    return _INFORMATION.validate_python(known)


def _batches(items: Sequence[T]) -> Iterator[tuple[int, list[T]]]:
    """Yield lists of at most BATCH items, each with how many are done after it."""
    for start in range(0, len(items), BATCH):
        batch = list(items[start : start + BATCH])
        yield start + len(batch), batch
