"""Packs and their models in MongoDB."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pymongo import ASCENDING, DESCENDING, IndexModel

from navswap.features.packs.domain.fitness import CHANGEABLE, PackAction
from navswap.features.packs.domain.models import RegisteredModel
from navswap.features.packs.domain.values import ChargingPack, Condition, Pack, PlaceKind
from navswap.infra.joint_reads import Find
from navswap.infra.mongo import Session, Stored
from navswap.infra.repository import Repository


class PackDocument(Stored):
    """Where packs are; the fields are those of `Pack`."""

    class Settings:
        name = "packs"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("place.holder_id", ASCENDING), ("place.evse_id", ASCENDING)],
                name="one_pack_a_slot",
                unique=True,
                partialFilterExpression={"place.kind": "SLOT"},
            ),
            IndexModel(
                [("place.holder_id", ASCENDING), ("condition", ASCENDING), ("soc_percent", DESCENDING)],
                name="stock",
            ),
            IndexModel(
                [("held_by", ASCENDING)],
                name="holds",
                partialFilterExpression={"held_by": {"$type": "string"}},
            ),
            IndexModel([("place.kind", ASCENDING), ("condition", ASCENDING)], name="whereabouts"),
            IndexModel([("condition", ASCENDING), ("soh_percent", ASCENDING)], name="health"),
            IndexModel([("condition", ASCENDING), ("cycles", ASCENDING)], name="wear"),
        ]


class PackModelDocument(Stored):
    """Where pack models are; the fields are those of `RegisteredModel`."""

    class Settings:
        name = "pack_models"


class PackModels(Repository[RegisteredModel]):
    """The pack models beside the standard one."""

    document = PackModelDocument
    value = RegisteredModel

    @classmethod
    async def list_all(cls) -> list[RegisteredModel]:
        """Return all models, by id."""
        return await cls.list_where({})


@dataclass(frozen=True, slots=True)
class PackFilter:
    """Which packs are meant; everything given must hold."""

    serial_numbers: tuple[str, ...] = ()
    soh_below_percent: float | None = None
    cycles_above: int | None = None
    station_id: str | None = None
    condition: Condition | None = None


class Packs(Repository[Pack]):
    """The packs of the network; the unique index allows one pack a slot."""

    document = PackDocument
    value = Pack

    @classmethod
    async def list_held(cls, entry_id: str, session: Session | None = None) -> tuple[Pack, ...]:
        """Return the packs that are held for an entry, by serial number."""
        return tuple(await cls.list_where({"held_by": entry_id}, session=session))

    @classmethod
    async def list_with(
        cls, kind: PlaceKind, holder_ids: Iterable[str], session: Session | None = None
    ) -> dict[str, tuple[Pack, ...]]:
        """Return the packs that each holder of a kind has, by serial number."""
        wanted = list(holder_ids)
        found = await cls.list_where(
            {"place.holder_id": {"$in": wanted}, "place.kind": kind}, session=session
        )
        with_holder: dict[str, list[Pack]] = {holder_id: [] for holder_id in wanted}
        for pack in found:
            with_holder[pack.place.holder_id].append(pack)
        return {holder_id: tuple(packs) for holder_id, packs in with_holder.items()}

    @classmethod
    async def list_at_station(cls, station_id: str, session: Session | None = None) -> tuple[Pack, ...]:
        """Return the packs in the slots of a station, by slot."""
        found = cls.finding_at_station(station_id)
        return tuple(
            await cls.list_where(found.condition, sort=tuple((found.sort or {}).items()), session=session)
        )

    @classmethod
    def finding_at_station(cls, station_id: str) -> Find[Pack]:
        """Find the packs in the slots of a station, by slot."""
        condition = {"place.holder_id": station_id, "place.kind": PlaceKind.SLOT}
        return Find(cls, condition, sort={"place.evse_id": ASCENDING})

    @classmethod
    async def list_known(cls, serial_numbers: Sequence[str], session: Session) -> list[str]:
        """Return those of some serial numbers that the network has, in order."""
        found = cls.collection().find({"_id": {"$in": list(serial_numbers)}}, {"_id": 1}, session=session)
        return sorted([fields["_id"] async for fields in found])

    @classmethod
    async def list_charging(
        cls, station_ids: Sequence[str], model_ids: Sequence[str], below_soc_percent: float
    ) -> dict[str, list[ChargingPack]]:
        """Return the fit packs of some models in working slots with less charge, by station, in one query."""
        found = cls.collection().find(
            {
                "place.holder_id": {"$in": list(station_ids)},
                "place.kind": PlaceKind.SLOT,
                "condition": Condition.FIT,
                "model_id": {"$in": list(model_ids)},
                "shut_in": False,
                "soc_percent": {"$lt": below_soc_percent},
            },
            {"place": 1, "soc_percent": 1, "soh_percent": 1, "model_id": 1, "held_by": 1},
        )
        charging: dict[str, list[ChargingPack]] = {station_id: [] for station_id in station_ids}
        async for fields in found:
            charging[fields["place"]["holder_id"]].append(
                ChargingPack(
                    serial_number=fields["_id"],
                    evse_id=fields["place"]["evse_id"],
                    soc_percent=fields["soc_percent"],
                    soh_percent=fields["soh_percent"],
                    model_id=fields["model_id"],
                    is_held=fields.get("held_by") is not None,
                )
            )
        return charging

    @classmethod
    async def count_whereabouts(cls) -> dict[tuple[PlaceKind, Condition], int]:
        """Return how many packs are in each kind of place in each condition, counted on an index alone."""
        groups = await cls.collection().aggregate(
            [
                {"$sort": {"place.kind": ASCENDING, "condition": ASCENDING}},
                {
                    "$group": {
                        "_id": {"kind": "$place.kind", "condition": "$condition"},
                        "packs": {"$sum": 1},
                    }
                },
            ]
        )
        return {
            (PlaceKind(group["_id"]["kind"]), Condition(group["_id"]["condition"])): group["packs"]
            async for group in groups
        }

    @classmethod
    async def count_conditions(cls, station_ids: Sequence[str]) -> dict[str, dict[Condition, int]]:
        """Return how many packs in the slots of each station are in each condition, in one query."""
        groups = await cls.collection().aggregate(
            [
                {"$match": {"place.holder_id": {"$in": list(station_ids)}, "place.kind": PlaceKind.SLOT}},
                {
                    "$group": {
                        "_id": {"station": "$place.holder_id", "condition": "$condition"},
                        "packs": {"$sum": 1},
                    }
                },
            ]
        )
        counts: dict[str, dict[Condition, int]] = {station_id: {} for station_id in station_ids}
        async for group in groups:
            counts[group["_id"]["station"]][Condition(group["_id"]["condition"])] = group["packs"]
        return counts

    @classmethod
    async def count_at_depot(
        cls, depot_id: str, model_id: str | None = None, session: Session | None = None
    ) -> int:
        """Return how many fit packs a depot has, of one model or in all."""
        wanted = {"place.holder_id": depot_id, "place.kind": PlaceKind.DEPOT, "condition": Condition.FIT}
        return await cls._count(wanted, model_id, session)

    @classmethod
    async def count_at_depots(cls) -> dict[tuple[str, str], int]:
        """Return how many fit packs each depot has of each model, by both ids; those without any are left out."""
        groups = await cls.collection().aggregate(
            [
                {"$match": {"place.kind": PlaceKind.DEPOT, "condition": Condition.FIT}},
                {
                    "$group": {
                        "_id": {"depot": "$place.holder_id", "model": "$model_id"},
                        "packs": {"$sum": 1},
                    }
                },
            ]
        )
        return {(group["_id"]["depot"], group["_id"]["model"]): group["packs"] async for group in groups}

    @classmethod
    async def count_out_of_use(cls, model_id: str | None = None, session: Session | None = None) -> int:
        """Return how many packs, of one model or in all, wait for a repair, or to be released from a recall."""
        return await cls._count(
            {"condition": {"$in": [Condition.FAULTY, Condition.RECALLED]}}, model_id, session
        )

    @classmethod
    async def count_changeable(cls, action: PackAction, wanted: PackFilter) -> int:
        """Return how many of the packs that are meant an action changes."""
        return await cls.collection().count_documents(_changeable(action, wanted))

    @classmethod
    async def choose(cls, action: PackAction, wanted: PackFilter, limit: int) -> list[str]:
        """Return serial numbers of packs that an action changes: the least healthy, those of one holder together."""
        found = (
            cls.collection()
            .find(_changeable(action, wanted), {"place.holder_id": 1})
            .sort([("soh_percent", ASCENDING), ("_id", ASCENDING)])
            .limit(limit)
        )
        chosen = [(fields["place"]["holder_id"], fields["_id"]) async for fields in found]
        return [serial_number for _, serial_number in sorted(chosen)]

    @classmethod
    async def _count(cls, condition: dict[str, Any], model_id: str | None, session: Session | None) -> int:
        wanted = condition if model_id is None else {**condition, "model_id": model_id}
        return await cls.collection().count_documents(wanted, session=session)


def _changeable(action: PackAction, wanted: PackFilter) -> dict[str, Any]:
    able = [condition for condition in CHANGEABLE[action] if wanted.condition in {None, condition}]
    matching: dict[str, Any] = {"condition": {"$in": able}}
    if wanted.serial_numbers:
        matching["_id"] = {"$in": list(wanted.serial_numbers)}
    if wanted.soh_below_percent is not None:
        matching["soh_percent"] = {"$lt": wanted.soh_below_percent}
    if wanted.cycles_above is not None:
        matching["cycles"] = {"$gt": wanted.cycles_above}
    if wanted.station_id is not None:
        matching |= {"place.kind": PlaceKind.SLOT, "place.holder_id": wanted.station_id}
    return matching
