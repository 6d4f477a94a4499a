"""How every study learns: settings chosen by the catalog's search, trees grown by the catalog's learners."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from navswap.ml.history import Floats, Integers
from navswap.ml.spec import Head, Learner
from navswap.ml.training.growing import Grown, Part, Run, Settings, grow
from navswap.ml.training.trainer import Options
from navswap.ml.training.tuning import choose_settings
from navswap.ml.trees import Trees


@dataclass(frozen=True, slots=True)
class Learnt:
    """Trees whose mean is the forecast, and what validation said: the settings, the rounds and the loss.

    `held_out` is what was forecast of each row of the training part by trees that had not seen it; NaN without folds.
    """

    trees: tuple[Trees, ...]
    settings: Settings
    rounds: tuple[int, ...]
    loss: float
    held_out: Floats

    def predict(self, matrix: NDArray[np.float64], threads: int = 1) -> Floats:
        """Return the mean of what the trees say of each row."""
        return np.asarray(np.mean([trees.predict(matrix, threads) for trees in self.trees], axis=0))

    def __str__(self) -> str:
        """Return the settings in a line."""
        chosen = self.settings
        return (
            f"learning rate {chosen.learning_rate:.3f}, {chosen.leaves} leaves of {chosen.least_rows} rows or more, "
            f"{chosen.feature_share:.2f} of the features, L2 {chosen.l2:.2f}, "
            f"rounds {', '.join(map(str, self.rounds))}"
        )


def learn_before(
    head: Head,
    train: Part,
    validation: Part,
    options: Options,
    *,
    level: float | None = None,
    bags: int = 1,
    settings: Settings | None = None,
) -> Learnt:
    """Learn from rows with later ones for validation.

    Settings that are given were chosen before. Of several `bags` each has a seed of its own.
    """
    settings = settings or choose_settings(
        head, train, validation, trials=options.trials, seed=options.seed, threads=options.threads
    )
    trees, rounds, losses = [], [], []
    for bag in range(bags):
        run = Run(options.seed + bag, threads=options.threads)
        best = grow(head, level, train, validation, settings, run)
        final = grow(head, level, train, None, settings, replace(run, rounds=best.rounds))
        trees.append(final.trees)
        rounds.append(best.rounds)
        losses.append(best.loss)
    unseen = np.full(len(train[1]), np.nan)
    return Learnt(tuple(trees), settings, tuple(rounds), float(np.mean(losses)), unseen)


def learn_again(head: Head, learnt: Learnt, whole: Part, options: Options) -> Learnt:
    """Return what the same settings and rounds learn from other rows, such as those of validation besides."""
    trees = tuple(
        grow(
            head,
            None,
            whole,
            None,
            learnt.settings,
            Run(options.seed + bag, rounds=rounds, threads=options.threads),
        ).trees
        for bag, rounds in enumerate(learnt.rounds)
    )
    return replace(learnt, trees=trees)


def learn_in_folds(
    head: Head, train: Part, folds: Integers, options: Options, *, level: float | None = None, bags: int = 1
) -> Learnt:
    """Learn once for each fold with that fold for validation; settings are chosen on the first.

    What belongs together (an engine, a battery) must be in one fold. Of several `bags` each has a seed of its own.
    """
    matrix, came = train
    settings = choose_settings(
        head, *_parted(train, folds == 0), trials=options.trials, seed=options.seed, threads=options.threads
    )
    held_out = np.zeros(len(came))
    trees, rounds, losses = [], [], []
    for fold in np.unique(folds):
        is_held = folds == fold
        for bag in range(bags):
            run = Run(options.seed + bag, threads=options.threads)
            grown = grow(head, level, *_parted(train, is_held), settings, run)
            kept = _best(grown)
            held_out[is_held] += kept.predict(matrix[is_held], options.threads) / bags
            trees.append(kept)
            rounds.append(grown.rounds)
            losses.append(grown.loss)
    return Learnt(tuple(trees), settings, tuple(rounds), float(np.mean(losses)), held_out)


def _parted(part: Part, is_held: NDArray[np.bool_]) -> tuple[Part, Part]:
    matrix, came = part
    return (matrix[~is_held], came[~is_held]), (matrix[is_held], came[is_held])


def _best(grown: Grown) -> Trees:
    """Return the trees up to the round that was best; LightGBM predicts with those of itself."""
    if grown.trees.learner is Learner.LIGHTGBM:
        return grown.trees
    return Trees(Learner.XGBOOST, grown.trees.booster[: grown.rounds])
