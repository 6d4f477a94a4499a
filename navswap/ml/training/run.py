"""Trains several models on one history, side by side in processes, and leaves out those that are up to date."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import perf_counter

from navswap.ml.catalog import find_model
from navswap.ml.evaluation.card import write_card
from navswap.ml.evaluation.judging import judge
from navswap.ml.history import History
from navswap.ml.history.reading import EmptyHistoryError, read_history
from navswap.ml.registry import MANIFEST, BadArtefactError, Manifest, check_artefact, read_manifest
from navswap.ml.spec import Span
from navswap.ml.split import TooShortHistoryError
from navswap.ml.tables import new_history
from navswap.ml.training.artefact import write_trained
from navswap.ml.training.trainer import NothingToLearnError, Options, train
from navswap.ml.versions import keep_better

Progress = Callable[[str, str], None]
"""Takes a model's name and what is done for it now."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to train on and where to keep it: an archive, the folder of all models, how hard to try.

    `source` names the history in manifests. `again` trains also what is up to date.
    """

    archive: str
    models: Path
    source: str
    options: Options = field(default_factory=Options)
    since: datetime | None = None
    until: datetime | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one model: its manifest, or why it could not be trained."""

    name: str
    seconds: float
    manifest: Manifest | None = None
    refusal: str = ""
    is_kept: bool = False
    """It was up to date, or the champion is better on the same days; `refusal` says which."""


def load_history(job: Job) -> tuple[History, Span]:
    """Read the history of a job; raises EmptyHistoryError where it holds nothing to learn from."""
    history = new_history()
    if read_history(history, job.archive, job.since, job.until) is None:
        raise EmptyHistoryError(
            f"{job.archive} holds nothing that a model learns from. Make a history: "
            f"navswap simulate --days 28 --record {job.archive}"
        )
    first = min(int(table.known_ms().min()) for table in history.tables.values() if table.rows)
    return history, Span(first, history.newest_ms + 1)


def train_all(names: Sequence[str], job: Job, workers: int, progress: Progress) -> Iterator[Outcome]:
    """Train models and yield each outcome as it is there; with one worker in this process.

    Raises UnknownModelError, EmptyHistoryError.
    """
    for name in names:
        find_model(name)
    if workers <= 1 or len(names) == 1:
        history, span = load_history(job)
        for name in names:
            yield _train_one(name, history, span, job, progress)
        return
    context = multiprocessing.get_context("spawn")  # OpenMP's threads do not survive a fork
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_open, initargs=(job,)) as pool:
        waiting = [pool.submit(_train_in_worker, name, job) for name in names]
        for finished in as_completed(waiting):
            yield finished.result()


_opened: list[tuple[History, Span]] = []
"""The history of a worker process: read once."""


def _open(job: Job) -> None:
    _opened[:] = [load_history(job)]


def _train_in_worker(name: str, job: Job) -> Outcome:
    history, span = _opened[0]
    return _train_one(name, history, span, job, lambda *_: None)


def _train_one(name: str, history: History, span: Span, job: Job, progress: Progress) -> Outcome:
    began, spec, folder = perf_counter(), find_model(name), job.models / name
    if not job.again and (present := _up_to_date(name, folder, span, job)) is not None:
        return Outcome(name, perf_counter() - began, present, "up to date", is_kept=True)
    try:
        progress(name, "learning")
        trained = train(spec, history, span, job.options, lambda head: progress(name, f"learning {head}"))
        progress(name, "judging")
        verdict = judge(trained, history)
    except (TooShortHistoryError, NothingToLearnError) as error:
        return Outcome(name, perf_counter() - began, refusal=str(error))
    candidate = job.models / ".candidates" / name
    manifest = write_trained(
        trained, verdict, candidate, window=span, source=job.source, seed=job.options.seed
    )
    write_card(candidate, spec, manifest)
    refusal = keep_better(job.models, spec, candidate, history, trained.split.test)
    return Outcome(name, perf_counter() - began, manifest, refusal, is_kept=bool(refusal))


def _up_to_date(name: str, folder: Path, span: Span, job: Job) -> Manifest | None:
    """Return the manifest of what has learnt from the same days with the same seed and features already."""
    if not (folder / MANIFEST).is_file():
        return None
    try:
        present = read_manifest(folder)
        check_artefact(folder, present, find_model(name))
    except BadArtefactError:
        return None
    same = (present.window["history_begin_ms"], present.window["history_end_ms"]) == (
        span.begin_ms,
        span.end_ms,
    )
    return present if same and present.seed == job.options.seed and present.source == job.source else None
