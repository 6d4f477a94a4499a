"""`navswap models`: which models serve, their versions, and changing them."""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from navswap.cli.configuration import load_settings
from navswap.cli.opening import opened_runtime
from navswap.cli.shell import LOOK, AsJson, DataDir, app, command, shown
from navswap.settings import Settings

if TYPE_CHECKING:
    from navswap.ml.monitoring.quality import ModelQuality
    from navswap.ml.registry import Manifest

LIST_EXAMPLES = (
    "navswap models list",
    "navswap models list --live",
    "navswap models list --json | jq '.[] | select(.serves == \"BASELINE\")'",
)
PROMOTE_EXAMPLES = ("navswap models promote load 20260329-0a1b2c3d4e",)
ROLLBACK_EXAMPLES = ("navswap models rollback load",)

models = typer.Typer(no_args_is_help=True)
app.add_typer(
    models,
    name="models",
    help="Look at the trained models, and choose which version serves.\n\nnavswap train makes versions; the best on the same "
    "days is the champion, the others are kept. A process loads the champions when it starts.",
    epilog=shown(LIST_EXAMPLES[0], *PROMOTE_EXAMPLES, *ROLLBACK_EXAMPLES),
    rich_help_panel=LOOK,
)

Folder = Annotated[
    Path | None,
    typer.Option(
        "--models", help="The folder of the models. Default: NAVSWAP_MODELS_DIR, else the delivered one."
    ),
]
Name = Annotated[str, typer.Argument(help="A model, as `navswap models list` names it.")]


@command(LOOK, *LIST_EXAMPLES, group=models)
def list_(
    folder: Folder = None,
    live: Annotated[
        bool,
        typer.Option(
            "--live", help="Show also what came of their forecasts, from the database of a network."
        ),
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List every model: the version that serves, what it saves, and the versions that are kept.

    With --live also whether it answers or abstains, and what its bands held in the last day.
    """
    from navswap.ml.catalog import CATALOG  # noqa: PLC0415 - numpy takes a while, and help needs none of it
    from navswap.ml.registry import MANIFEST, read_manifest  # noqa: PLC0415
    from navswap.ml.versions import list_versions  # noqa: PLC0415

    root = _folder(folder)
    found = [
        _plain(
            name,
            read_manifest(root / name) if (root / name / MANIFEST).is_file() else None,
            [kept.version for kept in list_versions(root, name)],
        )
        for name in CATALOG
    ]
    if live:
        qualities = asyncio.run(_qualities(load_settings(data_dir)))
        found = [model | _live(qualities.get(str(model["model"]))) for model in found]
    if as_json:
        sys.stdout.write(json.dumps(found) + "\n")
        return
    table = Table("model", "version", "serves", "saves a decision", "kept versions", "why the baseline")
    for column in ("state", "held of its bands", "said", "outcomes", "why") if live else ():
        table.add_column(column)
    for model in found:
        table.add_row(*(str(value) for value in model.values()))
    Console().print(table)


@command(LOOK, *PROMOTE_EXAMPLES, group=models)
def promote(
    name: Name,
    version: Annotated[str, typer.Argument(help="A kept version.")],
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Let a kept version serve; the present one is kept. Processes take it when they start again."""
    from navswap.ml.catalog import find_model  # noqa: PLC0415
    from navswap.ml.versions import promote as promote_version  # noqa: PLC0415

    manifest = promote_version(_folder(folder), find_model(name).name, version)
    _say_what_serves(name, manifest, "serves", as_json=as_json)


@command(LOOK, *ROLLBACK_EXAMPLES, group=models)
def rollback(name: Name, folder: Folder = None, as_json: AsJson = False) -> None:
    """Let the newest kept version serve again in place of the present one."""
    from navswap.ml.catalog import find_model  # noqa: PLC0415
    from navswap.ml.versions import UnknownVersionError, list_versions  # noqa: PLC0415
    from navswap.ml.versions import promote as promote_version  # noqa: PLC0415

    root, spec = _folder(folder), find_model(name)
    kept = list_versions(root, spec.name)
    if not kept:
        raise UnknownVersionError(f"No other version of {name} is kept: there is nothing to go back to.")
    manifest = promote_version(root, spec.name, kept[0].version)
    _say_what_serves(name, manifest, "serves again", as_json=as_json)


def _say_what_serves(name: str, manifest: "Manifest", what: str, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({"model": name, "version": manifest.version}) + "\n")
    else:
        Console().print(f"{name}: {manifest.version} {what}. Restart the processes to load it.")


def _folder(folder: Path | None) -> Path:
    from navswap.ml.folders import models_dir  # noqa: PLC0415

    return folder or models_dir(load_settings())


async def _qualities(settings: Settings) -> "dict[str, ModelQuality]":
    """Return what is known of outcomes, by model; raises MongoUnreachableError."""
    from navswap.features.predictions.service import PredictionsServices  # noqa: PLC0415

    async with opened_runtime(settings) as runtime:
        return await PredictionsServices.of(runtime).quality.list_stored()


def _live(quality: "ModelQuality | None") -> dict[str, object]:
    if quality is None:
        return {
            "state": None,
            "coverage": None,
            "promised": None,
            "outcomes": 0,
            "reason": "no outcome is known",
        }
    day = quality.window(timedelta(days=1))
    return {
        "state": str(quality.state),
        "coverage": _rounded(day.coverage_in_force),
        "promised": _rounded(day.promised_in_force),
        "outcomes": quality.outcomes,
        "reason": quality.reason,
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _plain(name: str, manifest: "Manifest | None", kept: list[str]) -> dict[str, object]:
    if manifest is None:
        return {
            "model": name,
            "version": "none",
            "serves": "BASELINE",
            "saving": None,
            "kept": kept,
            "why": "not trained",
        }
    return {
        "model": name,
        "version": manifest.version,
        "serves": "MODEL" if manifest.serves_model else "BASELINE",
        "saving": manifest.worth["model"].get("saving"),
        "kept": kept,
        "why": "; ".join(manifest.reasons),
    }
