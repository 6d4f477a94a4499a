"""`navswap evaluate`: how good models are on data that they have not seen."""

from pathlib import Path
from typing import Annotated

import typer

from navswap.cli.shell import LOOK, AsJson, command

EXAMPLES = (
    "navswap evaluate --published ../shared/data",
    "navswap evaluate --published ../shared/data --set yaz --set ai4i --seed 2",
    "navswap evaluate --published ../shared/data --json > published.json",
)


@command(LOOK, *EXAMPLES)
def evaluate(
    published: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            exists=True,
            file_okay=False,
            help="Folder of the real sets: los_loop, ai4i, cmapss_fd001, entsoe, yaz, battery_ageing_mit, charged_melbourne.",
        ),
    ],
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME", help="A set to judge on; several may be named. Default: all seven."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=1_000_000, help="The seed of all chance.")] = 1,
    trials: Annotated[
        int, typer.Option(min=0, max=200, help="Settings tried for each target, on the validation part.")
    ] = 8,
    as_json: AsJson = False,
) -> None:
    """Judge the learners on seven real data sets, beside the results that others published for them.

    Each set is learnt from as a model of the catalog would, on the protocol of the published result. Settings, rounds and
    thresholds are chosen on validation parts, and the test part is read once, at the end. The table shows losses as plainly
    as wins.

    All seven take about ten minutes on one quiet core. Needs no server; the same seed and data give the same figures.
    """
    from navswap.cli.published import evaluate_published  # noqa: PLC0415 - help needs none of it
    from navswap.ml.training.trainer import Options  # noqa: PLC0415

    evaluate_published(published, sets or [], Options(trials=trials, seed=seed), as_json=as_json)
