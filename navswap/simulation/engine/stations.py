"""A station of the twin: its slots, its queue, its kiosk, and the power that its feeder shares out among the packs."""

import heapq
import math
from collections.abc import Callable, Sequence
from datetime import datetime

from navswap.features.packs.domain.counting import best_free
from navswap.features.packs.domain.values import Condition, Pack
from navswap.features.stations.domain.values import Station
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.promises import ReadyPacks
from navswap.features.swapping.domain.queueing import Queue, queue_of
from navswap.features.swapping.domain.ranking import StationSupply
from navswap.features.swapping.domain.values import QueueEntry, StationQueue
from navswap.kit.charging import PackModel
from navswap.simulation.engine.bays import NEVER, Bay, Moments
from navswap.simulation.engine.visits import Visit

ChargingOrder = Callable[[Bay], object]
"""Sorts the packs of a station by who is given power first."""

Planner = Callable[[float, "SimStation"], None]
"""Sets the powers of a station whose packs, chargers or feeder have changed; all charge is taken over up to now."""


def first_come_first_charged(bay: Bay) -> object:
    """Charge in the order in which the packs came: what a station does that has no plan."""
    return bay.arrived


def least_need_first(bay: Bay) -> object:
    """Charge the pack that needs least first, which is optimal in heavy traffic (Jin, Mao, Xu 2023)."""
    return -bay.soc, bay.evse_id


class SimStation:
    """A station as the run finds it; `value` is the domain's station, times are minutes since the start of the run."""

    def __init__(
        self, index: int, value: Station, bays: Sequence[Bay], feeder_kw: float, promised_soc_percent: float
    ) -> None:
        self.promised_soc_percent = promised_soc_percent
        self.index = index
        self.value = value
        self.bays = tuple(bays)
        self.feeder_kw = feeder_kw
        self.entries: dict[str, QueueEntry] = {}
        self.queue_sequence = 0
        self.waiting: list[Visit] = []
        """Riders who are there and have not begun their swap, first come first."""
        self.kiosks_free_at = [0.0]
        """When each place at which a swap is done is free again, as a heap."""
        self.wake_at = NEVER
        self.kwh = 0.0
        self.shed_kw = math.inf
        self.planner: Planner | None = None
        """Sets the powers by a plan; without it they are shared out by `order`."""
        self.order: ChargingOrder = first_come_first_charged
        self.stock_out_minutes = 0.0
        self._counted_to = 0.0
        self._supply: tuple[float, PackModel, StationSupply] | None = None
        """The last supply that was computed, for a decision that takes it twice; forgotten with any change."""
        self._share_again_at = NEVER

    @property
    def id(self) -> str:
        """Return the identifier of the station."""
        return self.value.id

    @property
    def queue(self) -> StationQueue:
        """Return the queue as a decision takes it."""
        return StationQueue(self.value.id, len(self.entries), self.queue_sequence)

    def queue_at(self, moment: datetime, parameters: SwappingParameters) -> Queue:
        """Return who is there and who is on the way."""
        return queue_of(self.entries.values(), moment, parameters)

    def occupy_kiosk(self, until: float) -> None:
        """Give the place that is free first to a swap, until a minute of the run."""
        heapq.heapreplace(self.kiosks_free_at, until)

    def open_kiosk(self, now: float) -> None:
        """Add a place at which a swap is done: a member of staff has come."""
        heapq.heappush(self.kiosks_free_at, now)

    def close_kiosk(self) -> None:
        """Take away the place that is free first; a swap under way goes on. The kiosk itself always stays."""
        if len(self.kiosks_free_at) > 1:
            heapq.heappop(self.kiosks_free_at)

    def filled(self) -> list[Bay]:
        """Return the slots with a pack."""
        return [bay for bay in self.bays if bay.pack is not None]

    def supply(self, model: PackModel, now: float) -> StationSupply:
        """Return what the station has for a visit: charged and held packs, and when the other free ones are charged."""
        if self._share_again_at <= now:
            self.bring_up_to(now)
        known = self._supply
        if known is not None and known[0] == now and known[1] is model:
            return known[2]
        charged = held = 0
        charging: list[float] = []
        for bay in self.bays:
            pack = bay.pack
            if pack is None or bay.model is not model or not bay.works:
                continue
            if pack.condition is not Condition.FIT:
                continue
            if bay.ready_at <= now:
                charged += 1
                held += pack.held_by is not None
            elif pack.held_by is None and bay.ready_at < NEVER:
                charging.append(bay.ready_at - now)
        supply = StationSupply(charged, held, charging)
        self._supply = now, model, supply
        return supply

    @property
    def empty_slots(self) -> int:
        """Return the slots without a pack."""
        return [bay.pack for bay in self.bays].count(None)

    def ready(self, model: PackModel, now: float) -> ReadyPacks:
        """Return the packs of a model that can be promised now."""
        return self.supply(model, now).ready_now

    def best_packs(self, model: PackModel, count: int, now: float, moment_of: Moments) -> tuple[Pack, ...]:
        """Return the fullest free packs, as the station measures them now."""
        charged = [
            bay.pack
            if bay.pack is not None and bay.pack.soc_percent >= self.promised_soc_percent
            else bay.report(now, moment_of)
            for bay in self.bays
            if bay.ready_at <= now
            and bay.pack is not None
            and bay.pack.held_by is None
            and bay.works
            and bay.model is model
        ]
        return best_free(
            charged, model_id=model.id, count=count, promised_soc_percent=self.promised_soc_percent
        )

    def next_ready(self, model: PackModel, now: float) -> float:
        """Return when the next free pack of a model is charged; infinite where none will be."""
        return min(
            (
                bay.ready_at
                for bay in self.bays
                if bay.pack is not None
                and bay.works
                and bay.model is model
                and bay.pack.held_by is None
                and bay.ready_at > now
            ),
            default=NEVER,
        )

    def next_ready_for_waiting(self, now: float) -> float:
        """Return when the next free pack is charged that any of the waiting riders, of whom there are some, can take."""
        models: list[PackModel] = []
        for visit in self.waiting:
            if visit.model not in models:
                models.append(visit.model)
        return min(self.next_ready(model, now) for model in models)

    def bring_up_to(self, now: float) -> None:
        """Give the power of packs that became full before now to those that wait for it, in the order of the events."""
        while self._share_again_at <= now:
            self.share_power(self._share_again_at)

    def stock_changed(self, now: float) -> None:
        """Count the minutes without a free charged pack, up to a change of the stock or its holds."""
        self._supply = None
        since, first = self._counted_to, NEVER
        for bay in self.bays:
            if bay.ready_at < first and bay.pack is not None and bay.works and bay.pack.held_by is None:
                first = bay.ready_at
                if first <= since:
                    break
        if first > since:
            self.stock_out_minutes += min(first, now) - since
        self._counted_to = now

    def settle(self, now: float) -> float:
        """Take over the charge of all packs up to now; returns the energy in kWh drawn for it since the last time."""
        self.bring_up_to(now)
        for bay in self.bays:
            if bay.power_kw > 0.0:
                self.kwh += bay.settle(now)
        drawn, self.kwh = self.kwh, 0.0
        return drawn

    def connect(self, bay: Bay, now: float) -> None:
        """Charge a pack that has come; where the feeder gives enough for one more, the others are not looked at."""
        power = bay.charger_kw
        drawn = sum([other.power_kw for other in self.bays])  # a list: twice as fast as a generator
        if self.planner is not None or self._share_again_at < NEVER or drawn + power > self.available_kw:
            self.share_power(now)
        elif bay.can_charge:
            bay.set_power(power, self.promised_soc_percent)

    @property
    def available_kw(self) -> float:
        """Return what charging may draw."""
        return min(self.feeder_kw, self.shed_kw)

    def share_power(self, now: float) -> None:
        """Share the feeder out among the packs, by `order`; where it gives enough for all, each has its charger's power."""
        self._supply = None
        for bay in self.bays:
            if bay.power_kw > 0.0:
                self.kwh += bay.settle(now)
            else:
                bay.since = now
        self._share_again_at = NEVER
        if self.planner is not None:
            self.planner(now, self)
            return
        charging = [bay for bay in self.bays if bay.can_charge]
        left = self.available_kw
        if sum(bay.charger_kw for bay in charging) > left:
            charging.sort(key=self.order)  # type: ignore[arg-type]  # any order of comparable keys
        first_full, waits = NEVER, False
        for bay in self.bays:
            if bay.power_kw > 0.0 and not bay.can_charge:
                bay.set_power(0.0, self.promised_soc_percent)
        for bay in charging:
            power = min(bay.charger_kw, left)
            left -= power
            waits = waits or power < bay.charger_kw
            if power != bay.power_kw:
                bay.set_power(power, self.promised_soc_percent)
            first_full = min(first_full, bay.full_at)
        if waits:
            self._share_again_at = max(first_full, now + 1e-6)
