"""What a study of a published set is, and what comes of one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from navswap.kit.errors import NavSwapError
from navswap.ml.history import Integers
from navswap.ml.training.trainer import Options

Progress = Callable[[str], None]
"""Called with what is done next."""


class MissingDataError(NavSwapError):
    """A file of a published set is not where it was looked for; the message names it."""

    code = "MISSING_DATA"


@dataclass(frozen=True, slots=True)
class Result:
    """One figure of the test part: the published one, that of a rule without learning, and NavSwap's."""

    metric: str
    reference: float
    reference_by: str
    baseline: float
    navswap: float
    more_is_better: bool = False

    @property
    def is_better(self) -> bool:
        """Return whether NavSwap's is better than the published figure."""
        return self.navswap > self.reference if self.more_is_better else self.navswap < self.reference


@dataclass(frozen=True, slots=True)
class Answer:
    """What a study found: its figures, and the settings that its validation part chose."""

    results: tuple[Result, ...]
    settings: str


@dataclass(frozen=True, slots=True)
class Study:
    """A published set: which model of the catalog it is a test of, its protocol and its baseline in words."""

    name: str
    model: str
    title: str
    protocol: str
    baseline: str
    run: Callable[[Path, Options, Progress], Answer]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a study found, with which seed, in how many seconds."""

    study: Study
    answer: Answer
    seed: int
    seconds: float

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        return {
            "set": self.study.name,
            "model": self.study.model,
            "title": self.study.title,
            "protocol": self.study.protocol,
            "baseline": self.study.baseline,
            "seed": self.seed,
            "seconds": round(self.seconds, 1),
            "settings": self.answer.settings,
            "results": [
                {
                    "metric": result.metric,
                    "reference": result.reference,
                    "reference_by": result.reference_by,
                    "baseline": result.baseline,
                    "navswap": result.navswap,
                    "is_better": result.is_better,
                }
                for result in self.answer.results
            ],
        }


def data_file(folder: Path, name: str) -> Path:
    """Return a file of the folder of sets; raises MissingDataError."""
    path = folder / name
    if not path.is_file():
        raise MissingDataError(f"{path} is missing; the folder of the published sets has to hold {name}.")
    return path


def fold_numbers(count: int, folds: int, seed: int) -> Integers:
    """Return a fold for each of `count` things, by a shuffle of that seed; folds differ by one thing at most."""
    numbers = np.arange(count, dtype=np.int64) % folds
    np.random.default_rng(seed).shuffle(numbers)
    return numbers
