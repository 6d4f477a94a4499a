"""An offline run as an operator asks for one: which city, which policy, how long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rich.table import Table

from navswap.kit.errors import NavSwapError
from navswap.kit.geo import Point
from navswap.ml.folders import delivered_models
from navswap.ml.serving import Models
from navswap.simulation.draws import Draws
from navswap.simulation.engine.asked_models import Asked
from navswap.simulation.engine.simulation import START, Progress, RunOptions, RunResult
from navswap.simulation.kpis import Kpis, Wait
from navswap.simulation.policies import POLICIES, Policy
from navswap.simulation.record import Recording
from navswap.simulation.warm_up import WARM_UP_DAYS, simulation_of
from navswap.simulation.world.city import City
from navswap.simulation.world.scenario import Scenario

CITY_SEED = 1
"""Of what is made up of a city that is cut or tiled: the same city for every seed of a run."""


HOURS_A_ROW = 4
STATIONS_SHOWN = 8
"""In the table of waits."""


class UnknownPolicyError(NavSwapError):
    """There is no policy of that name; the message names those that there are."""

    code = "UNKNOWN_POLICY"


@dataclass(frozen=True, slots=True)
class OfflineOptions:
    """What to run.

    `network` is a stations file, the demonstration city in `seeds` where it is None; of it `stations` are taken, or as many as
    it has, those nearest to its centre or, of a file, to `near`. Stations whose file names no time zone are in `time_zone`.
    `slots` gives every station so many. `scenarios` combine.
    """

    seeds: Path
    policy: str = "rules"
    days: int = 1
    seed: int = 1
    stations: int | None = None
    slots: int | None = None
    network: Path | None = None
    near: Point | None = None
    time_zone: str = "UTC"
    scenarios: Sequence[Path] = field(default=())
    start: datetime = START
    warm_up_days: int | None = None
    """Days before those that count, under `nearest`; None: eight where a policy asks the models, else none."""
    models: Path | None = None
    """The folder of the models; None: the delivered ones."""
    record: str | None = None
    """The folder or object store URL of the archive that the run is recorded in; None: it is not."""

    def run_options(self, policies: Sequence[Policy]) -> RunOptions:
        """Return the options of runs under these policies, which are compared: the same past for all."""
        warm_up_days = self.warm_up_days
        if warm_up_days is None:
            warm_up_days = WARM_UP_DAYS if any(policy.asks for policy in policies) else 0
        return RunOptions(self.days, self.seed, self.start, warm_up_days=warm_up_days)

    def models_for(self, policies: Sequence[Policy]) -> Path | None:
        """Return the folder of the models where a policy asks them."""
        return (self.models or delivered_models()) if any(policy.asks for policy in policies) else None

    def city(self) -> City:
        """Return the city to run; raises SeedsUnreadableError, UnreadableNetworkError."""
        city = self._whole_city()
        wanted = self.stations or len(city.stations)
        if wanted == len(city.stations) and self.slots is None:
            return city
        return city.sample(wanted, Draws(CITY_SEED), slots=self.slots)

    def _whole_city(self) -> City:
        if self.network is None:
            return City.from_seeds(self.seeds)
        return City.from_network(
            self.network, time_zone=self.time_zone, stations=self.stations, near=self.near
        )


def find_policy(name: str) -> Policy:
    """Return a policy by its name; raises UnknownPolicyError."""
    try:
        return POLICIES[name]
    except KeyError:
        raise UnknownPolicyError(f"There is no policy {name!r}; choose from {', '.join(POLICIES)}.") from None


def run_offline(options: OfflineOptions, progress: Progress | None = None) -> RunResult:
    """Live through the days of a city under a policy, and record them where `options` name an archive.

    Raises UnknownPolicyError, SeedsUnreadableError, UnreadableNetworkError, BadScenarioError, BadArtefactError.
    """
    policy, scenario = find_policy(options.policy), Scenario.load(list(options.scenarios))
    settings, city, folder = options.run_options([policy]), options.city(), options.models_for([policy])
    models = None if folder is None else Models.load(folder)
    if options.record is None:
        return simulation_of(policy, city, settings, scenario, models).live(progress)
    recording = Recording(options.record, options.seed, settings.begins_at(city))
    result = simulation_of(policy, city, settings, scenario, models, recording).live(progress)
    recording.close()
    return result


def as_table(result: RunResult) -> Table:
    """Return what a run came to, as a terminal shows it."""
    days = "a day" if result.days == 1 else f"{result.days} days"
    table = Table(title=f"{result.policy}: {days} at {result.stations:,} stations, seed {result.seed}")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for label, value in figures(result.kpis):
        table.add_row(label, value)
    table.caption = f"{result.events:,} events in {result.seconds:.1f} s"
    if result.model_calls is not None:
        table.caption += "; " + (
            f"models asked {result.model_calls:,} times: {answer_shares(result.asked)}"
            if result.model_calls
            else "no model answered: a week of history was not known, so it was decided as by the rules"
        )
    return table


def lost_table(result: RunResult, city: City) -> Table:
    """Return who was lost: when, where, with what, and why, in the order of time."""
    table = Table(title=f"Lost swaps under {result.policy}, seed {result.seed}")
    for column in ("day", "time", "station", "model", "packs", "came", "lost by"):
        table.add_column(column, justify="right" if column in {"day", "packs"} else "left")
    for lost in result.lost:
        day, minute = divmod(int(lost.minute), 24 * 60)
        table.add_row(
            str(day),
            f"{minute // 60:02}:{minute % 60:02}",
            city.stations[lost.station].id,
            lost.model,
            str(lost.packs),
            "without a hold" if lost.walked_in else "by the app",
            lost.reason,
        )
    return table


def waits_table(result: RunResult, city: City) -> Table:
    """Return what riders waited for: by the time of day, at the stations with the most of it, and in all."""
    table = Table(title=f"Minutes of waiting under {result.policy}, seed {result.seed}")
    table.add_column("when or where")
    for column in ("who waited", "for the kiosk", "for packs", "riding on", "in all"):
        table.add_column(column, justify="right")
    for first in range(0, 24, HOURS_A_ROW):
        rows = [wait for wait in result.waited if first <= wait.minute // 60 % 24 < first + HOURS_A_ROW]
        table.add_row(f"{first:02} to {first + HOURS_A_ROW:02} h", *_minutes_of(rows))
    table.add_section()
    at_station: dict[int, list[Wait]] = {}
    for wait in result.waited:
        at_station.setdefault(wait.station, []).append(wait)
    busiest = sorted(at_station.items(), key=lambda item: (-sum(map(_whole, item[1])), item[0]))
    for station, rows in busiest[:STATIONS_SHOWN]:
        table.add_row(city.stations[station].id, *_minutes_of(rows))
    table.add_section()
    table.add_row("with a hold", *_minutes_of([wait for wait in result.waited if not wait.walked_in]))
    table.add_row("without a hold", *_minutes_of([wait for wait in result.waited if wait.walked_in]))
    table.add_row("all", *_minutes_of(result.waited))
    return table


def _minutes_of(waits: Sequence[Wait]) -> list[str]:
    sums = [
        sum(wait.kiosk_minutes for wait in waits),
        sum(wait.packs_minutes for wait in waits),
        sum(wait.ride_minutes for wait in waits),
    ]
    return [f"{len(waits):,}", *(f"{minutes:,.1f}" for minutes in (*sums, sum(sums)))]


def _whole(wait: Wait) -> float:
    return wait.ride_minutes + wait.kiosk_minutes + wait.packs_minutes


def answer_shares(asked: Mapping[str, Asked]) -> str:
    """Return of each model for how much of what it was asked it answered; the rule answered for the rest."""
    return ", ".join(
        f"{name} {of_model.by_model / (of_model.by_model + of_model.by_rule):.0%}"
        for name, of_model in sorted(asked.items())
    )


def figures(kpis: Kpis) -> list[tuple[str, str]]:
    """Return the figures with their units, as people read them."""
    return [
        ("riders who asked", f"{kpis.riders:,}"),
        ("swaps", f"{kpis.swaps:,}"),
        ("lost swaps", f"{kpis.lost_percent:.2f} %"),
        ("mean ride", f"{kpis.mean_ride_minutes:.2f} min"),
        ("mean wait", f"{kpis.mean_wait_minutes:.2f} min"),
        ("wait of 9 in 10 at most", f"{kpis.p90_wait_minutes:.2f} min"),
        ("charge handed out, mean", f"{kpis.mean_soc_out_percent:.1f} %"),
        ("promises kept", f"{kpis.promises_kept_percent:.1f} %"),
        ("without a free charged pack", f"{kpis.stock_out_minutes:,.0f} station-minutes"),
        ("packs moved", f"{kpis.packs_moved:,}"),
        ("driven for it", f"{kpis.km_driven:,.0f} km"),
        ("staff at work", f"{kpis.staff_minutes:,.0f} min"),
        ("energy", f"{kpis.energy_kwh:,.0f} kWh"),
        ("cost of energy", f"{kpis.energy_cost:,.0f}"),
        ("health lost by all packs", f"{kpis.soh_lost_percent:.1f} points"),
        ("credits paid", f"{kpis.credits_paid:,}"),
        (
            "holds cancelled / not shown up / lapsed",
            f"{kpis.cancellations:,} / {kpis.no_shows:,} / {kpis.lapsed_holds:,}",
        ),
        ("holds refused", f"{kpis.refused_holds:,}"),
        ("holds moved / compensated", f"{kpis.moved_holds:,} / {kpis.compensated_holds:,}"),
        ("led on to a station with packs", f"{kpis.led_on:,}"),
        ("faults", f"{kpis.faults:,}"),
    ]
