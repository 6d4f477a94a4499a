"""Champion and challenger: the folder of a model is its champion; `.versions` beside it keeps the others.

A new version takes the place of the champion only when it does better on the same days, which neither has learnt from.
"""

import shutil
from pathlib import Path
from typing import Final

import numpy as np

from navswap.kit.errors import NavSwapError
from navswap.ml.evaluation.figures import figures_of
from navswap.ml.history import History
from navswap.ml.registry import MANIFEST, BadArtefactError, Manifest, read_manifest
from navswap.ml.serving import Model
from navswap.ml.spec import ModelSpec, Span

VERSIONS: Final = ".versions"


class UnknownVersionError(NavSwapError):
    """There is no such version of the model; the message names those that there are."""

    code = "UNKNOWN_VERSION"


def keep_better(models: Path, spec: ModelSpec, candidate: Path, history: History, test: Span) -> str:
    """Make a candidate the champion if it does better than the present one; return why not, else an empty text."""
    champion = models / spec.name
    reason = _why_not_better(spec, champion, candidate, history, test)
    if reason:
        _keep(models, spec.name, candidate)
        return reason
    if (champion / MANIFEST).is_file():
        _keep(models, spec.name, champion)
    _replace(champion, candidate)
    return ""


def list_versions(models: Path, name: str) -> list[Manifest]:
    """Return the manifests of the kept versions of a model that are not its champion, the newest first."""
    kept = models / VERSIONS / name
    found = [read_manifest(folder) for folder in kept.iterdir()] if kept.is_dir() else []
    return sorted(found, key=lambda manifest: manifest.window["history_end_ms"], reverse=True)


def promote(models: Path, name: str, version: str) -> Manifest:
    """Make a kept version the champion and keep the present one; raises UnknownVersionError, BadArtefactError."""
    source = models / VERSIONS / name / version
    if not (source / MANIFEST).is_file():
        known = ", ".join(manifest.version for manifest in list_versions(models, name)) or "none is kept"
        raise UnknownVersionError(f"There is no version {version!r} of {name}: {known}.")
    champion = models / name
    if (champion / MANIFEST).is_file():
        _keep(models, name, champion)
    _replace(champion, source)
    return read_manifest(champion)


def _why_not_better(spec: ModelSpec, champion: Path, candidate: Path, history: History, test: Span) -> str:
    if not (champion / MANIFEST).is_file():
        return ""
    try:
        present = Model.load(champion, spec)
    except BadArtefactError:
        return ""  # it could not be served any more
    if present.manifest is not None and present.manifest.window["history_end_ms"] > test.begin_ms:
        return ""  # it may have learnt from these days, so that a comparison would flatter it
    rows = spec.ask(history, test)
    came = spec.came(history, rows)
    old, new = (
        figures_of(spec, model.forecast(history, rows).outputs, came).get(spec.metric, np.nan)
        for model in (present, Model.load(candidate, spec))
    )
    is_better = new > old if spec.more_is_better else new < old
    return (
        "" if is_better else f"the champion {present.version} has {spec.metric} {old:.4g}, this one {new:.4g}"
    )


def _keep(models: Path, name: str, folder: Path) -> None:
    _replace(models / VERSIONS / name / read_manifest(folder).version, folder)


def _replace(target: Path, source: Path) -> None:
    """Put a copy of a folder in the place of another, so that no half of one is ever seen there."""
    staged = target.with_name(f".{target.name}.new")
    shutil.rmtree(staged, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, staged)
    shutil.rmtree(target, ignore_errors=True)
    staged.rename(target)
