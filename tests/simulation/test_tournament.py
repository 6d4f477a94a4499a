import dataclasses
import json
import math
import multiprocessing
from collections.abc import Iterable
from multiprocessing.connection import wait
from pathlib import Path

import pytest

from navswap.infra.cluster import ClusterUnavailableError
from navswap.simulation.comparison import Method, Verdict
from navswap.simulation.draws import Draws
from navswap.simulation.engine.log import Collected
from navswap.simulation.engine.simulation import RunOptions, Simulation
from navswap.simulation.policies import POLICIES
from navswap.simulation.regret.rebalancing import RegretParameters
from navswap.simulation.regret.regret import regret_of
from navswap.simulation.tournament.run_file import RunFile, key_of
from navswap.simulation.tournament.tournament import Tournament, TournamentOptions, run_tournament
from navswap.simulation.tournament.work import Record, Setting, Task, carry_out
from navswap.simulation.world.scenario import Scenario
from tests.support.city import city_of
from tests.support.cluster import a_cluster, needs_dask

pytestmark = pytest.mark.xdist_group("tournament")  # one worker carries out the runs that are compared

CITY = city_of(4)
SETTING = Setting(CITY, RunOptions(days=1))
TWO = (POLICIES["nearest"], POLICIES["less-demand-first"])


def without_time(records: Iterable[Record]) -> list[str]:
    return [repr(dataclasses.replace(record, seconds=0.0)) for record in records]


@pytest.fixture(scope="module")
def alone() -> Tournament:
    """A tournament carried out in this process, without a file."""
    return run_tournament(TournamentOptions(SETTING, TWO, (1, 2), workers=1))


def test_a_tournament_compares_what_single_runs_come_to(alone: Tournament) -> None:
    run = Simulation(CITY, POLICIES["less-demand-first"], RunOptions(days=1, seed=2)).live()
    assert [(record.policy, record.seed) for record in alone.records] == [
        ("nearest", 1),
        ("less-demand-first", 1),
        ("nearest", 2),
        ("less-demand-first", 2),
    ]
    assert alone.records[3].kpis == run.kpis
    nearest, least = alone.comparison.standings
    assert nearest.means["swaps"] == sum(record.kpis.swaps for record in alone.of_policy("nearest")) / 2
    assert least.differences["riders"].verdict is Verdict.SAME, "both meet the same riders"
    assert least.differences["swaps"].method in {Method.STUDENT_T, Method.CONSTANT}


def test_processes_give_the_same_runs_to_the_last_bit_and_end_where_they_are_interrupted(
    alone: Tournament, tmp_path: Path
) -> None:
    options = TournamentOptions(SETTING, TWO, (1, 2), workers=2, folder=tmp_path)

    def interrupt(_: Record, count: int, __: int) -> None:
        if count == 3:
            raise KeyboardInterrupt

    before = set(multiprocessing.active_children())
    with pytest.raises(KeyboardInterrupt):
        run_tournament(options, interrupt)
    started = set(multiprocessing.active_children()) - before
    # `is_alive` may say yes for a moment behind the end; what a process closes when it ends says it at once
    assert all(wait([process.sentinel], timeout=600) for process in started)
    again = run_tournament(dataclasses.replace(options, workers=1))
    assert again.found == 3
    assert without_time(again.records) == without_time(alone.records)


def test_an_interrupted_tournament_goes_on_where_it_was(alone: Tournament, tmp_path: Path) -> None:
    options = TournamentOptions(SETTING, TWO, (1, 2), workers=1, folder=tmp_path)
    seen: list[tuple[int, int]] = []

    class StopHereError(Exception):
        pass

    def interrupt(_: Record, count: int, wanted: int) -> None:
        seen.append((count, wanted))
        if count == 2:
            raise StopHereError

    with pytest.raises(StopHereError):
        run_tournament(options, interrupt)
    assert seen == [(1, 4), (2, 4)]
    again = run_tournament(options)
    assert again.found == 2
    assert without_time(again.records) == without_time(alone.records)
    assert run_tournament(options).found == 4


def test_a_line_that_was_cut_off_is_run_again_and_spoils_no_other(tmp_path: Path, alone: Tournament) -> None:
    file = RunFile.of(SETTING, tmp_path)
    file.add(alone.records[0])
    whole = file.path.read_bytes()
    file.path.write_bytes(whole + whole[: len(whole) // 2])
    file.add(alone.records[1])
    found = file.finished([Task(policy, 1) for policy in TWO])
    assert without_time(found.values()) == without_time(alone.records[:2])


def test_a_record_survives_its_file(alone: Tournament) -> None:
    record = dataclasses.replace(
        alone.records[0], kpis=dataclasses.replace(alone.records[0].kpis, mean_wait_minutes=math.nan)
    )
    stored = json.loads(json.dumps(record.as_dict(), allow_nan=False))
    assert repr(Record.of_dict(stored)) == repr(record)


def test_the_file_of_a_setting_depends_on_all_that_decides_a_run_but_the_seed() -> None:
    key = key_of(SETTING)
    assert key == key_of(dataclasses.replace(SETTING, options=RunOptions(days=1, seed=9)))
    others = [
        dataclasses.replace(SETTING, options=RunOptions(days=2)),
        dataclasses.replace(SETTING, city=CITY.sample(3, Draws(1))),
        dataclasses.replace(SETTING, scenario=Scenario(title="festival")),
        dataclasses.replace(SETTING, regret=RegretParameters()),
    ]
    assert len({key, *map(key_of, others)}) == 5


def test_a_tournament_names_each_policy_and_seed_once() -> None:
    for policies, seeds in (((), (1,)), (TWO, ()), (TWO, (1, 1)), ((TWO[0], TWO[0]), (1,))):
        with pytest.raises(ValueError, match="each of them once"):
            run_tournament(TournamentOptions(SETTING, policies, seeds))


@pytest.fixture(scope="module")
def with_regret() -> list[Record]:
    setting = dataclasses.replace(SETTING, regret=RegretParameters())
    return [carry_out(setting, Task(policy, 1)) for policy in TWO]


def test_a_log_changes_nothing_in_the_run(with_regret: list[Record], alone: Tournament) -> None:
    assert [record.kpis for record in with_regret] == [record.kpis for record in alone.records[:2]]


def test_the_optimum_of_a_run_is_not_above_what_it_cost(with_regret: list[Record]) -> None:
    for record in with_regret:
        regret = record.regret
        assert regret is not None
        assert regret.stations == 4
        assert regret.charging_cost == pytest.approx(record.kpis.energy_cost)
        assert 0 < regret.charging_optimum <= regret.charging_cost + 1e-6
        assert 0 <= regret.rebalancing_optimum <= regret.rebalancing_cost + 1e-6
        assert record.figures["charging_regret_percent"] > 0


def test_the_optimum_keeps_to_a_feeder_that_gives_too_little_for_all() -> None:
    sites = [dataclasses.replace(site, feeder_limit_kw=0.3 * site.feeder_limit_kw) for site in CITY.stations]
    setting = dataclasses.replace(
        SETTING, city=CITY.with_stations(sites, "weak feeders"), regret=RegretParameters()
    )
    record = carry_out(setting, Task(POLICIES["nearest"], 1))
    regret = record.regret
    assert regret is not None
    assert record.kpis.lost_percent > 1
    assert regret.charging_optimum <= regret.charging_cost + 1e-6
    assert regret.rebalancing_optimum <= regret.rebalancing_cost + 1e-6


def test_packs_that_are_driven_between_stations_are_part_of_what_the_optimum_may_do() -> None:
    city = city_of(12)
    log = Collected()
    simulation = Simulation(city, POLICIES["rules"], RunOptions(days=1), log=log)
    kpis = simulation.live().kpis
    assert kpis.packs_moved > 0
    assert len(log.moves) >= kpis.packs_moved, "also those of failed jobs are driven"
    assert sum(stay.kwh for stay in log.stays) == pytest.approx(kpis.energy_kwh)
    regret = regret_of(log, simulation.run, 1440.0, RegretParameters())
    assert regret.rebalancing_cost >= 12.0 * kpis.km_driven
    assert 0 <= regret.rebalancing_optimum <= regret.rebalancing_cost
    assert 0 < regret.charging_optimum <= regret.charging_cost + 1e-6


@needs_dask
def test_a_cluster_gives_the_same_runs_to_the_last_bit(alone: Tournament) -> None:
    with a_cluster() as address:
        found = run_tournament(TournamentOptions(SETTING, TWO, (1, 2), cluster=address))
    assert without_time(found.records) == without_time(alone.records)


@needs_dask
def test_a_cluster_that_cannot_be_reached_is_refused() -> None:
    with pytest.raises(ClusterUnavailableError, match="nowhere"):
        run_tournament(TournamentOptions(SETTING, TWO, (1,), cluster="nowhere://1"))
