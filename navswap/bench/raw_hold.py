"""The reference of a hold: the same writes to the same kind of documents, by the bare driver and nothing else."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from bson import Timestamp
from pymongo import ASCENDING, DESCENDING, AsyncMongoClient, ReturnDocument, WriteConcern
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.read_concern import ReadConcern

from navswap.bench.errors import BenchError
from navswap.bench.network import Network, Turn
from navswap.infra.mongo import Database
from navswap.kit.ids import new_id
from navswap.settings import Settings

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """What the use case wrote for one hold, and for its end: the reference writes documents of the same size."""

    turn: Turn
    entry: Document
    key: Document
    watch: Document
    events: Sequence[Document]
    ended: Document
    """The entry once it was cancelled."""
    ending: Sequence[Document]
    """The events of the cancellation."""


async def read_sample(
    network: Network,
    turn: Turn,
    confirm: Callable[[Turn], Awaitable[str]],
    cancel: Callable[[str], Awaitable[None]],
) -> Sample:
    """Have one hold confirmed and cancelled, and return what was stored of it; the database has no other."""
    database = network.database
    entry_id = await confirm(turn)
    entry = await database["queues"].find_one({})
    key = await database["idempotency_keys"].find_one({})
    watch = await database["fence_watches"].find_one({})
    events = await database["outbox"].find({}).to_list()
    await cancel(entry_id)
    ended = await database["queues"].find_one({})
    ending = await database["outbox"].find({"_id": {"$nin": [event["_id"] for event in events]}}).to_list()
    if entry is None or key is None or watch is None or ended is None or not ending:
        raise BenchError("The hold that the reference was to copy is not in the database.")
    return Sample(turn, entry, key, watch, events, ended, ending)


class RawHolds:
    """Makes holds that count as the real ones do, and that were not checked before."""

    def __init__(self, client: AsyncMongoClient[dict[str, Any]], settings: Settings, sample: Sample) -> None:
        self._client = client
        self._database: Database = client[settings.mongo_database]
        self._turns: dict[str, tuple[Turn, str]] = {}
        """The turn and the pack of each hold that was made."""
        self._promised_soc_percent = settings.promised_soc_percent
        self._hold = timedelta(minutes=settings.hold_minutes)
        self._sample = sample

    async def hold(self, turn: Turn) -> str:
        """Hold a pack in one transaction, and return the id of the entry; raises BenchError without one."""
        entry_id = new_id()
        await self._in_transaction(partial(self._write, turn, entry_id))
        return entry_id

    async def cancel(self, entry_id: str) -> None:
        """End a hold in one transaction."""
        await self._in_transaction(partial(self._end, entry_id))

    async def _in_transaction(self, work: Callable[[AsyncClientSession], Awaitable[None]]) -> None:
        """Do work with the concerns that the product uses."""
        async with self._client.start_session() as session:
            await session.with_transaction(
                work, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
            )

    async def _write(self, turn: Turn, entry_id: str, session: AsyncClientSession) -> None:
        now = datetime.now(UTC)
        pack = await self._take_pack(turn.station_id, entry_id, now, session)
        station = await self._database["stations"].find_one_and_update(
            {"_id": turn.station_id},
            {
                "$set": {"status.last_reported": now},
                "$inc": {
                    "status.stock.held_packs": 1,
                    "status.queue_length": 1,
                    "revision": 1,
                    "queue_sequence": 1,
                },
            },
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        if station is None:
            raise BenchError(f"There is no station {turn.station_id} for the reference.")
        times = {"confirmed_at": now, "hold_until": now + self._hold, "code_expires_at": now + self._hold}
        held = [{"serial_number": pack["_id"], "evse_id": pack["place"]["evse_id"]}]
        parties = {"station_id": turn.station_id, "rider_id": turn.rider_id, "packs": held}
        await self._database["queues"].insert_one(
            {**self._sample.entry, "_id": entry_id, **parties, **times}, session=session
        )
        await self._database["idempotency_keys"].insert_one(
            {**self._sample.key, "_id": new_id(), "answer_id": entry_id, "answered_at": now}, session=session
        )
        watched = {"subject_id": turn.rider_id, "place_id": turn.station_id, "until": now + self._hold}
        await self._database["fence_watches"].insert_one(
            {**self._sample.watch, "_id": entry_id, **watched}, session=session
        )
        await self._database["outbox"].insert_many(
            self._events(self._sample.events, turn, entry_id, station["revision"], now), session=session
        )
        self._turns[entry_id] = turn, pack["_id"]

    async def _end(self, entry_id: str, session: AsyncClientSession) -> None:
        turn, serial_number = self._turns[entry_id]
        now = datetime.now(UTC)
        await self._database["packs"].update_one(
            {"_id": serial_number, "held_by": entry_id},
            {"$set": {"held_by": None, "reported_at": now}, "$inc": {"revision": 1}},
            session=session,
        )
        await self._database["fence_watches"].delete_one({"_id": entry_id}, session=session)
        station = await self._database["stations"].find_one_and_update(
            {"_id": turn.station_id},
            {
                "$set": {"status.last_reported": now},
                "$inc": {
                    "status.stock.held_packs": -1,
                    "status.queue_length": -1,
                    "revision": 1,
                    "queue_sequence": 1,
                },
            },
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        if station is None:
            raise BenchError(f"There is no station {turn.station_id} for the reference.")
        ended = {name: self._sample.ended[name] for name in ("state", "active")}
        await self._database["queues"].update_one(
            {"_id": entry_id, "active": True},
            {"$set": {**ended, "ended_at": now}, "$inc": {"revision": 1}},
            session=session,
        )
        await self._database["outbox"].insert_many(
            self._events(self._sample.ending, turn, entry_id, station["revision"], now), session=session
        )

    async def _take_pack(
        self, station_id: str, entry_id: str, now: datetime, session: AsyncClientSession
    ) -> Document:
        pack = await self._database["packs"].find_one_and_update(
            {
                "place.holder_id": station_id,
                "place.kind": "SLOT",
                "condition": "FIT",
                "soc_percent": {"$gte": self._promised_soc_percent},
                "held_by": None,
            },
            {"$set": {"held_by": entry_id, "reported_at": now}, "$inc": {"revision": 1}},
            sort=[("soc_percent", DESCENDING), ("_id", ASCENDING)],
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        if pack is None:
            raise BenchError(f"Station {station_id} has no pack left for the reference.")
        return pack

    def _events(
        self, events: Sequence[Document], turn: Turn, entry_id: str, sequence: int, now: datetime
    ) -> list[dict[str, Any]]:
        """Return the events of the sample with ids and streams of their own, for those are indexed."""
        sample = self._sample
        return [
            {
                **event,
                "_id": new_id(),
                "position": Timestamp(0, 0),
                "occurred_at": now,
                "streams": [
                    {
                        "name": stream["name"]
                        .replace(sample.turn.station_id, turn.station_id)
                        .replace(sample.entry["_id"], entry_id),
                        "sequence": sequence,
                    }
                    for stream in event["streams"]
                ],
            }
            for event in events
        ]


@asynccontextmanager
async def open_raw_holds(settings: Settings, sample: Sample) -> AsyncIterator[RawHolds]:
    """Connect the reference with a client of its own."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(settings.mongo_url, tz_aware=True)
    async with client:
        yield RawHolds(client, settings, sample)
