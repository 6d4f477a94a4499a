"""Chooses settings on the validation part by a seeded search."""

import numpy as np

from navswap.ml.asking import thinned
from navswap.ml.spec import Head, HeadKind
from navswap.ml.training.growing import Part, Run, Settings, grow

MOST_ROWS = 40_000
"""Rows on which settings are compared; all are learnt from afterwards."""
_ROUNDS = 300


def choose_settings(
    head: Head, train: Part, validation: Part, *, trials: int, seed: int, threads: int = 1
) -> Settings:
    """Return the settings of the least loss on the validation part, of `trials` tried; the same for the same seed.

    Of quantiles the median is tried. With no trial, or too little to try on, they are those that usually do.
    """
    usual = Settings(least_rows=max(5, min(60, len(train[1]) // 200)))
    if trials < 1 or not len(validation[1]):
        return usual
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    level = 0.5 if head.kind is HeadKind.QUANTILES else None
    fewer, held_out = _thinned(train), _thinned(validation)

    def loss(trial: optuna.Trial) -> float:
        settings = Settings(
            learning_rate=trial.suggest_float("learning_rate", 0.03, 0.15, log=True),
            leaves=trial.suggest_int("leaves", 4, 63, log=True),
            least_rows=trial.suggest_int("least_rows", 5, max(6, min(400, len(fewer[1]) // 20)), log=True),
            feature_share=trial.suggest_float("feature_share", 0.4, 1.0),
            l2=trial.suggest_float("l2", 0.01, 20.0, log=True),
            sigma=trial.suggest_float("sigma", 0.4, 2.0) if head.kind is HeadKind.SURVIVAL else 1.0,
        )
        grown = grow(head, level, fewer, held_out, settings, Run(seed, _ROUNDS, threads))
        return grown.loss

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    names = ("learning_rate", "leaves", "least_rows", "feature_share", "l2")
    study.enqueue_trial({name: getattr(usual, name) for name in names}, skip_if_exists=True)
    study.optimize(loss, n_trials=trials)
    return Settings(**study.best_params)


def _thinned(part: Part) -> Part:
    chosen = thinned(len(part[1]), MOST_ROWS)
    return part[0][chosen], np.asarray(part[1][chosen])
