"""Tariffs and feeders: what energy costs when, and how much of it a station gets."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from navswap.auth.principal import Principal
from navswap.events.audit_log import AuditLog
from navswap.features.energy.domain.lifecycle import MAX_FEEDER_KW
from navswap.features.energy.domain.tariffs import Tariff, save
from navswap.features.energy.errors import TariffNotFoundError
from navswap.features.energy.storage import EnergyStations, Tariffs
from navswap.features.stations.service import Station, StationService
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.errors import InvalidInputError


class TariffService:
    """Keeps the tariffs that stations buy their energy by; a station names its own in its information."""

    def __init__(self, mongo: Mongo, clock: Clock, stations: StationService, audit_log: AuditLog) -> None:
        self._mongo = mongo
        self._clock = clock
        self._stations = stations
        self._audit_log = audit_log

    async def save(self, tariff: Tariff, by: Principal) -> Tariff:
        """Store a tariff in place of the one with its id, and record who did; the same again changes nothing.

        The next plan of each station is made by the new prices. Raises InvalidInputError.
        """

        async def work(session: Session) -> Tariff:
            saved = save(await Tariffs.find(tariff.id, session), tariff)
            await Tariffs.apply(saved, session)
            if saved.is_change:
                before = {} if saved.before is None else _content(saved.before)
                await self._record(
                    session, by, "saveTariff", ("Tariff", tariff.id), before, _content(saved.after)
                )
            return saved.after

        return await self._mongo.in_transaction(work)

    async def save_all(self, tariffs: Sequence[Tariff]) -> int:
        """Store the tariffs of a seeding, each in place of the one with its id; returns how many are new or changed.

        Raises InvalidInputError.
        """

        async def work(session: Session) -> int:
            known = await Tariffs.find_by_ids([tariff.id for tariff in tariffs], session)
            saved = [save(known.get(tariff.id), tariff) for tariff in tariffs]
            await Tariffs.apply_all(saved, session)
            return sum(transition.is_change for transition in saved)

        return await self._mongo.in_transaction(work)

    async def set_supply(
        self, station_id: str, tariff_id: str | None, feeder_limit_kw: float | None, by: Principal
    ) -> Station:
        """Set by which tariff a station buys and what its feeder gives (None: unknown); it is planned again at once.

        The same again changes nothing. Raises StationNotFoundError, TariffNotFoundError, InvalidInputError.
        """
        if feeder_limit_kw is not None and not 0 < feeder_limit_kw <= MAX_FEEDER_KW:
            raise InvalidInputError(
                "feeder_limit_kw", f"A feeder gives more than 0 and at most {MAX_FEEDER_KW:.0f} kW."
            )
        if tariff_id is not None and await self.find(tariff_id) is None:
            raise TariffNotFoundError("There is no such tariff; save it first.")

        async def work(session: Session) -> Station:
            station = await self._stations.get(station_id, session)
            supply = {"tariff_id": tariff_id, "feeder_limit_kw": feeder_limit_kw}
            before = {name: getattr(station.information, name) for name in supply}
            if before == supply:
                return station
            changed = await self._stations.set_supply(station, tariff_id, feeder_limit_kw, session)
            await EnergyStations.plan_at(station_id, self._clock.now(), session)
            await self._record(session, by, "setStationSupply", ("Station", station_id), before, supply)
            return changed

        return await self._mongo.in_transaction(work)

    async def list_all(self) -> list[Tariff]:
        """Return all tariffs, by id."""
        return await Tariffs.list_all()

    async def list_by_ids(self, ids: Sequence[str], session: Session | None = None) -> dict[str, Tariff]:
        """Return tariffs by id; unknown ids are left out."""
        return await Tariffs.find_by_ids(ids, session)

    async def find(self, tariff_id: str | None, session: Session | None = None) -> Tariff | None:
        """Return a tariff, or None where there is none or no id is given."""
        return None if tariff_id is None else await Tariffs.find(tariff_id, session)

    async def _record(
        self,
        session: Session,
        by: Principal,
        action: str,
        subject: tuple[str, str],
        before: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> None:
        await self._audit_log.record(
            session, self._clock.now(), by, action, subject, before=before, after=after
        )


def _content(tariff: Tariff) -> dict[str, Any]:
    return {name: value for name, value in asdict(tariff).items() if name not in {"id", "revision"}}
