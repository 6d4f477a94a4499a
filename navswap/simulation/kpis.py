"""What a run comes to: waits, lost swaps, stock-outs, energy, wear and money."""

import math
from array import array
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np

from navswap.features.swapping.domain.values import Swap
from navswap.simulation.engine.visits import Visit


@dataclass(frozen=True, slots=True)
class Kpis:
    """The figures of a run; shares and charges in %, waits in minutes, money in the currency of the tariffs.

    `mean_wait_minutes` and `p90_wait_minutes` are from arrival to the begin of the swap, of riders who were served; nan
    where none was. `mean_ride_minutes` is from asking to the arrival before that wait, of the same riders. `promises_kept_percent` is the share of riders with a hold who waited at most their estimated p90.
    """

    riders: int
    swaps: int
    lost_percent: float
    mean_ride_minutes: float
    mean_wait_minutes: float
    p90_wait_minutes: float
    mean_soc_out_percent: float
    promises_kept_percent: float
    stock_out_minutes: float
    packs_moved: int
    km_driven: float
    staff_minutes: float
    energy_kwh: float
    energy_cost: float
    soh_lost_percent: float
    credits_paid: int
    cancellations: int
    no_shows: int
    lapsed_holds: int
    refused_holds: int
    moved_holds: int
    compensated_holds: int
    led_on: int
    faults: int

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name."""
        return asdict(self)


class LostSwap(NamedTuple):
    """A rider who wanted packs and got none: `minute` is that of the run, `station` the index of where it was given up."""

    minute: float
    station: int
    model: str
    packs: int
    walked_in: bool
    reason: str


class Wait(NamedTuple):
    """The wait of a rider who was served, in minutes by what it was for; `minute` and `station` are those of the swap.

    `ride_minutes` is the way from a station without the packs to the one that had them, `kiosk_minutes` the time until the
    kiosk was free, and `packs_minutes` that until the packs were charged then.
    """

    minute: float
    station: int
    walked_in: bool
    ride_minutes: float
    kiosk_minutes: float
    packs_minutes: float


class Tally:
    """Counts while so many hours of a run go on, from the first one on."""

    def __init__(self, stations: int, hours: int, first_hour: int = 0) -> None:
        self._first_hour = first_hour
        self.riders = 0
        self.no_shows = 0
        self.cancellations = 0
        self.lapsed_holds = 0
        self.refused_holds = 0
        self.moved_holds = 0
        self.compensated_holds = 0
        self.led_on = 0
        self.faults = 0
        self.packs_moved = 0
        self.km_driven = 0.0
        self.staff_minutes = 0.0
        self.credits_paid = 0
        self.rides = array("d")
        self.waits = array("d")
        self.kept = 0
        self.promised = 0
        self.soc_out = 0.0
        self.packs_out = 0
        self.swaps_by_station = [0] * stations
        self.lost_by_station = [0] * stations
        self.lost: list[LostSwap] = []
        self.waited: list[Wait] = []
        """Those who waited at all: in an ordinary city one in fifteen."""
        self.asked_by_hour = [0] * hours
        self.swaps_by_hour = [0] * hours
        self.lost_by_hour = [0] * hours

    def ask(self, now: float) -> None:
        """Count a rider who asks for the first time."""
        self.riders += 1
        self.asked_by_hour[self._hour(now)] += 1

    def serve(self, visit: Visit, now: float) -> None:
        """Count a rider whose swap begins. Who was led on from a station without packs has waited since that one."""
        assert visit.arrived_at is not None  # noqa: S101 - whose swap begins has come
        first = visit.arrived_at if visit.waits_since is None else visit.waits_since
        self.rides.append(first - visit.asked_at)
        self.waits.append(now - first)
        if now > first:
            free_at = now if visit.lacks_packs_since is None else visit.lacks_packs_since
            ride, kiosk = visit.arrived_at - first, free_at - visit.arrived_at
            self.waited.append(Wait(now, visit.station, visit.walks_in, ride, kiosk, now - free_at))
        if visit.promised_minutes is not None:
            self.promised += 1
            self.kept += now - visit.arrived_at <= visit.promised_minutes

    def complete(self, station: int, swap: Swap, now: float) -> None:
        """Count a swap."""
        self.swaps_by_hour[self._hour(now)] += 1
        self.swaps_by_station[station] += 1
        self.credits_paid += swap.bonus_credits
        self.packs_out += len(swap.packs_out)
        self.soc_out += sum(pack.soc_percent for pack in swap.packs_out)

    def lose(self, lost: LostSwap) -> None:
        """Count a rider who wanted packs and got none."""
        self.lost_by_hour[self._hour(lost.minute)] += 1
        self.lost_by_station[lost.station] += 1
        self.lost.append(lost)

    def compensate(self, credits_paid: int) -> None:
        """Count a hold that could neither be kept nor moved, and what its rider was paid."""
        self.compensated_holds += 1
        self.credits_paid += credits_paid

    def _hour(self, now: float) -> int:
        return int(now // 60) - self._first_hour

    def kpis(
        self, *, stock_out_minutes: float, energy_kwh: float, energy_cost: float, soh_lost_percent: float
    ) -> Kpis:
        """Return the figures, with those that the stations and the meter have counted."""
        rides, waits = np.array(self.rides), np.array(self.waits)
        swaps, lost = sum(self.swaps_by_station), sum(self.lost_by_station)
        return Kpis(
            riders=self.riders,
            swaps=swaps,
            lost_percent=_percent(lost, swaps + lost),
            mean_ride_minutes=float(rides.mean()) if len(rides) else math.nan,
            mean_wait_minutes=float(waits.mean()) if len(waits) else math.nan,
            p90_wait_minutes=float(np.quantile(waits, 0.9)) if len(waits) else math.nan,
            mean_soc_out_percent=self.soc_out / self.packs_out if self.packs_out else math.nan,
            promises_kept_percent=_percent(self.kept, self.promised),
            stock_out_minutes=stock_out_minutes,
            packs_moved=self.packs_moved,
            km_driven=self.km_driven,
            staff_minutes=self.staff_minutes,
            energy_kwh=energy_kwh,
            energy_cost=energy_cost,
            soh_lost_percent=soh_lost_percent,
            credits_paid=self.credits_paid,
            cancellations=self.cancellations,
            no_shows=self.no_shows,
            lapsed_holds=self.lapsed_holds,
            refused_holds=self.refused_holds,
            moved_holds=self.moved_holds,
            compensated_holds=self.compensated_holds,
            led_on=self.led_on,
            faults=self.faults,
        )


def plain(value: object) -> object:
    """Return a value as JSON can hold it: nan and infinity become None, wherever they stand."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _percent(part: float, whole: float) -> float:
    return 100.0 * part / whole if whole else math.nan
