"""A tournament: every policy through every seed, and what the policies are worth."""

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from navswap.infra.cluster import on_cluster
from navswap.simulation.comparison import Comparison, compare
from navswap.simulation.policies import Policy
from navswap.simulation.tournament.pools import here, on_cores
from navswap.simulation.tournament.run_file import RunFile, code_version
from navswap.simulation.tournament.work import Record, Setting, Task, carry_out

Finished = Callable[[Record, int, int], None]
"""Takes a run that has ended or was found finished, how many are finished now, and of how many."""


@dataclass(frozen=True, slots=True)
class TournamentOptions:
    """What to compare, and where.

    The first of `policies` is what the others are compared to. `workers` processes carry out the runs, one a core where it
    is None; with `cluster` the workers of that Dask scheduler do. Finished runs are kept in `folder`, and not carried out
    again; nothing is kept where it is None.
    """

    setting: Setting
    policies: Sequence[Policy]
    seeds: Sequence[int]
    workers: int | None = None
    cluster: str | None = None
    folder: Path | None = None

    @property
    def tasks(self) -> list[Task]:
        """Return all runs, seed by seed, so that whole pairs are there first."""
        return [Task(policy, seed) for seed in self.seeds for policy in self.policies]


@dataclass(frozen=True, slots=True)
class Tournament:
    """What the runs came to, seed by seed, and the policies compared; `found` of them were finished before."""

    records: tuple[Record, ...]
    comparison: Comparison
    found: int

    def of_policy(self, name: str) -> list[Record]:
        """Return the runs of a policy in the order of the seeds."""
        return [record for record in self.records if record.policy == name]


def run_tournament(options: TournamentOptions, finished: Finished | None = None) -> Tournament:
    """Carry out what is not finished yet, and compare the policies.

    Raises ValueError without a policy or a seed or where one is named twice, BadScenarioError where the scenario does not fit
    the city, ClusterUnavailableError, OSError where the folder cannot be written.
    """
    tasks = options.tasks
    if not tasks or len({task.key for task in tasks}) < len(tasks):
        raise ValueError("a tournament needs policies and seeds, each of them once")
    kept = RunFile.of(options.setting, options.folder) if options.folder is not None else None
    done = kept.finished(tasks) if kept is not None else {}
    found = len(done)
    if finished is not None:
        for count, record in enumerate(done.values(), start=1):
            finished(record, count, len(tasks))
    with closing(_carried_out(options, [task for task in tasks if task.key not in done])) as records:
        for record in records:
            if kept is not None:
                kept.add(record)
            done[record.policy, record.seed] = record
            if finished is not None:
                finished(record, len(done), len(tasks))
    ordered = tuple(done[task.key] for task in tasks)
    return Tournament(ordered, _compared(options, ordered), found)


def _carried_out(options: TournamentOptions, tasks: Sequence[Task]) -> Generator[Record]:
    if not tasks:
        return here(options.setting, tasks)
    if options.cluster is not None:
        return on_cluster(carry_out, options.setting, tasks, options.cluster, code_version)
    workers = min(options.workers or os.cpu_count() or 1, len(tasks))
    return on_cores(options.setting, tasks, workers) if workers > 1 else here(options.setting, tasks)


def _compared(options: TournamentOptions, records: Sequence[Record]) -> Comparison:
    figures = {
        policy.name: [record.figures for record in records if record.policy == policy.name]
        for policy in options.policies
    }
    return compare(figures, options.seeds)
