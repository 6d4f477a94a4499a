"""What the models say to the decisions of a run, by the same sums as production's."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from itertools import pairwise

from navswap.features.faults.domain.analysis import Advice, rank_by_shares
from navswap.features.faults.domain.catalogue import Action
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.values import Fault
from navswap.features.logistics.domain.needs import (
    BalanceForecast,
    InventoryKey,
    StationInventory,
    balance_to_plan,
)
from navswap.features.staffing.domain.parameters import StaffingParameters
from navswap.features.staffing.domain.values import Skill
from navswap.features.swapping.domain.hold_times import HoldQuestion, HoldTime, bounded_hold
from navswap.features.swapping.domain.outages import (
    NO_OUTAGE_FORECAST,
    OutageForecast,
    outages_by_survival,
)
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.promises import DemandForecast, walk_in_share
from navswap.features.traffic.domain.outlook import RoadsAhead, zone_slow_down
from navswap.kit.forecasts import Source
from navswap.kit.geo import Point
from navswap.kit.roads import SlowDown, free_roads
from navswap.ml.action_odds import odds_of, question_of
from navswap.ml.answers import NO_ANSWERS
from navswap.ml.catalog.action import ACTION, fault_rows
from navswap.ml.catalog.arrival import ARRIVAL
from navswap.ml.catalog.load import LOAD
from navswap.ml.catalog.rebalancing import REBALANCING
from navswap.ml.catalog.staff_diversion import STAFF_DIVERSION
from navswap.ml.catalog.station_reliability import STATION_RELIABILITY
from navswap.ml.catalog.traffic import TRAFFIC
from navswap.ml.expected_swaps import NOTHING_EXPECTED, ExpectedSwaps, expected_by
from navswap.ml.hold_minutes import AskedHold, hold_rows, minutes_to_hold
from navswap.ml.spec import WEEK
from navswap.ml.tables.inventories import inventory_id
from navswap.ml.tables.staffing import SERVICE_MINUTES
from navswap.ml.zone_speeds import AHEAD, zone_speeds
from navswap.simulation.engine.asked_models import AskedModels

QUARTER_MINUTES = 15.0
HOUR_MINUTES = 60.0
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MODELLED_HOURS = max(LOAD.horizons) // HOUR
LEAST_MINUTES = 1.0
"""Less work than this in an hour is none."""


class ModelledDemand:
    """The swaps that the model of load expects of all stations, asked once a quarter of an hour, as of its beginning."""

    def __init__(
        self, models: AskedModels, station_ids: Sequence[str], hold: timedelta, believed_share: float
    ) -> None:
        self._models = models
        self._ids = station_ids
        self._hold = hold
        self._believed_share = believed_share
        self._quarter = -1
        self._expected: ExpectedSwaps = NOTHING_EXPECTED
        self._walk_ins: Mapping[str, DemandForecast] = {}

    def walk_ins(self, station: int, now: float) -> DemandForecast | None:
        """Return the walk-in swaps expected during a hold; None where the model does not answer."""
        self._ask(now)
        return self._walk_ins.get(self._ids[station])

    def first_hours(self, station: int, now: float) -> tuple[float, ...]:
        """Return the swaps of the first hours, counted from the quarter's beginning; empty without an answer."""
        self._ask(now)
        station_id = self._ids[station]
        if station_id not in self._expected.quarters:
            return ()
        sums = [self._expected.within(station_id, hour * HOUR) for hour in range(MODELLED_HOURS + 1)]
        return tuple(after - before for before, after in pairwise(sums))

    @property
    def model(self) -> str:
        """Return the name and version of the model that was asked last; empty where it did not answer."""
        return self._expected.model

    def _ask(self, now: float) -> None:
        quarter = int(now // QUARTER_MINUTES)
        if quarter == self._quarter:
            return
        self._quarter = quarter
        as_of = quarter * QUARTER_MINUTES
        answers = self._models.answers(LOAD.name, self._ids, LOAD.horizons, as_of)
        self._expected = expected_by(answers)
        self._walk_ins = self._without_hold(as_of)

    def _without_hold(self, as_of: float) -> Mapping[str, DemandForecast]:
        """Return the part of the swaps that comes without a hold, by what a week showed at each station."""
        expected = self._expected
        if not expected.quarters:
            return {}
        week = self._models.observed(LOAD.key, list(expected.quarters), as_of)
        swaps, walk_ins = week.counts("swaps"), week.totals("swaps", "is_walk_in")
        return {
            station_id: DemandForecast(
                expected.within(station_id, self._hold)
                * walk_in_share(walk_ins[station_id], swaps[station_id], self._believed_share),
                Source.MODEL,
                expected.model,
            )
            for station_id in expected.quarters
        }


class ModelledOutages:
    """The outages that the model of reliability expects of all stations, asked once an hour."""

    def __init__(self, models: AskedModels, station_ids: Sequence[str]) -> None:
        self._models = models
        self._ids = station_ids
        self._hour = -1
        self._known: Mapping[str, OutageForecast] = {}

    def of(self, station_id: str, now: float) -> OutageForecast:
        """Return what is forecast of a station; no outage where the model does not answer."""
        if (hour := int(now // HOUR_MINUTES)) != self._hour:
            self._hour = hour
            name, days = STATION_RELIABILITY.name, WEEK / timedelta(days=1)
            answers = self._models.answers(name, self._ids, [WEEK], hour * HOUR_MINUTES).get(WEEK, NO_ANSWERS)
            self._known = {
                known: outages_by_survival(survival, days, answers.model)
                for known, survival in answers.each("outage_survival")
            }
        return self._known.get(station_id, NO_OUTAGE_FORECAST)


def modelled_balances(
    models: AskedModels, inventories: Sequence[StationInventory], horizon: timedelta, now: float
) -> dict[InventoryKey, BalanceForecast]:
    """Return the balances of the inventories that the model of rebalancing answers for."""
    keys = {inventory_id(*inventory.key): inventory.key for inventory in inventories}
    if horizon not in REBALANCING.horizons:
        return {}
    answers = models.answers(REBALANCING.name, list(keys), [horizon], now).get(horizon)
    if answers is None or not answers.ids:
        return {}
    missing = REBALANCING.stakes.decide(answers.outputs)
    return {
        keys[entity_id]: BalanceForecast(balance_to_plan(low, float(packs)), Source.MODEL, answers.model)
        for (entity_id, low), packs in zip(answers.each("balance_p10"), missing, strict=True)
    }


def modelled_service(
    models: AskedModels, station_ids: Sequence[str], parameters: StaffingParameters, now: float
) -> tuple[str, dict[tuple[str, Skill], float]]:
    """Return the model and the minutes of service of the next hour at the stations that it answers for."""
    answers = models.answers(STAFF_DIVERSION.name, station_ids, [HOUR], now).get(HOUR)
    if answers is None or not answers.ids:
        return "", {}
    week = models.observed(STAFF_DIVERSION.key, answers.ids, now)
    service, whole = week.totals("work", "service_minutes"), week.totals("work", "minutes")
    scale = parameters.work_minutes(Skill.SERVICE) / SERVICE_MINUTES
    return answers.model, {
        (station_id, Skill.SERVICE): scale
        * minutes
        * (service[station_id] / whole[station_id] if whole[station_id] else 1.0)
        for station_id, minutes in answers.each("work")
    }


def modelled_roads(models: AskedModels, zones: Mapping[Point, str], now: float) -> SlowDown:
    """Return how slow ways between stations will be in half an hour: by the model of traffic, as on free roads without an answer."""
    ids = sorted(set(zones.values()))
    answers = models.answers(TRAFFIC.name, ids, [AHEAD], now).get(AHEAD)
    if answers is None or not answers.ids:
        return free_roads
    speeds = zone_speeds(answers, models.observed(TRAFFIC.key, answers.ids, now))
    factors = {zone: zone_slow_down(*of_zone) for zone, of_zone in speeds.items()}
    return RoadsAhead(free_roads, zones, factors).slow_down


def modelled_hold(
    models: AskedModels, question: HoldQuestion, parameters: SwappingParameters, now: float
) -> HoldTime | None:
    """Return how long the model of arrivals would have a hold last; None where it does not answer."""
    asked = AskedHold(**asdict(question), held_minutes=parameters.hold / MINUTE)
    moment = models.moment_of(now)
    minutes = models.ask_one(
        ARRIVAL.name, lambda history: hold_rows(history, [asked], moment), minutes_to_hold, now
    )
    return None if minutes is None else bounded_hold(minutes, ARRIVAL.name, parameters)


def modelled_advice(
    models: AskedModels, fault: Fault, counted: Advice, parameters: FaultParameters, now: float
) -> Advice:
    """Return the advice of the model of actions against a fault; that which the rule counted where it does not answer."""
    question, moment = question_of(fault), models.moment_of(now)
    odds = models.ask_one(ACTION.name, lambda history: fault_rows(history, [question], moment), odds_of, now)
    if odds is None:
        return counted
    shares = {Action(action): share for action, share in odds.shares.items()}
    return Advice(
        moment, Source.MODEL, rank_by_shares(counted.ranked, shares, odds.minutes, parameters), odds.model
    )
