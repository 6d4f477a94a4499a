"""Trains several models on one history, side by side in processes or on a cluster; those that are up to date are left out."""

import multiprocessing
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from navswap.events.archive.errors import ArchiveError
from navswap.infra.cluster import hash_of_code, on_cluster
from navswap.ml.catalog import find_model
from navswap.ml.evaluation.card import write_card
from navswap.ml.evaluation.judging import judge
from navswap.ml.history import History
from navswap.ml.history.reading import EmptyHistoryError, known_between, read_history
from navswap.ml.registry import MANIFEST, BadArtefactError, Manifest, check_artefact, read_manifest
from navswap.ml.spec import ModelSpec, Span
from navswap.ml.split import TooShortHistoryError
from navswap.ml.tables import archived_types
from navswap.ml.training.artefact import write_trained
from navswap.ml.training.needs import tables_of
from navswap.ml.training.trainer import NothingToLearnError, Options, train
from navswap.ml.versions import keep_better

CODE = ("kit/**/*.py", "events/archive/*.py", "ml/**/*.py")
"""The files that decide what a training comes to."""
Progress = Callable[[str, str], None]
"""Takes a model's name and what is done for it now."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to train on and where to keep it: an archive, the folder of all models, how hard to try.

    `source` names the history in manifests; `time_zone` (IANA) is that of its network. `again` trains also what is up to date.
    """

    archive: str
    models: Path
    source: str
    time_zone: str
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


def span_of(job: Job) -> Span:
    """Return from when to when the history of a job reaches, whichever model learns from it; raises EmptyHistoryError."""
    known = known_between(job.archive, archived_types(), job.since, job.until)
    if known is None:
        raise EmptyHistoryError(
            f"{job.archive} holds nothing that a model learns from. Make a history: "
            f"navswap simulate --days 28 --record {job.archive}"
        )
    return Span(known[0], known[1] + 1)


def load_history(spec: ModelSpec, span: Span, job: Job) -> History:
    """Read what one model looks at in the history of a job, day by day: numbers stay in memory, and one day of text."""
    history = History(tables_of(spec), job.time_zone)
    read_history(history, job.archive, job.since, job.until)
    history.newest_ms = span.end_ms - 1
    return history


@dataclass(frozen=True, slots=True)
class Learnt:
    """A model that was trained and judged, in the files of its folder, with the days it was tested on; or why it was not."""

    name: str
    seconds: float
    files: Mapping[str, bytes] = field(default_factory=dict)
    test: Span | None = None
    refusal: str = ""


def train_all(names: Sequence[str], job: Job, workers: int, progress: Progress) -> Iterator[Outcome]:
    """Train models and yield each outcome as it is there; with one worker in this process.

    Raises UnknownModelError, EmptyHistoryError.
    """
    for name in names:
        find_model(name)
    span = span_of(job)
    if workers <= 1 or len(names) == 1:
        for name in names:
            yield _train_one(name, span, job, progress)
        return
    context = multiprocessing.get_context("spawn")  # OpenMP's threads do not survive a fork
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting = [pool.submit(_train_in_worker, name, span, job) for name in names]
        for finished in as_completed(waiting):
            yield finished.result()


def _train_in_worker(name: str, span: Span, job: Job) -> Outcome:
    return _train_one(name, span, job, lambda *_: None)


def train_on_cluster(names: Sequence[str], job: Job, address: str) -> Iterator[Outcome]:
    """Train models on the workers of a Dask scheduler and yield each outcome as it is there.

    The workers read the archive by its URL; what they learnt comes back in files, and is compared with the champion here.
    Raises UnknownModelError, EmptyHistoryError, ClusterUnavailableError.
    """
    for name in names:
        find_model(name)
    span = span_of(job)
    wanted = []
    for name in names:
        if (kept := _kept(name, span, job)) is not None:
            yield kept
        else:
            wanted.append(name)
    if wanted:
        for learnt in on_cluster(_learn_elsewhere, job, wanted, address, code_version):
            history = load_history(find_model(learnt.name), span, job)
            yield _compare(learnt, history, job)


@cache
def code_version() -> str:
    """Return the hash of the code that a training executes."""
    return hash_of_code(CODE)


def _learn_elsewhere(job: Job, name: str) -> Learnt:
    """Learn on a worker of a cluster."""
    try:
        span = span_of(job)
        history = load_history(find_model(name), span, job)
    except (EmptyHistoryError, ArchiveError, OSError) as error:
        return Learnt(name, 0.0, refusal=f"a worker of the cluster cannot read the history: {error}")
    return _learn(name, history, span, job)


def _train_one(name: str, span: Span, job: Job, progress: Progress) -> Outcome:
    if (kept := _kept(name, span, job)) is not None:
        return kept
    began = perf_counter()
    progress(name, "reading the history")
    history = load_history(find_model(name), span, job)
    read = perf_counter() - began
    learnt = _learn(name, history, span, job, progress)
    return _compare(replace(learnt, seconds=learnt.seconds + read), history, job)


def _kept(name: str, span: Span, job: Job) -> Outcome | None:
    """Return the outcome of a model that has learnt from these days already; None where it is to be trained."""
    began = perf_counter()
    if job.again or (present := _up_to_date(name, job.models / name, span, job)) is None:
        return None
    return Outcome(name, perf_counter() - began, present, "up to date", is_kept=True)


def _learn(name: str, history: History, span: Span, job: Job, progress: Progress = lambda *_: None) -> Learnt:
    began, spec = perf_counter(), find_model(name)
    try:
        progress(name, "learning")
        trained = train(spec, history, span, job.options, lambda head: progress(name, f"learning {head}"))
        progress(name, "judging")
        verdict = judge(trained, history)
    except (TooShortHistoryError, NothingToLearnError) as error:
        return Learnt(name, perf_counter() - began, refusal=str(error))
    with TemporaryDirectory(prefix="navswap-train-") as written:
        folder = Path(written)
        manifest = write_trained(
            trained, verdict, folder, window=span, source=job.source, seed=job.options.seed
        )
        write_card(folder, spec, manifest)
        files = {
            str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }
    return Learnt(name, perf_counter() - began, files, trained.split.test)


def _compare(learnt: Learnt, history: History, job: Job) -> Outcome:
    """Make a model the champion if it does better on its test days than the present one."""
    if learnt.test is None:
        return Outcome(learnt.name, learnt.seconds, refusal=learnt.refusal)
    began, candidate = perf_counter(), job.models / ".candidates" / learnt.name
    shutil.rmtree(candidate, ignore_errors=True)
    for path, content in learnt.files.items():
        (candidate / path).parent.mkdir(parents=True, exist_ok=True)
        (candidate / path).write_bytes(content)
    manifest = read_manifest(candidate)
    refusal = keep_better(job.models, find_model(learnt.name), candidate, history, learnt.test)
    seconds = learnt.seconds + perf_counter() - began
    return Outcome(learnt.name, seconds, manifest, refusal, is_kept=bool(refusal))


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
