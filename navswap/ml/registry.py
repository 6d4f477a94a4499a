"""Artefacts on disk: a folder a model with its manifest, native files and card, checked before anything is served."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

import orjson
from pydantic import TypeAdapter, ValidationError

from navswap.kit.errors import NavSwapError
from navswap.ml.calibration import Calibration
from navswap.ml.forecasting import Widths
from navswap.ml.spec import Head, ModelSpec
from navswap.ml.trees import Trees, file_names

MANIFEST: Final = "manifest.json"
CARD: Final = "CARD.md"
FORMAT: Final = 1


class BadArtefactError(NavSwapError):
    """A model folder that must not be served: the message says which file and why."""

    code = "BAD_ARTEFACT"


@dataclass(frozen=True, slots=True)
class HeadFiles:
    """What a manifest says of a head: its files, its calibration, and how it was grown."""

    files: tuple[str, ...]
    calibration: Calibration
    settings: Mapping[str, float] = field(default_factory=dict)
    rounds: tuple[int, ...] = ()
    base: str = ""
    scale: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of an artefact; times are milliseconds since 1970.

    `serves_model` is false where the baseline is served in its place, for the `reasons`. `digests` are SHA-256 by file.
    """

    name: str
    version: str
    features: tuple[str, ...]
    outputs: tuple[str, ...]
    heads: Mapping[str, HeadFiles]
    baseline_widths: Mapping[str, Mapping[str, Widths]]
    serves_model: bool
    reasons: tuple[str, ...]
    figures: Mapping[str, Mapping[str, float]]
    worth: Mapping[str, Mapping[str, float]]
    coverage: Mapping[str, Mapping[str, float]]
    window: Mapping[str, int]
    rows: Mapping[str, int]
    source: str
    seed: int
    libraries: Mapping[str, str]
    digests: Mapping[str, str]
    baseline_heads: tuple[str, ...] = ()
    """Heads in whose place the baseline answers."""
    format: int = FORMAT


def write_artefact(
    folder: Path, manifest: Manifest, trees: Mapping[str, Sequence[Trees]], heads: Sequence[Head]
) -> Manifest:
    """Write the native files and the manifest of a model; return it with digests and its version."""
    folder.mkdir(parents=True, exist_ok=True)
    digests = {}
    for head in heads:
        for name, grown in zip(file_names(head), trees[head.name], strict=True):
            grown.save(folder / name)
            digests[name] = digest_of(folder / name)
    for stale in folder.iterdir():
        if stale.suffix in {".txt", ".ubj"} and stale.name not in digests:
            stale.unlink()
    whole = sha256("".join(digests[name] for name in sorted(digests)).encode()).hexdigest()[:10]
    content = asdict(manifest) | {"digests": digests, "version": f"{manifest.version}-{whole}"}
    (folder / MANIFEST).write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")
    return read_manifest(folder)


def read_manifest(folder: Path) -> Manifest:
    """Read a manifest; raises BadArtefactError for one that is missing or not of this format."""
    path = folder / MANIFEST
    try:
        manifest = TypeAdapter(Manifest).validate_json(path.read_bytes())
    except FileNotFoundError:
        raise BadArtefactError(f"There is no {path}: train the model, or take its folder away.") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise BadArtefactError(f"{path} is no manifest of a model: {place}: {first['msg']}.") from None
    if manifest.format != FORMAT:
        raise BadArtefactError(f"{path} is not of format {FORMAT}: train the model again.")
    return manifest


def check_artefact(folder: Path, manifest: Manifest, spec: ModelSpec) -> None:
    """Check that files are those of the manifest and features those of the code; raises BadArtefactError."""
    if manifest.name != spec.name:
        raise BadArtefactError(f"{folder / MANIFEST} is of the model {manifest.name}, not {spec.name}.")
    if manifest.features != spec.feature_names:
        odd = sorted(set(manifest.features) ^ set(spec.feature_names)) or ["their order"]
        raise BadArtefactError(
            f"{folder}: it was trained on other features than this version computes ({', '.join(odd)}). "
            f"Train it again: navswap train {spec.name}"
        )
    wanted = tuple(name for head in spec.heads for name in head.outputs)
    if manifest.outputs != wanted:
        raise BadArtefactError(f"{folder}: it forecasts {manifest.outputs}, this version asks for {wanted}.")
    for head in spec.heads:
        learnt = manifest.heads[head.name]
        if (learnt.base, learnt.scale) != (head.base, head.scale):
            raise BadArtefactError(
                f"{folder}: {head.name} was not learnt beside {head.base or 'nothing'}, in units of {head.scale or '1'}. "
                f"Train it again: navswap train {spec.name}"
            )
    for name, digest in manifest.digests.items():
        path = folder / name
        if not path.is_file():
            raise BadArtefactError(f"{path} is missing.")
        if digest_of(path) != digest:
            raise BadArtefactError(f"{path} is not the file of its manifest (SHA-256 differs).")


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return sha256(path.read_bytes()).hexdigest()
