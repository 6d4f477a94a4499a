"""`navswap evaluate`: how good models are on data that they have not seen."""

from pathlib import Path
from typing import Annotated

import typer

from navswap.cli.shell import LOOK, AsJson, HistoryTimeZone, command

PUBLISHED = "Published results"

EXAMPLES = (
    "navswap evaluate",
    "navswap evaluate load arrival --history history --time-zone Asia/Kolkata",
    "navswap evaluate --recovery 21 --history planted --time-zone Asia/Kolkata",
    "navswap evaluate --published ../shared/data",
    "navswap evaluate --published ../shared/data --set yaz --set ai4i --seed 2",
    "navswap evaluate --published ../shared/data --json > published.json",
)

Models = Annotated[list[str] | None, typer.Argument(help="Models to judge. Default: all.")]
HistoryUrl = Annotated[
    str | None,
    typer.Option(
        help="Judge on days of this archive that the models have not learnt from, and not as they were trained."
    ),
]
ModelsFolder = Annotated[
    Path | None,
    typer.Option(
        "--models", help="The folder of the models. Default: NAVSWAP_MODELS_DIR, else the delivered one."
    ),
]
RecoveryDay = Annotated[
    int | None,
    typer.Option(
        metavar="DAY",
        min=4,
        max=3650,
        help="Live through --history hour by hour, and show how bands come back after the day, from 0, on which it changes.",
    ),
]
PublishedFolder = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        exists=True,
        file_okay=False,
        rich_help_panel=PUBLISHED,
        help="Folder of the real sets: los_loop, ai4i, cmapss_fd001, entsoe, yaz, battery_ageing_mit, charged_melbourne.",
    ),
]
PublishedSets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME",
        rich_help_panel=PUBLISHED,
        help="A set to judge on; several may be named. Default: all seven.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, max=1_000_000, help="The seed of all chance.")]
Trials = Annotated[
    int, typer.Option(min=0, max=200, help="Settings tried for each target, on the validation part.")
]


@command(LOOK, *EXAMPLES)
def evaluate(  # noqa: PLR0913, PLR0917 - each option of the command is an argument
    models: Models = None,
    history: HistoryUrl = None,
    time_zone: HistoryTimeZone = None,
    folder: ModelsFolder = None,
    recovery: RecoveryDay = None,
    published: PublishedFolder = None,
    sets: PublishedSets = None,
    seed: Seed = 1,
    trials: Trials = 8,
    as_json: AsJson = False,
) -> None:
    """Show how good the models are beside their baselines, and what their decisions are worth.

    Without options it is as they were judged when they were trained, on days that they had not seen; with --history on other
    days. Losses are shown as plainly as wins.

    With --recovery the models that are served meet a history that changes, as one that `navswap simulate --scenario --record` makes: each
    hour they forecast, are compared with what came, adapt their bands, abstain and return, as a worker lets them.

    With --published the learners are judged on seven real data sets, beside the results that others published for them. Each set is
    learnt from as a model of the catalog would, on the protocol of the published result. Settings, rounds and thresholds are
    chosen on validation parts, and the test part is read once, at the end. All seven take about ten minutes on one quiet core.
    Needs no server; the same seed and data give the same figures.
    """
    from navswap.ml.training.trainer import Options  # noqa: PLC0415 - help needs none of it

    if published is not None:
        from navswap.cli.published import evaluate_published  # noqa: PLC0415

        evaluate_published(published, sets or [], Options(trials=trials, seed=seed), as_json=as_json)
        return
    if recovery is not None:
        from navswap.cli.recovery import show_recovery  # noqa: PLC0415

        if history is None:
            raise typer.BadParameter("name the history that changes", param_hint="--history")
        show_recovery(models or [], history, time_zone, folder, recovery, as_json=as_json)
        return
    from navswap.cli.judged import evaluate_models  # noqa: PLC0415

    evaluate_models(models or [], history, time_zone, folder, as_json=as_json)
