"""The card of a model: what it is, how it did beside its baselines, and what its decisions cost; made, never written by hand."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson

from navswap.ml.evaluation.charts import bar_chart, write_chart
from navswap.ml.evaluation.judging import MODEL
from navswap.ml.registry import CARD, Manifest
from navswap.ml.spec import ModelSpec

LICENCE: Final = "proprietary"


def write_card(folder: Path, spec: ModelSpec, manifest: Manifest) -> None:
    """Write `CARD.md` and its plots beside a manifest."""
    plots = _plots(folder, manifest)
    sections = [
        _head(spec, manifest),
        (
            f"# {spec.title}\n\n{_first_line(spec, manifest)}\n\nForecasts {spec.says}. Asked by `{spec.root}`; "
            f"decides {spec.stakes.decision}."
        ),
        _figures(spec, manifest),
        _worth(manifest),
        _coverage(manifest),
        *plots,
        _features(spec),
        _data(manifest),
    ]
    text = "\n\n".join(section for section in sections if section)
    (folder / CARD).write_text(text + "\n", encoding="utf-8")


def _first_line(spec: ModelSpec, manifest: Manifest) -> str:
    if manifest.serves_model:
        saving = manifest.worth[MODEL]
        heads = ", ".join(f"`{head}`" for head in manifest.baseline_heads)
        served = (
            f"**The model is served**, and for {heads} the baseline." if heads else "**The model is served.**"
        )
        return (
            f"{served} A decision on it saves {saving['saving']:.4g} currency units "
            f"({saving['saving_low']:.4g} to {saving['saving_high']:.4g}, 95 %) against `{spec.baselines[-1].name}`."
        )
    return f"**The baseline `{spec.baselines[-1].name}` is served, not the model:** {'; '.join(manifest.reasons)}."


def _head(spec: ModelSpec, manifest: Manifest) -> str:
    """Return the `model-index` that model hubs read; JSON is YAML."""
    figures = [
        {"type": name, "value": round(value, 6), "name": name}
        for name, value in manifest.figures.get(MODEL, {}).items()
    ]
    index = {
        "license": LICENCE,
        "library_name": spec.heads[0].learner.value.lower(),
        "tags": ["tabular", "battery-swap", *spec.tags],
        "model-index": [
            {
                "name": f"navswap-{spec.name}",
                "results": [
                    {
                        "task": {"type": "tabular-regression", "name": spec.says},
                        "dataset": {"name": manifest.source, "type": "navswap-archive"},
                        "metrics": figures,
                    }
                ],
            }
        ],
    }
    return "---\n" + orjson.dumps(index, option=orjson.OPT_INDENT_2).decode() + "\n---"


def _figures(spec: ModelSpec, manifest: Manifest) -> str:
    names = list(manifest.figures)
    rows = sorted({figure for figures in manifest.figures.values() for figure in figures})
    lines = [
        (
            f"## Figures on the test part\n\n{manifest.rows['test']:,} rows; compared by `{spec.metric}`"
            f"{' (more is better)' if spec.more_is_better else ''}.\n"
        ),
        "| figure | " + " | ".join(f"`{name}`" for name in names) + " |",
        "|---|" + "---:|" * len(names),
    ]
    for row in rows:
        cells = [_cell(manifest.figures[name].get(row)) for name in names]
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    rules = "\n".join(f"- `{baseline.name}`: {baseline.says}." for baseline in spec.baselines)
    units = "\n".join(f"- `{head.name}` ({head.unit}): {head.says}." for head in spec.heads)
    return "\n".join(lines) + f"\n\n{rules}\n\n{units}"


def _worth(manifest: Manifest) -> str:
    lines = [
        "## What the decisions cost\n",
        "Currency units a decision, on the same rows; regret is above who had known what came.\n",
        "| decided by | cost | regret | saving against the served baseline (95 %) |",
        "|---|---:|---:|---:|",
    ]
    best = manifest.worth["oracle"].get("cost", 0.0)
    for name, worth in manifest.worth.items():
        if "cost" not in worth:
            continue
        low, high = worth.get("saving_low", 0.0), worth.get("saving_high", 0.0)
        span = f"{worth['saving']:.4g} ({low:.4g} to {high:.4g})"
        lines.append(f"| {name} | {worth['cost']:.4g} | {worth['cost'] - best:.4g} | {span} |")
    return "\n".join(lines)


def _coverage(manifest: Manifest) -> str:
    if not manifest.coverage:
        return ""
    lines = ["## Coverage of the bands\n"]
    for name, shares in manifest.coverage.items():
        if shares:
            lines.append(f"- {name}: {min(shares.values()):.0%} to {max(shares.values()):.0%}")
    return "\n".join(lines)


def _plots(folder: Path, manifest: Manifest) -> list[str]:
    found = []
    for place, (name, shares) in enumerate(manifest.coverage.items()):
        if len(shares) > 1:
            file = f"coverage-{place + 1}.svg"
            write_chart(folder / file, bar_chart(f"Coverage of {name}", shares, highest=1.0))
            found.append(f"![Coverage of {name}]({file})")
    costs = {name: worth["cost"] for name, worth in manifest.worth.items() if "cost" in worth}
    write_chart(folder / "cost.svg", bar_chart("Cost a decision", costs))
    return [*found, "![Cost a decision](cost.svg)"]


def _features(spec: ModelSpec) -> str:
    lines = ["## Features\n", "| name | what | unit |", "|---|---|---|"]
    lines += [f"| `{feature.name}` | {feature.label} | {feature.unit} |" for feature in spec.features]
    return "\n".join(lines)


def _data(manifest: Manifest) -> str:
    parts = [
        f"| {part} | {_day(manifest.window[f'{part}_begin_ms'])} | {_day(manifest.window[f'{part}_end_ms'])} |"
        for part in ("history", "train", "validation", "calibration", "test")
    ]
    libraries = ", ".join(f"{name} {version}" for name, version in manifest.libraries.items())
    return "\n".join(
        [
            f"## Data\n\n{manifest.source}; seed {manifest.seed}, version `{manifest.version}`, {libraries}.\n",
            "| part | from | until |",
            "|---|---|---|",
            *parts,
        ]
    )


def _day(moment_ms: int) -> str:
    return f"{datetime.fromtimestamp(moment_ms / 1000, UTC):%Y-%m-%d %H:%M}"


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
