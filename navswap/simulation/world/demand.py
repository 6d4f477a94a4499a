"""The riders of a day: when, where and with what each one asks for a swap, and what kind of person it is.

Everything here is drawn by the key of a station, a day and a rider's number at that station. So a scenario that changes one
station shifts no rider of another, and one that brings 40 % more riders keeps all those that come anyway.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from navswap.kit.demand import SiteKind
from navswap.simulation.draws import Draws, Purpose
from navswap.simulation.world.calendar import Calendar
from navswap.simulation.world.city import METRES_A_DEGREE, City
from navswap.simulation.world.counts import counts
from navswap.simulation.world.demand_model import DemandModel, Numbers, fitted
from navswap.simulation.world.scenario import BINS_A_DAY, Scenario
from navswap.simulation.world.weather import HOURS, Weather

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MINUTES_A_DAY = 1440.0
_BIN_MINUTES = MINUTES_A_DAY / BINS_A_DAY
_EXTRA_RIDERS = 1 << 15
"""Numbers of a station's riders from here on are those that a scenario adds."""


@dataclass(frozen=True, slots=True)
class RiderBehaviour:
    """What riders are like; an operator has own figures.

    Of the shares, `walk_ins` come without a hold; of the others `no_shows` never come and `cancellations` give up on the way.
    Packs are asked for at `soc_percent` on average.
    """

    walk_ins: float = 0.25
    no_shows: float = 0.03
    cancellations: float = 0.04
    cancellation_minutes: float = 6.0
    soc_percent: float = 22.0
    soc_spread: float = 8.0
    patience_minutes: float = 15.0
    """Half of the riders wait so long."""
    patience_spread: float = 0.5
    pace_spread: float = 0.12
    lateness_spread: float = 0.18
    dawdlers: float = 0.07
    """Share of riders who stop on the way and take 1.3 to 2.5 times as long."""


@dataclass(frozen=True, slots=True)
class RiderDay:
    """The riders who ask on one day, as arrays of one length in the order of `minute`.

    `minute` is local, 0 up to 1,440; `station` the index of the home station, near which the rider is at `longitude`,
    `latitude` on asking. `soc_percent` is what the vehicle's `packs` (1 to 4) of pack model `model` have left. `speed_factor`
    is the rider's speed over the usual one. A ride takes `lateness_factor` times what it would take otherwise.
    `cancels_after_minutes` is NaN for riders who do not cancel. `key` names the rider in keyed draws and never repeats.
    """

    minute: Numbers
    station: Whole
    longitude: Numbers
    latitude: Numbers
    soc_percent: Numbers
    packs: Whole
    model: Whole
    speed_factor: Numbers
    patience_minutes: Numbers
    is_walk_in: Flags
    will_not_show: Flags
    lateness_factor: Numbers
    cancels_after_minutes: Numbers
    key: Whole

    def __len__(self) -> int:
        """Return the number of riders."""
        return len(self.minute)


def riders_of_day(  # noqa: PLR0913 - the parts of the world that demand depends on
    city: City,
    day: int,
    draws: Draws,
    weather: Weather,
    calendar: Calendar,
    scenario: Scenario,
    *,
    model: DemandModel | None = None,
    behaviour: RiderBehaviour | None = None,
) -> RiderDay:
    """Return all riders who ask on a day (from 0), whatever a policy does; the city is one that the scenario was applied to."""
    demand = model or fitted()
    expected, profiles = _expected(city, day, draws, weather, calendar, demand)
    kinds = np.array([_KINDS.index(site.kind) for site in city.stations], dtype=np.int64)
    dispersion = np.array([demand.kinds[site.kind].dispersion for site in city.stations])
    keys = np.array([site.key for site in city.stations], dtype=np.int64)
    date = calendar.day(day).date.toordinal()
    expected *= np.array([scenario.new_demand(day, site) for site in city.stations])
    usual = counts(draws.uniforms(Purpose.DEMAND, keys, date), expected, dispersion)
    station, key = _keys(usual, keys, date, 0)
    minute = _minutes(draws.uniforms(Purpose.RIDER, key), kinds[station], profiles)
    factors = scenario.demand_factors(day, city.stations)
    if factors is not None:
        kept = (
            draws.uniforms(Purpose.EXTRA_DEMAND, key) < factors[station, (minute / _BIN_MINUTES).astype(int)]
        )
        extra = _extra(factors, profiles[kinds], expected)
        more = counts(draws.uniforms(Purpose.EXTRA_DEMAND, keys, date), extra.sum(axis=1), dispersion)
        extra_station, extra_key = _keys(more, keys, date, _EXTRA_RIDERS)
        extra_minute = _minutes(draws.uniforms(Purpose.RIDER, extra_key), extra_station, extra)
        station = np.concatenate((station[kept], extra_station))
        key = np.concatenate((key[kept], extra_key))
        minute = np.concatenate((minute[kept], extra_minute))
    order = np.lexsort((key, minute))
    return _people(city, minute[order], station[order], key[order], draws, behaviour or RiderBehaviour())


_KINDS = (SiteKind.URBAN, SiteKind.HIGHWAY)


def popularity(city: City, draws: Draws, spread: float) -> Numbers:
    """Return the level of each station, of mean 1 and standard deviation `spread`, the same on all days of a run."""
    keys = np.array([site.key for site in city.stations], dtype=np.int64)
    return _lognormal(draws.uniforms(Purpose.POPULARITY, keys), 1.0, spread, mean_is_one=True)


def _expected(
    city: City, day: int, draws: Draws, weather: Weather, calendar: Calendar, model: DemandModel
) -> tuple[Numbers, Numbers]:
    """Return the riders that each station expects, and for each kind of site the share of each quarter of an hour."""
    on, sky = calendar.day(day), weather.day(day)
    profiles = np.array([np.repeat(model.profile_on(kind, on, sky), BINS_A_DAY // HOURS) for kind in _KINDS])
    factors = {kind: model.day_factor(kind, on, sky) for kind in _KINDS}
    level = draws.uniforms(Purpose.DAY_LEVEL, np.array([on.date.toordinal()], dtype=np.int64))
    shared = float(_lognormal(level, 1.0, model.city_day_spread, mean_is_one=True)[0])
    base = np.array([site.swaps_a_day * factors[site.kind] for site in city.stations])
    return base * shared * popularity(city, draws, model.station_spread), profiles * HOURS / BINS_A_DAY


def _extra(factors: Numbers, profiles: Numbers, expected: Numbers) -> Numbers:
    """Return the riders that a scenario adds to each station in each quarter of an hour."""
    return np.asarray(np.maximum(factors - 1, 0.0) * profiles * expected[:, None], dtype=np.float64)


def _keys(numbers: Whole, keys: Whole, date: int, first: int) -> tuple[Whole, Whole]:
    """Return the station of each rider and the rider's key: station (32 bits), day (15), number at the station (16)."""
    station = np.repeat(np.arange(len(numbers), dtype=np.int64), numbers)
    ends = np.cumsum(numbers)
    number = np.arange(len(station), dtype=np.int64) - np.repeat(ends - numbers, numbers) + first
    return station, (keys[station] << 31) | ((date & 0x7FFF) << 16) | number


def _minutes(uniform: Numbers, row: Whole, weights: Numbers) -> Numbers:
    """Return the minute of each rider by the inverse of the cumulative weights of the rider's row."""
    minutes = np.empty(len(uniform))
    edges = np.linspace(0.0, MINUTES_A_DAY, BINS_A_DAY + 1)
    order = np.argsort(row, kind="stable")
    bounds = np.searchsorted(row[order], np.arange(len(weights) + 1))
    for number, (first, last) in enumerate(itertools.pairwise(bounds)):
        if first == last:
            continue
        reached = np.concatenate(([0.0], np.cumsum(weights[number])))
        mine = order[first:last]
        minutes[mine] = np.interp(uniform[mine], reached / reached[-1], edges)
    return np.minimum(minutes, np.nextafter(MINUTES_A_DAY, 0.0))


def _people(
    city: City, minute: Numbers, station: Whole, key: Whole, draws: Draws, behaviour: RiderBehaviour
) -> RiderDay:
    """Return the riders with everything that is drawn for each of them."""

    def uniform(purpose: Purpose, index: int = 0) -> Numbers:
        return draws.uniforms(purpose, key, index)

    degrees = _origins(city, station, uniform(Purpose.ORIGIN), uniform(Purpose.ORIGIN, 1))
    model, packs = _vehicles(city, station, uniform(Purpose.VEHICLE), uniform(Purpose.VEHICLE, 1))
    walk_in = uniform(Purpose.WALK_IN) < behaviour.walk_ins
    soc = behaviour.soc_percent + behaviour.soc_spread * ndtri(uniform(Purpose.CHARGE_ON_ASKING))
    patience = _lognormal(uniform(Purpose.PATIENCE), behaviour.patience_minutes, behaviour.patience_spread)
    cancels = ~walk_in & (uniform(Purpose.CANCELLATION) < behaviour.cancellations)
    after = -behaviour.cancellation_minutes * np.log1p(-uniform(Purpose.CANCELLATION, 1))
    late = _lognormal(uniform(Purpose.LATENESS), 1.0, behaviour.lateness_spread)
    stops = uniform(Purpose.LATENESS, 1) < behaviour.dawdlers
    return RiderDay(
        minute=minute,
        station=station,
        longitude=degrees[:, 0],
        latitude=degrees[:, 1],
        soc_percent=np.clip(soc, 4.0, 55.0),
        packs=packs,
        model=model,
        speed_factor=np.clip(_lognormal(uniform(Purpose.PACE), 1.0, behaviour.pace_spread), 0.7, 1.4),
        patience_minutes=np.clip(patience, 3.0, 60.0),
        is_walk_in=walk_in,
        will_not_show=~walk_in & (uniform(Purpose.NO_SHOW) < behaviour.no_shows),
        lateness_factor=late * np.where(stops, 1.3 + 1.2 * uniform(Purpose.LATENESS, 2), 1.0),
        cancels_after_minutes=np.where(cancels, after, np.nan),
        key=key,
    )


def _origins(city: City, station: Whole, distance: Numbers, bearing: Numbers) -> Numbers:
    """Return where riders are, evenly spread over a disc about the home station that reaches towards its neighbours."""
    metres = np.array([site.reach_metres for site in city.stations])[station] * np.sqrt(distance)
    turn = 2 * np.pi * bearing
    home = city.coordinates[station]
    north = metres * np.cos(turn) / METRES_A_DEGREE
    east = metres * np.sin(turn) / (METRES_A_DEGREE * np.cos(np.radians(home[:, 1])))
    return home + np.column_stack((east, north))


def _vehicles(city: City, station: Whole, of_model: Numbers, of_kind: Numbers) -> tuple[Whole, Whole]:
    """Return pack model and number of packs: models as the home station has slots for them, packs as their riders ride."""
    riders = np.array([_model_shares(city, site.slot_models) for site in city.stations])
    model = np.sum(of_model[:, None] >= np.cumsum(riders, axis=1)[station][:, :-1], axis=1)
    packs = np.ones(len(station), dtype=np.int64)
    for number in range(len(city.pack_models)):
        kinds = [vehicle for vehicle in city.vehicles if vehicle.model == number]
        if kinds:
            mine = model == number
            ends = np.cumsum([vehicle.share for vehicle in kinds])[:-1]
            packs[mine] = np.array([vehicle.packs for vehicle in kinds])[
                np.searchsorted(ends, of_kind[mine], side="right")
            ]
    return model.astype(np.int64), packs


def _model_shares(city: City, slot_models: Sequence[int]) -> list[float]:
    """Return the share of a station's riders with each pack model: slots for it over the packs that a rider swaps."""
    weights = []
    for number in range(len(city.pack_models)):
        packs = sum(kind.packs * kind.share for kind in city.vehicles if kind.model == number) or 1.0
        weights.append(slot_models.count(number) / packs)
    return [weight / sum(weights) for weight in weights]


def _lognormal(uniform: Numbers, median: float, spread: float, *, mean_is_one: bool = False) -> Numbers:
    shift = -0.5 * spread * spread if mean_is_one else 0.0
    return np.asarray(median * np.exp(spread * ndtri(uniform) + shift), dtype=np.float64)
