"""What an import meets that is there already: stations that move, lose slots, are closed in the file, or are gone from it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.features.geofences.service import GeofencesServices
from navswap.features.packs.service import PacksServices, PlaceKind
from navswap.features.stations.service import Station, StationsServices, StationState
from navswap.infra.mongo import Session
from navswap.kit.errors import NavSwapError
from navswap.kit.geo import Point, distance_metres
from navswap.runtime import Runtime
from navswap.seeding.loading import StationPlan

MOVE_METRES = 500.0
"""A station that moves farther is another one, or was somewhere else by mistake."""
SAME_PLACE_METRES = 30.0
"""How near a station of a file without ids stands to the one here that it is, under another name."""
OTHER_CITY_METRES = 50_000.0
"""Where most stations move farther, the file is of another network that uses the same ids."""
BY = "navswap seed"
"""Who closes stations, in the audit log."""


class OtherNetworkError(NavSwapError):
    """The ids of the file belong to another network here; nothing was written."""

    code = "OTHER_NETWORK"


@dataclass(frozen=True, slots=True)
class Move:
    """A station that the file has elsewhere: its id and name here, how far, its packs, and how many riders hold one."""

    id: str
    name: str
    metres: int
    packs: int
    holds: int


@dataclass(frozen=True, slots=True)
class KeptSlots:
    """A station that the file gives fewer slots than are in use: those that it has and keeps, and those of the file."""

    id: str
    slots: int
    slots_in_file: int
    highest_in_use: int


@dataclass(frozen=True, slots=True)
class Renamed:
    """A station of a file without ids that is found by its place: the id that it keeps, and its name in the file."""

    id: str
    name: str


@dataclass(slots=True)
class Differences:
    """What an import found that is there already, and what became of it.

    `moved` are stations more than 500 m from where they stand here: `moves_accepted` says whether they were moved or left as
    they are. `kept_slots` keep their slots. `missing` are ids of stations of the same source that the file has not,
    which are closed where `missing_accepted`,
    `out_of_service` those that it marks as not in service; `closed` are those of both that were closed now; `closed_here` stations
    that the file has in service and that are closed here, which an import never opens; `renamed` those that a file without ids
    calls otherwise than before.
    """

    moved: list[Move] = field(default_factory=list)
    moves_accepted: bool = False
    kept_slots: list[KeptSlots] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    missing_accepted: bool = False
    out_of_service: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    closed_here: list[str] = field(default_factory=list)
    renamed: list[Renamed] = field(default_factory=list)

    @property
    def held_back(self) -> bool:
        """Whether something of the file was not loaded as it says."""
        return bool(self.kept_slots or (self.moved and not self.moves_accepted))


@dataclass(frozen=True, slots=True)
class InFile:
    """The ids of a file: of the stations that it would load, of those not in service, and of those it could not read.

    `has_guessed_ids` where it has none, and names or places serve as such.
    """

    source: str | None
    stations: Sequence[StationPlan]
    out_of_service: frozenset[str]
    unread: frozenset[str]
    has_guessed_ids: bool = False


class Reimport:
    """Compares a file with what is stored before it is loaded, and afterwards does what the loading does not."""

    def __init__(self, runtime: Runtime, *, accept_moves: bool, close_missing: bool) -> None:
        self._runtime = runtime
        self._accept_moves = accept_moves
        self._close_missing = close_missing
        self._stations = StationsServices.of(runtime).stations
        self._packs = PacksServices.of(runtime).packs
        self._geofences = GeofencesServices.of(runtime).geofences
        self._to_close: list[str] = []
        self._moved_to: dict[str, Point] = {}

    async def compare(self, file: InFile) -> tuple[list[StationPlan], Differences]:
        """Return the plans that may be loaded, and what differs; raises OtherNetworkError."""
        found = Differences(moves_accepted=self._accept_moves, missing_accepted=self._close_missing)
        if file.has_guessed_ids:
            file = await self._with_kept_ids(file, found)
        stored = await self._stored(file)
        plans = []
        for plan in file.stations:
            station = stored.get(plan.id)
            if station is None:
                plans.append(plan)
                continue
            if station.status.state is StationState.CLOSED:
                found.closed_here.append(plan.id)
            if self._may_stay(plan, station, found):
                plans.append(await self._with_used_slots(plan, station, found))
        self._refuse_other_network(file.stations, stored, found)
        await self._find_missing(file, stored, found)
        return plans, found

    async def finish(self, found: Differences) -> None:
        """Close what is to be closed, and have fences and holds follow the stations that moved."""
        for station_id in sorted(await self._geofences.list_watched_places(list(self._moved_to))):
            centre = self._moved_to[station_id]
            await self._runtime.mongo.in_transaction(partial(self._follow, station_id, centre))
        now = self._runtime.clock.now()
        by = Principal(BY, Role.ADMIN, BY, now + timedelta(hours=1))
        for station_id in self._to_close:
            await self._stations.set_state(station_id, StationState.CLOSED, by)
            found.closed.append(station_id)

    async def _follow(self, station_id: str, centre: Point, session: Session) -> None:
        await self._geofences.move_place(station_id, centre, session)

    async def _stored(self, file: InFile) -> dict[str, Station]:
        ids = [*(plan.id for plan in file.stations), *file.out_of_service]
        found: dict[str, Station] = {}
        for start in range(0, len(ids), 500):
            found |= await self._stations.list_by_ids(ids[start : start + 500])
        return found

    async def _with_kept_ids(self, file: InFile, found: Differences) -> InFile:
        """Return a file in which a new station has the id of the one at its place here that is gone from the file."""
        stored = await self._stored(file)
        new = {
            plan.id: (plan.known["point"], plan.known.get("name"))
            for plan in file.stations
            if plan.id not in stored
        }
        gone = await self._stations.list_by_ids(sorted(await self._gone(file))) if new else {}
        kept = same_places(
            {each: point for each, (point, _) in new.items()},
            {each: station.information.point for each, station in gone.items()},
        )
        found.renamed = [Renamed(kept[each], str(new[each][1] or each)) for each in new if each in kept]
        stations = [replace(plan, id=kept.get(plan.id, plan.id)) for plan in file.stations]
        return replace(file, stations=stations)

    async def _gone(self, file: InFile) -> set[str]:
        """Return the stations of the same source that are open here and that the file has not."""
        open_here = await self._stations.list_imported_ids(file.source)
        return open_here - {plan.id for plan in file.stations} - file.unread - file.out_of_service

    def _may_stay(self, plan: StationPlan, station: Station, found: Differences) -> bool:
        """Note a station that moves; return whether it is loaded all the same."""
        metres = distance_metres(station.information.point, plan.known["point"])
        if metres <= MOVE_METRES:
            if metres > 0:
                self._moved_to[plan.id] = plan.known["point"]
            return True
        status = station.status
        name = station.information.name
        found.moved.append(Move(plan.id, name, round(metres), status.stock.packs, status.queue_length))
        self._moved_to[plan.id] = plan.known["point"]
        if not self._accept_moves:
            del self._moved_to[plan.id]
        return self._accept_moves

    async def _with_used_slots(self, plan: StationPlan, station: Station, found: Differences) -> StationPlan:
        """Return a plan that keeps the slots of a station where a pack or a fault is in one that it would lose."""
        wanted, present = plan.known.get("slot_count"), station.information.slot_count
        if wanted is None or wanted >= present:
            return plan
        packs = await self._packs.list_at_station(plan.id)
        in_slots = [pack.place.evse_id or 0 for pack in packs if pack.place.kind is PlaceKind.SLOT]
        highest = max([*in_slots, *(block.evse_id or 0 for block in station.blocks)], default=0)
        if highest <= wanted:
            return plan
        found.kept_slots.append(KeptSlots(plan.id, present, wanted, highest))
        return replace(plan, known={**plan.known, "slot_count": present})

    def _refuse_other_network(
        self, plans: Sequence[StationPlan], stored: Mapping[str, Station], found: Differences
    ) -> None:
        """Raise OtherNetworkError where most of the stations that are here would move to another city."""
        here = sum(plan.id in stored for plan in plans)
        far = [move for move in found.moved if move.metres > OTHER_CITY_METRES]
        if not far or self._accept_moves or len(far) * 2 <= here:
            return
        first = far[0]
        raise OtherNetworkError(
            f"{len(far)} of the {here} stations of the file that are here already would move by more than 50 km ({first.id} "
            f"{first.name!r} by {first.metres / 1000:,.0f} km, with {first.packs} packs and {first.holds} holds): the file is of "
            "another network that uses the same ids. Nothing was loaded. Give the network a name that becomes part of its ids, "
            "such as --source CITY; or --accept-moves if they did move"
        )

    async def _find_missing(self, file: InFile, stored: Mapping[str, Station], found: Differences) -> None:
        """Note the stations that are open here, and in the file gone or not in service."""
        found.missing = sorted(await self._gone(file))
        found.out_of_service = sorted(
            station_id
            for station_id in file.out_of_service - {plan.id for plan in file.stations}
            if station_id in stored and stored[station_id].status.state is StationState.OPEN
        )
        self._to_close = [*found.out_of_service, *(found.missing if self._close_missing else [])]


def same_places(new: Mapping[str, Point], gone: Mapping[str, Point]) -> dict[str, str]:
    """Return for each new station the gone one at its place, where either has only the other there."""
    cells: dict[tuple[int, int], list[str]] = {}
    for gone_id, point in gone.items():
        cells.setdefault(_cell(point), []).append(gone_id)
    pairs = [
        (new_id, gone_id)
        for new_id, point in new.items()
        for cell in _cells_around(point)
        for gone_id in cells.get(cell, ())
        if distance_metres(point, gone[gone_id]) <= SAME_PLACE_METRES
    ]
    of_new, of_gone = Counter(pair[0] for pair in pairs), Counter(pair[1] for pair in pairs)
    return {new_id: gone_id for new_id, gone_id in pairs if of_new[new_id] == of_gone[gone_id] == 1}


def _cell(point: Point) -> tuple[int, int]:
    """Return the square of a thousandth of a degree in which a point lies."""
    return round(point.longitude * 1000), round(point.latitude * 1000)


def _cells_around(point: Point) -> Iterator[tuple[int, int]]:
    """Yield the squares that may hold what is as near to a point as the same place, at any latitude below 74 degrees."""
    east, north = _cell(point)
    for beside in (-1, 0, 1):
        for above in (-1, 0, 1):
            yield east + beside, north + above
