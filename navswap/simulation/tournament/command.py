"""What `navswap simulate --compare` and `--report` do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from navswap.simulation.engine.simulation import RunResult
from navswap.simulation.offline import OfflineOptions, find_policy
from navswap.simulation.regret.rebalancing import RegretParameters
from navswap.simulation.report.page import Report, write_report
from navswap.simulation.tournament.run_file import default_folder
from navswap.simulation.tournament.tournament import Finished, Tournament, TournamentOptions, run_tournament
from navswap.simulation.tournament.work import Record, Setting
from navswap.simulation.world.scenario import Scenario


@dataclass(frozen=True, slots=True)
class ComparisonOptions:
    """What to compare: the city, days, scenarios and first seed of `offline`, whose own policy is not looked at.

    `seeds` runs of each policy, from the first seed on. `folder` keeps the finished runs. `computes_regret` is whether each run
    is compared to the optimum of its day too.
    """

    offline: OfflineOptions
    policies: Sequence[str]
    seeds: int = 10
    workers: int | None = None
    cluster: str | None = None
    folder: Path = field(default_factory=default_folder)
    computes_regret: bool = True


def run_comparison(options: ComparisonOptions, finished: Finished | None = None) -> Tournament:
    """Carry out the runs that are not finished yet, and compare the policies to the first one.

    Raises UnknownPolicyError, SeedsUnreadableError, UnreadableNetworkError, BadScenarioError, ClusterUnavailableError; ValueError
    where a policy is named twice; OSError where the folder cannot be written.
    """
    offline = options.offline
    policies = [find_policy(name) for name in options.policies]
    setting = Setting(
        city=offline.city(),
        options=offline.run_options(policies),
        scenario=Scenario.load(list(offline.scenarios)),
        regret=RegretParameters() if options.computes_regret else None,
        models=offline.models_for(policies),
    )
    tournament = TournamentOptions(
        setting,
        policies,
        range(offline.seed, offline.seed + options.seeds),
        options.workers,
        options.cluster,
        options.folder,
    )
    return run_tournament(tournament, finished)


def report_comparison(tournament: Tournament, offline: OfflineOptions, path: Path) -> None:
    """Write the report of a tournament; raises OSError."""
    scenario = Scenario.load(list(offline.scenarios))
    city = scenario.apply_to(offline.city())
    write_report(Report(city, tournament.records, scenario.title, tournament.comparison), path)


def report_run(result: RunResult, offline: OfflineOptions, path: Path) -> None:
    """Write the report of one run; raises OSError."""
    scenario = Scenario.load(list(offline.scenarios))
    city = scenario.apply_to(offline.city())
    write_report(Report(city, [Record.of_result(result)], scenario.title), path)
