"""Pack packs in MongoDB."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import BaseModel, Field
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument, UpdateMany, UpdateOne

from navswap.infra.mongo import Session, Stored


class Condition(StrEnum):
    """Whether a pack may be handed out at all."""

    FIT = "FIT"
    FAULTY = "FAULTY"
    RECALLED = "RECALLED"
    RETIRED = "RETIRED"


WITHDRAWN = frozenset({Condition.RECALLED, Condition.RETIRED})
USABLE = [Condition.FIT, Condition.FAULTY]
"""What reports and faults make of a pack; a withdrawn one stays withdrawn."""


class PlaceKind(StrEnum):
    """What kind of holder has a pack."""

    SLOT = "SLOT"
    RIDER = "RIDER"
    SHOP = "SHOP"
    TRANSPORTER = "TRANSPORTER"
    DEPOT = "DEPOT"


class Place(BaseModel):
    """The one place of a pack: `holder_id` is the station, rider, shop, transporter or depot."""

    kind: PlaceKind
    holder_id: str
    evse_id: int | None = Field(None, ge=1, description="Slot number at the station; only with SLOT")


class Withdrawal(BaseModel):
    """Why a pack was recalled or retired, and what it will be once released: `fitness` is FIT or FAULTY."""

    order_id: str
    reason: str
    withdrawn_at: datetime
    fitness: Condition


class Pack(Stored):
    """A battery pack; its id is the serial number (OCPP: at most 50 characters)."""

    soc_percent: float = Field(ge=0, le=100)
    soh_percent: float = Field(ge=0, le=100)
    cycles: int = Field(ge=0)
    condition: Condition = Condition.FIT
    place: Place
    held_by: str | None = Field(None, description="Queue entry that this pack is promised to")
    faulted: bool = Field(default=False, description="An open fault keeps it FAULTY, whatever is reported")
    withdrawal: Withdrawal | None = Field(
        None, description="Of a RECALLED pack, and of a RETIRED one ordered so"
    )
    brought_by: str | None = Field(
        None, description="Transporter who put it into its slot; None: nobody of them"
    )
    shut_in: bool = Field(default=False, description="Its slot is locked or faulted; it stays there")
    reported_at: datetime
    revision: int = 1

    class Settings:
        name = "batteries"
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
                name="one_pack_a_hold",
                unique=True,
                partialFilterExpression={"held_by": {"$type": "string"}},
            ),
            IndexModel([("place.kind", ASCENDING), ("condition", ASCENDING)], name="whereabouts"),
            IndexModel([("condition", ASCENDING), ("soh_percent", ASCENDING)], name="health"),
            IndexModel([("condition", ASCENDING), ("cycles", ASCENDING)], name="wear"),
        ]

    @classmethod
    async def read(cls, serial_number: str, session: Session | None = None) -> Self | None:
        """Return a pack as the transaction sees it."""
        found = await cls.collection().find_one({"_id": serial_number}, session=session)
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def find_held(cls, entry_id: str, session: Session) -> Self | None:
        """Return the pack that is held for an entry."""
        found = await cls.collection().find_one({"held_by": entry_id}, session=session)
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def find_with(cls, kind: PlaceKind, holder_id: str, session: Session) -> Self | None:
        """Return a pack that a holder has; the first by serial number where there are several."""
        found = await cls.collection().find_one(
            {"place.holder_id": holder_id, "place.kind": kind}, session=session, sort=[("_id", ASCENDING)]
        )
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def list_with(
        cls, kind: PlaceKind, holder_ids: list[str], session: Session | None = None
    ) -> dict[str, list[Self]]:
        """Return the packs that each holder has, by serial number."""
        found = cls.collection().find(
            {"place.holder_id": {"$in": holder_ids}, "place.kind": kind}, session=session
        )
        packs: dict[str, list[Self]] = {holder_id: [] for holder_id in holder_ids}
        async for document in found.sort("_id", ASCENDING):
            pack = cls.model_validate(document)
            packs[pack.place.holder_id].append(pack)
        return packs

    @classmethod
    async def list_at_station(cls, station_id: str, session: Session | None = None) -> list[Self]:
        """Return the packs in the slots of a station, by slot."""
        found = cls.collection().find(
            {"place.holder_id": station_id, "place.kind": PlaceKind.SLOT}, session=session
        )
        packs = [cls.model_validate(document) async for document in found]
        return sorted(packs, key=lambda pack: pack.place.evse_id or 0)

    @classmethod
    async def list_socs(cls, station_ids: list[str]) -> dict[str, list[float]]:
        """Return the charges (%) of the fit packs in the working slots of each station, in one query."""
        found = cls.collection().find(
            {
                "place.holder_id": {"$in": station_ids},
                "place.kind": PlaceKind.SLOT,
                "condition": Condition.FIT,
                "shut_in": {"$ne": True},
            },
            {"_id": 0, "place.holder_id": 1, "soc_percent": 1},
        )
        socs: dict[str, list[float]] = {station_id: [] for station_id in station_ids}
        async for pack in found:
            socs[pack["place"]["holder_id"]].append(pack["soc_percent"])
        return socs

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
    async def list_by_ids(cls, serial_numbers: list[str]) -> dict[str, Self]:
        """Return packs by serial number; unknown ones are left out."""
        return {pack.id: pack async for pack in cls.find({"_id": {"$in": serial_numbers}})}

    @classmethod
    async def hold_best(
        cls, station_id: str, entry_id: str, promised_soc_percent: float, now: datetime, session: Session
    ) -> Self | None:
        """Promise the fullest free pack of a station to an entry, in one conditional update."""
        return await cls._change(
            {
                "place.holder_id": station_id,
                "place.kind": PlaceKind.SLOT,
                "condition": Condition.FIT,
                "soc_percent": {"$gte": promised_soc_percent},
                "shut_in": {"$ne": True},
                "held_by": None,
            },
            {"held_by": entry_id, "reported_at": now},
            session,
            sort=[("soc_percent", DESCENDING), ("_id", ASCENDING)],
        )

    @classmethod
    async def release(cls, entry_id: str, session: Session) -> Self | None:
        """Take the promise to an entry back; None when there was none."""
        return await cls._change({"held_by": entry_id}, {"held_by": None}, session)

    @classmethod
    async def move(
        cls, serial_number: str, origin: Place, target: Place, values: dict[str, Any], session: Session
    ) -> Self | None:
        """Move a pack that is at `origin`; None when it is elsewhere. A full slot raises DuplicateKeyError."""
        return await cls._change(
            {"_id": serial_number, **{f"place.{name}": value for name, value in origin.model_dump().items()}},
            {"place": target.model_dump(), "held_by": None, "brought_by": None, "shut_in": False, **values},
            session,
        )

    @classmethod
    async def report(
        cls, serial_number: str, station_id: str, values: dict[str, Any], session: Session
    ) -> Self | None:
        """Write what a station measured of a pack in one of its slots; None when it is not there."""
        return await cls._change(
            {"_id": serial_number, "place.kind": PlaceKind.SLOT, "place.holder_id": station_id},
            values,
            session,
        )

    @classmethod
    async def set_condition(cls, serial_number: str, condition: Condition, session: Session) -> Self | None:
        """Mark a pack as measured; one that is retired, or FAULTY because of a fault, stays so (None)."""
        return await cls._set_fitness(
            {"_id": serial_number, "faulted": {"$ne": True}}, condition, {}, session
        )

    @classmethod
    async def set_faulted(cls, serial_number: str, session: Session, *, faulted: bool) -> Self | None:
        """Make a pack FAULTY until its fault is over; a retired one stays retired (None)."""
        fitness = Condition.FAULTY if faulted else Condition.FIT
        return await cls._set_fitness({"_id": serial_number}, fitness, {"faulted": faulted}, session)

    @classmethod
    async def _set_fitness(
        cls, wanted: dict[str, Any], fitness: Condition, values: dict[str, Any], session: Session
    ) -> Self | None:
        """Make a pack FIT or FAULTY; a recalled one will be so once it is released."""
        usable = {**wanted, "condition": {"$in": USABLE}}
        changed = await cls._change(usable, {**values, "condition": fitness}, session)
        if changed is not None:
            return changed
        recalled = {**wanted, "condition": Condition.RECALLED}
        return await cls._change(recalled, {**values, "withdrawal.fitness": fitness}, session)

    @classmethod
    async def read_all(cls, serial_numbers: Sequence[str], session: Session) -> list[Self]:
        """Return packs as the transaction sees them, by serial number; unknown ones are left out."""
        found = cls.collection().find({"_id": {"$in": list(serial_numbers)}}, session=session)
        return [cls.model_validate(document) async for document in found.sort("_id", ASCENDING)]

    @classmethod
    async def withdraw(cls, packs: Sequence[Self], session: Session) -> None:
        """Write the conditions of packs that were read in this transaction, and why they have them."""
        await cls.collection().bulk_write(
            [
                UpdateOne(
                    {"_id": pack.id, "revision": pack.revision - 1},
                    {"$set": pack.model_dump(include={"condition", "withdrawal", "revision"})},
                )
                for pack in packs
            ],
            session=session,
        )

    @classmethod
    async def choose(cls, wanted: dict[str, Any], limit: int) -> list[str]:
        """Return the serial numbers of matching packs: the least healthy ones, those of one holder together."""
        found = cls.collection().find(wanted, {"place.holder_id": 1}).sort([("soh_percent", 1), ("_id", 1)])
        chosen = [(one["place"]["holder_id"], one["_id"]) async for one in found.limit(limit)]
        return [serial_number for _, serial_number in sorted(chosen)]

    @classmethod
    async def count_conditions(cls, station_ids: list[str]) -> dict[str, dict[Condition, int]]:
        """Return how many packs in the slots of each station are in each condition, in one query."""
        groups = await cls.collection().aggregate(
            [
                {"$match": {"place.holder_id": {"$in": station_ids}, "place.kind": PlaceKind.SLOT}},
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
    async def shut_in_slots(cls, station_id: str, evse_ids: list[int], session: Session) -> int:
        """Mark the packs that cannot leave their slots, and unmark all others of the station; returns how many changed.

        The slots named are those that are locked or faulted now.
        """
        at_station = {"place.holder_id": station_id, "place.kind": PlaceKind.SLOT}
        inside = {"place.evse_id": {"$in": evse_ids}, "shut_in": {"$ne": True}}
        outside = {"place.evse_id": {"$nin": evse_ids}, "shut_in": True}
        written = await cls.collection().bulk_write(
            [
                UpdateMany({**at_station, **those}, {"$set": {"shut_in": shut_in}, "$inc": {"revision": 1}})
                for those, shut_in in ((inside, True), (outside, False))
            ],
            session=session,
        )
        return int(written.modified_count)

    @classmethod
    async def count_matching(cls, wanted: dict[str, Any], session: Session | None = None) -> int:
        """Return how many packs match, as the transaction sees them."""
        return await cls.collection().count_documents(wanted, session=session)

    @classmethod
    async def list_known(cls, serial_numbers: list[str], session: Session) -> list[str]:
        """Return those of some serial numbers that the network has."""
        found = cls.collection().find({"_id": {"$in": serial_numbers}}, {"_id": 1}, session=session)
        return [document["_id"] async for document in found]

    @classmethod
    async def add_new(cls, packs: list[Self], session: Session) -> None:
        """Insert packs that the network does not have yet."""
        await cls.collection().insert_many(
            [{"_id": pack.id, **pack.model_dump(exclude={"id"})} for pack in packs], session=session
        )

    @classmethod
    async def add_missing(cls, packs: list[Self]) -> int:
        """Insert the packs that are not there yet; return how many were new. One that exists is left alone."""
        if not packs:
            return 0
        written = await cls.collection().bulk_write(
            [
                UpdateOne({"_id": pack.id}, {"$setOnInsert": pack.model_dump(exclude={"id"})}, upsert=True)
                for pack in packs
            ],
            ordered=False,
        )
        return int(written.upserted_count)

    @classmethod
    async def _change(
        cls,
        condition: dict[str, Any],
        values: dict[str, Any],
        session: Session,
        sort: list[tuple[str, int]] | None = None,
    ) -> Self | None:
        found = await cls.collection().find_one_and_update(
            condition,
            {"$set": values, "$inc": {"revision": 1}},
            sort=sort,
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else cls.model_validate(found)
