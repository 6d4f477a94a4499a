"""Depots: their register, and the packs that transporters take from them and bring back."""

import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLog
from navswap.features.packs.errors import PackNotReadyError, WrongPackModelError
from navswap.features.packs.service import Condition, PackService
from navswap.features.partners.service import Trips
from navswap.features.positions.service import PresenceReader, Whereabouts
from navswap.features.procurement.domain.values import Depot
from navswap.features.procurement.errors import DepotNotFoundError, TransporterNotFoundError
from navswap.features.procurement.service.scans import checked_scans
from navswap.features.procurement.storage import DepotDay, Depots
from navswap.features.users.service import UserService
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.errors import InvalidInputError
from navswap.kit.lifecycle import Transition
from navswap.kit.time_zones import require_time_zone

DEPOT_ID = re.compile(r"[A-Za-z0-9_-]{1,50}")


class DepotService:
    """Keeps the register of depots and what leaves and enters them."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        packs: PackService,
        users: UserService,
        presence: PresenceReader,
        trips: Trips,
        audit_log: AuditLog,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._packs = packs
        self._users = users
        self._presence = presence
        self._trips = trips
        self._audit_log = audit_log

    async def add_missing(self, depots: Sequence[Depot]) -> int:
        """Store the depots that are not there yet (by id) and return how many were new."""
        return await Depots.insert_missing(depots)

    async def save(self, depot: Depot, by: Principal) -> Depot:
        """Store a depot in place of the one with its id, and record who did; the same again changes nothing.

        Raises InvalidInputError.
        """
        _check(depot)

        async def work(session: Session) -> Depot:
            known = await Depots.find(depot.id, session)
            saved = depot if known is None else replace(depot, revision=known.revision + 1)
            if known is not None and replace(saved, revision=known.revision) == known:
                return known
            await Depots.apply(Transition(known, saved), session)
            before = {} if known is None else asdict(known)
            subject = ("Depot", depot.id)
            await self._audit_log.record(
                session, self._clock.now(), by, "saveDepot", subject, before=before, after=asdict(saved)
            )
            return saved

        return await self._mongo.in_transaction(work)

    async def list_all(self) -> list[Depot]:
        """Return all depots, by id."""
        return await Depots.list_all()

    async def count_stock(self, depot_ids: list[str]) -> dict[str, int]:
        """Return how many fit packs each depot has."""
        counts = dict.fromkeys(depot_ids, 0)
        for (depot_id, _), packs in (await self._packs.count_at_depots()).items():
            if depot_id in counts:
                counts[depot_id] += packs
        return counts

    async def issue(
        self, depot_id: str, by: Principal, transporter_id: str, serial_numbers: list[str]
    ) -> Depot:
        """Give packs of a depot to a transporter; those that the transporter has already change nothing.

        Raises DepotNotFoundError, TransporterNotFoundError, InvalidInputError, NotAtPlaceError, PackNotFoundError,
        PackElsewhereError.
        """
        scanned = checked_scans(serial_numbers)
        depot = await self._get(depot_id)
        transporter = await self._users.find(transporter_id)
        if transporter is None or transporter.role is not Role.TRANSPORTER:
            raise TransporterNotFoundError("There is no transporter with this id.")
        whereabouts = await self._presence.read(transporter_id)

        async def work(session: Session) -> None:
            issued = await self._packs.issue(scanned, depot_id, transporter_id, session)
            if issued:
                self._require_at(depot, whereabouts)
                subject = ("Depot", depot_id)
                given = {"transporter_id": transporter_id, "packs": [pack.id for pack in issued]}
                await self._audit_log.record(
                    session, self._clock.now(), by, "issueDepotPacks", subject, before={}, after=given
                )

        await self._mongo.in_transaction(work)
        return depot

    async def hand_out(
        self,
        depot_id: str,
        transporter: Whereabouts,
        serial_numbers: Sequence[str],
        model_id: str,
        session: Session,
    ) -> None:
        """Give fit packs of a model to a transporter who is at their depot and fetches them for a job.

        Raises DepotNotFoundError, NotAtPlaceError, PackNotFoundError, PackElsewhereError, PackNotReadyError,
        WrongPackModelError.
        """
        self._require_at(await self._get(depot_id, session), transporter)
        for pack in await self._packs.issue(list(serial_numbers), depot_id, transporter.user_id, session):
            if pack.condition is not Condition.FIT:
                raise PackNotReadyError(f"Pack {pack.id} is {pack.condition}; take another one.")
            if pack.model_id != model_id:
                raise WrongPackModelError(f"Pack {pack.id} is a {pack.model_id}; take packs of {model_id}.")

    async def find_by_ids(self, ids: Sequence[str]) -> dict[str, Depot]:
        """Return depots by id; unknown ids are left out."""
        return await Depots.find_by_ids(ids)

    async def hand_in(self, depot_id: str, transporter_id: str, serial_numbers: list[str]) -> Depot:
        """Take packs of a transporter into a depot; those that are there already change nothing.

        Raises DepotNotFoundError, InvalidInputError, NotAtPlaceError, PackNotFoundError, PackElsewhereError, and
        PackOfAnotherTripError for a pack that a transport job under way brings elsewhere.
        """
        scanned = checked_scans(serial_numbers)
        depot = await self._get(depot_id)
        whereabouts = await self._presence.read(transporter_id)

        async def work(session: Session) -> None:
            if handed_in := await self._packs.hand_in(scanned, transporter_id, depot_id, session):
                self._require_at(depot, whereabouts)
                serials = tuple(pack.id for pack in handed_in)
                await self._trips.require_free(transporter_id, serials, session)

        await self._mongo.in_transaction(work)
        return depot

    async def count_issued(self, depot_id: str, model_id: str, left_at: datetime, session: Session) -> None:
        """Count a pack that has left a depot as demand of its model and local day."""
        depot = await Depots.find(depot_id, session)
        if depot is not None:
            day = left_at.astimezone(ZoneInfo(depot.time_zone)).date()
            await DepotDay.count_issued(depot_id, model_id, day.isoformat(), session)

    def _require_at(self, depot: Depot, transporter: Whereabouts) -> None:
        if depot.point is not None:
            transporter.require_at(depot.point, depot.name, self._clock.now())

    async def _get(self, depot_id: str, session: Session | None = None) -> Depot:
        depot = await Depots.find(depot_id, session)
        if depot is None:
            raise DepotNotFoundError("There is no such depot.")
        return depot


def _check(depot: Depot) -> None:
    if not DEPOT_ID.fullmatch(depot.id):
        raise InvalidInputError("key", "A key has 1 to 50 letters, digits, hyphens or underscores.")
    if not depot.name.strip():
        raise InvalidInputError("name", "Give the depot a name.")
    require_time_zone(depot.time_zone)
    if not 1 <= depot.lead_time_days <= 365:
        raise InvalidInputError("lead_time_days", "A lead time is 1 to 365 days.")
    for field, cost in (("shortage_cost", depot.shortage_cost), ("holding_cost", depot.holding_cost)):
        if not cost > 0:
            raise InvalidInputError(field, "A cost is more than 0.")
