"""A station and its packs, as one transaction has read and changed them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from navswap.features.packs.errors import SlotTakenError
from navswap.features.packs.service import (
    WITHDRAWN,
    ChargingPack,
    Condition,
    Pack,
    PackCount,
    Slot,
    at_station,
    count_packs,
    may_be_handed_out,
)
from navswap.features.stations.service import Station, StationState, closes_at
from navswap.features.swapping.domain.bonus import quote_bonus
from navswap.features.swapping.domain.moves import HeldState, HoldingStation
from navswap.features.swapping.domain.parameters import BonusParameters
from navswap.features.swapping.domain.ranking import StationSupply
from navswap.features.swapping.domain.values import BonusQuote, HeldPack, QueueEntry, StationQueue
from navswap.features.swapping.domain.visits import can_be_handed_out
from navswap.kit.charging import PackModel


@dataclass(frozen=True, slots=True)
class StationPacks:
    """A station with the packs in its slots; both are read once in a transaction, and handed down."""

    station: Station
    packs: tuple[Pack, ...]

    @property
    def queue(self) -> StationQueue:
        """Return the queue of the station."""
        return StationQueue(self.station.id, self.station.status.queue_length, self.station.queue_sequence)

    def with_changed(self, changed: Sequence[Pack]) -> "StationPacks":
        """Return the station once some packs have changed, come or left."""
        return replace(self, packs=at_station(self.station.id, self.packs, changed))

    def slot(self, evse_id: int) -> Slot:
        """Return a slot that takes a pack in; raises SlotTakenError where it is out of use."""
        if evse_id in self.station.closed_slots:
            raise SlotTakenError(f"Slot {evse_id} is out of use; put the pack into another one.")
        return Slot(self.station.id, evse_id, self.station.information.model_of_slot(evse_id))

    def held_by(self, entry_id: str) -> tuple[Pack, ...]:
        """Return the packs that are held for an entry."""
        return tuple(pack for pack in self.packs if pack.held_by == entry_id)

    def good_packs(self, entry: QueueEntry) -> tuple[Pack, ...]:
        """Return the packs held for an entry that are as promised."""
        return tuple(
            pack for pack in self.held_by(entry.id) if may_be_handed_out(pack, entry.promised_soc_percent)
        )

    def can_swap(self, entry: QueueEntry) -> bool:
        """Return whether the packs of an entry can be handed out, or free ones in place of those that cannot."""
        free = self.free_packs(entry.pack_model_id, entry.promised_soc_percent)
        return can_be_handed_out(len(entry.packs), len(self.good_packs(entry)), free)

    def held_charging(self, promised_soc_percent: float) -> list[ChargingPack]:
        """Return the held packs that charge, by slot."""
        return [
            ChargingPack(
                pack.id, pack.place.evse_id, pack.soc_percent, pack.soh_percent, pack.model_id, is_held=True
            )
            for pack in self.packs
            if pack.held_by is not None
            and pack.place.evse_id is not None
            and may_be_handed_out(pack, 0)
            and pack.soc_percent < promised_soc_percent
        ]

    def held_states(
        self, entry: QueueEntry, models: Mapping[str, PackModel], minutes: Mapping[str, float]
    ) -> list[HeldState]:
        """Return how the packs are that are held for an entry.

        `models` are those of the packs, by id; `minutes` is when those that charge are ready, by serial number, which is
        never sooner than at full power to what this entry was promised.
        """
        return [
            HeldState(
                serial_number=pack.id,
                is_faulty=pack.condition is Condition.FAULTY,
                is_withdrawn=pack.condition in WITHDRAWN,
                is_shut_in=pack.shut_in,
                minutes_to_promise=_minutes_to_promise(pack, entry, models[pack.model_id], minutes),
            )
            for pack in self.held_by(entry.id)
        ]

    def free_packs(self, model_id: str, promised_soc_percent: float) -> int:
        """Return how many packs of a model may be promised and are not held."""
        return count_packs(self.packs, promised_soc_percent).get(model_id, PackCount()).free

    def supply(self, model_id: str, promised_soc_percent: float) -> StationSupply:
        """Return what the station has for visits with a pack model, without those that charge."""
        count = count_packs(self.packs, promised_soc_percent).get(model_id, PackCount())
        return StationSupply(count.charged, count.held)

    def charging(self, model_id: str, promised_soc_percent: float) -> list[ChargingPack]:
        """Return the free packs of a model that charge, by slot."""
        return [
            ChargingPack(pack.id, pack.place.evse_id, pack.soc_percent, pack.soh_percent, model_id)
            for pack in self.packs
            if pack.model_id == model_id
            and pack.held_by is None
            and pack.place.evse_id is not None
            and may_be_handed_out(pack, 0)
            and pack.soc_percent < promised_soc_percent
        ]

    def as_holding(self, promised_soc_percent: float, now: datetime) -> HoldingStation:
        """Return the station as moves see it now, its free packs counted against a promise."""
        state = self.station.status.state
        counts = count_packs(self.packs, promised_soc_percent)
        return HoldingStation(
            station_id=self.station.id,
            point=self.station.information.point,
            is_open=state is StationState.OPEN,
            finishes=state is not StationState.OUT_OF_SERVICE,
            free_packs={model_id: count.free for model_id, count in counts.items()},
            closes_at=closes_at(self.station, now),
        )


def _minutes_to_promise(
    pack: Pack, entry: QueueEntry, model: PackModel, minutes: Mapping[str, float]
) -> float:
    missing = entry.promised_soc_percent - pack.soc_percent
    return max(model.minutes_to_gain(missing), minutes.get(pack.id, 0.0)) if missing > 0 else 0.0


def held_packs(packs: Sequence[Pack]) -> tuple[HeldPack, ...]:
    """Return packs that are in slots as an entry names them."""
    return tuple(HeldPack(pack.id, pack.place.evse_id) for pack in packs if pack.place.evse_id is not None)


def bonus_at(station: Station, model_id: str, parameters: BonusParameters) -> BonusQuote:
    """Return what an empty pack of a model earns at a station; nothing where it hands out no packs."""
    stock = station.status.stock_of_model(model_id)
    free = stock.free_packs if station.status.state is StationState.OPEN else 0
    return quote_bonus(free, stock.charging_packs, stock.empty_slots, parameters)
