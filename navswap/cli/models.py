"""`navswap models`: which models serve, their versions, and changing them."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from navswap.cli.configuration import load_settings
from navswap.cli.shell import LOOK, AsJson, app, command, shown

if TYPE_CHECKING:
    from navswap.ml.registry import Manifest

LIST_EXAMPLES = (
    "navswap models list",
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
def list_(folder: Folder = None, as_json: AsJson = False) -> None:
    """List every model: the version that serves, what it saves, and the versions that are kept."""
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
    if as_json:
        sys.stdout.write(json.dumps(found) + "\n")
        return
    table = Table("model", "version", "serves", "saves a decision", "kept versions", "why the baseline")
    for model in found:
        table.add_row(*(str(value) for value in model.values()))
    Console().print(table)


@command(LOOK, *PROMOTE_EXAMPLES, group=models)
def promote(
    name: Name, version: Annotated[str, typer.Argument(help="A kept version.")], folder: Folder = None
) -> None:
    """Let a kept version serve; the present one is kept. Processes take it when they start again."""
    from navswap.ml.catalog import find_model  # noqa: PLC0415
    from navswap.ml.versions import promote as promote_version  # noqa: PLC0415

    manifest = promote_version(_folder(folder), find_model(name).name, version)
    Console().print(f"{name}: {manifest.version} serves. Restart the processes to load it.")


@command(LOOK, *ROLLBACK_EXAMPLES, group=models)
def rollback(name: Name, folder: Folder = None) -> None:
    """Let the newest kept version serve again in place of the present one."""
    from navswap.ml.catalog import find_model  # noqa: PLC0415
    from navswap.ml.versions import UnknownVersionError, list_versions  # noqa: PLC0415
    from navswap.ml.versions import promote as promote_version  # noqa: PLC0415

    root, spec = _folder(folder), find_model(name)
    kept = list_versions(root, spec.name)
    if not kept:
        raise UnknownVersionError(f"No other version of {name} is kept: there is nothing to go back to.")
    manifest = promote_version(root, spec.name, kept[0].version)
    Console().print(f"{name}: {manifest.version} serves again. Restart the processes to load it.")


def _folder(folder: Path | None) -> Path:
    from navswap.ml.folders import models_dir  # noqa: PLC0415

    return folder or models_dir(load_settings())


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
