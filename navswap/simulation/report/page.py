"""The report of runs: one HTML file with tables and plots, which loads nothing from elsewhere."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
import numpy.typing as npt

from navswap.simulation.comparison import Comparison, Difference, Method, Standing, Verdict
from navswap.simulation.engine.series import LONGEST_WAIT_MINUTES
from navswap.simulation.report.charts import (
    MINUTES_A_DAY_CLASSES,
    Axes,
    Dot,
    Line,
    interval_bar,
    line_chart,
    station_map,
)
from navswap.simulation.report.figures import figure_of
from navswap.simulation.report.table import interval_text, saved_text
from navswap.simulation.tournament.work import Record
from navswap.simulation.world.city import City

STYLE = Path(__file__).with_name("style.css")
MOST_HOURS = 72
"""Longer runs are shown by the hour of the day, as the mean of their days."""
COLOURS = 6
DAY_HOURS = 24


@dataclass(frozen=True, slots=True)
class Report:
    """What is reported: runs of one city, as its scenario left it; with a comparison where there is more than one policy.

    Raises ValueError where there is no run, or where a run is of another city.
    """

    city: City
    records: Sequence[Record]
    scenario: str = "an ordinary run"
    comparison: Comparison | None = None

    def __post_init__(self) -> None:
        if not self.records:
            raise ValueError("there is no run to report")
        if any(len(record.series.swaps_by_station) != len(self.city.stations) for record in self.records):
            raise ValueError("a run is of a city with other stations")

    @property
    def policies(self) -> list[str]:
        """Return the names of the policies, the first one first."""
        return list(dict.fromkeys(record.policy for record in self.records))

    @property
    def seeds(self) -> int:
        """Return how many seeds there are."""
        return len({record.seed for record in self.records})

    @property
    def days(self) -> int:
        """Return how many days a run is."""
        return len(self.records[0].series.swaps) // DAY_HOURS

    def mean_of(self, policy: str, series: str) -> npt.NDArray[np.float64]:
        """Return the mean of a series over the runs of a policy."""
        runs = [getattr(record.series, series) for record in self.records if record.policy == policy]
        return np.asarray(np.mean(np.array(runs, dtype=float), axis=0))

    def by_hour(self, policy: str, series: str) -> npt.NDArray[np.float64]:
        """Return the mean of a series by hour of the run, or of the day where the run is long."""
        hours = self.mean_of(policy, series)
        return hours if len(hours) <= MOST_HOURS else hours.reshape(-1, DAY_HOURS).mean(axis=0)


def write_report(report: Report, path: Path) -> None:
    """Write the report to a file; raises OSError."""
    path.write_text(render(report), encoding="utf-8")


def render(report: Report) -> str:
    """Return the report as HTML."""
    days = f"{report.days} day{'s' if report.days > 1 else ''}"
    seeds = f"{report.seeds} seed{'s' if report.seeds > 1 else ''}"
    title = f"{' · '.join(report.policies)}: {days} of {report.city.name}"
    about = (
        f"{len(report.city.stations):,} stations, {seeds}, {report.scenario}. Simulated by NavSwap's twin; "
        "where there are several seeds, figures are means over them."
    )
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{STYLE.read_text('utf-8')}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(about)}</p>",
        _figures(report),
        _differences(report.comparison) if report.comparison is not None else "",
        _waits(report),
        _lost(report),
        _energy(report),
        _maps(report),
        "</body></html>\n",
    ]
    return "".join(parts)


def _figures(report: Report) -> str:
    rows = []
    of_policy = {
        policy: [record.figures for record in report.records if record.policy == policy]
        for policy in report.policies
    }
    for name in report.records[0].figures:
        figure = figure_of(name)
        means = (_mean([run[name] for run in runs]) for runs in of_policy.values())
        rows.append([figure.title, *map(figure.write, means)])
    return f"<h2>Figures</h2>{_table(['', *report.policies], rows)}"


def _differences(comparison: Comparison) -> str:
    first, *others = comparison.standings
    about = (
        "Paired by seed, with 95 % confidence intervals: Student's t, or bootstrap (*) where the differences are not normal. "
        "Variance saved is the share that pairing took out of the difference. The small plots have 0 in their middle."
    )
    parts = [f"<h2>Differences to {escape(first.policy)}</h2><p>{about}</p>"]
    parts += [f"<h3>{escape(standing.policy)}</h3>{_difference_table(standing)}" for standing in others]
    return "".join(parts)


def _difference_table(standing: Standing) -> str:
    rows = []
    for name, difference in standing.differences.items():
        figure = figure_of(name)
        rows.append(
            f"<tr><td>{escape(figure.title)}</td><td>{escape(interval_text(figure, difference))}</td>"
            f"<td>{_bar(difference)}</td>{_verdict(difference.verdict)}"
            f"<td>{saved_text(difference)}</td></tr>"
        )
    head = "<tr><th></th><th>difference [interval]</th><th></th><th></th><th>variance saved</th></tr>"
    return f'<div class="scroll"><table><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table></div>'


def _bar(difference: Difference) -> str:
    if difference.method is Method.NONE or difference.verdict is Verdict.SAME:
        return ""
    return interval_bar(difference.low, difference.mean, difference.high)


def _verdict(verdict: Verdict) -> str:
    texts = {Verdict.BETTER: "better", Verdict.WORSE: "worse", Verdict.DIFFERENT: "differs"}
    return f'<td class="{verdict.value.lower()}">{texts.get(verdict, "")}</td>'


def _waits(report: Report) -> str:
    lines = []
    for number, policy in enumerate(report.policies):
        waits = report.mean_of(policy, "waits")
        longer = waits[::-1].cumsum()[::-1] / max(waits.sum(), 1e-9) * 100
        lines.append(Line(policy, longer[1:].tolist(), number % COLOURS))
    ticks = [(minute - 1.0, str(minute)) for minute in (1, *range(10, LONGEST_WAIT_MINUTES + 1, 10))]
    axes = Axes("minutes", "% of riders who were served", ticks)
    return _chart(
        "Waits",
        "Share of the riders who were served that waited so many minutes or longer, from arrival to the begin of the swap.",
        lines,
        axes,
        [f"{minute} min" for minute in range(1, LONGEST_WAIT_MINUTES + 1)],
    )


def _lost(report: Report) -> str:
    lines = [
        Line(policy, report.by_hour(policy, "lost").tolist(), number % COLOURS)
        for number, policy in enumerate(report.policies)
    ]
    hours = len(lines[0].values)
    return _chart(
        "Lost swaps",
        "Riders in an hour who wanted a pack and got none.",
        lines,
        Axes("local time", "riders lost in an hour", _hour_ticks(hours), is_stepped=True),
        _hours(hours),
    )


def _energy(report: Report) -> str:
    lines = [
        Line(policy, report.by_hour(policy, "kwh").tolist(), number % COLOURS)
        for number, policy in enumerate(report.policies)
    ]
    kwh = sum(report.by_hour(policy, "kwh") for policy in report.policies)
    cost = sum(report.by_hour(policy, "energy_cost") for policy in report.policies)
    prices = np.divide(cost, kwh, out=np.zeros_like(np.asarray(kwh)), where=np.asarray(kwh) > 0)
    hours = len(lines[0].values)
    price = Line("mean price per kWh", prices.tolist(), None)
    return _chart(
        "Energy",
        "Drawn by all chargers in an hour, in kWh (left), and what a kWh cost on average (right, dashed).",
        lines,
        Axes("local time", "kWh in an hour", _hour_ticks(hours), right="price per kWh", is_stepped=True),
        _hours(hours),
        price,
    )


def _maps(report: Report) -> str:
    figures = []
    for policy in report.policies:
        minutes = report.mean_of(policy, "stock_out_minutes_by_station") / report.days
        swaps = report.mean_of(policy, "swaps_by_station") / report.days
        dots = [
            Dot(site.point.longitude, site.point.latitude, site.name, float(without), float(done))
            for site, without, done in zip(report.city.stations, minutes, swaps, strict=True)
        ]
        figures.append(
            f"<figure>{station_map(dots, f'Stations under {policy}')}<figcaption>{escape(policy)}</figcaption></figure>"
        )
    bounds = [f"up to {bound:.0f} min" for bound in MINUTES_A_DAY_CLASSES[1:]]
    names = ["none", *bounds, f"more than {MINUTES_A_DAY_CLASSES[-1]:.0f} min"]
    legend = "".join(
        f'<li><svg viewBox="0 0 18 10"><circle class="s{number}" cx="9" cy="5" r="4.5"/></svg>{name}</li>'
        for number, name in enumerate(names)
    )
    return (
        "<h2>Stock</h2><p>Minutes a day in which a station has no free charged pack. Larger stations swap more.</p>"
        f'<ul class="legend">{legend}</ul><div class="maps">{"".join(figures)}</div>'
    )


def _chart(
    title: str,
    says: str,
    lines: Sequence[Line],
    axes: Axes,
    names: Sequence[str],
    right: Line | None = None,
) -> str:
    shown = [*lines, *([right] if right is not None else [])]

    def described(index: int) -> str:
        values = (f"{line.label}: {line.values[index]:,.2f}" for line in shown)
        return "\n".join([names[index], *values])

    legend = "".join(
        f'<li><svg viewBox="0 0 18 10"><line class="{"price" if line.colour is None else f"line c{line.colour}"}" '
        f'x1="0" x2="18" y1="5" y2="5"/></svg>{escape(line.label)}</li>'
        for line in shown
    )
    rows = [[name, *(f"{line.values[index]:,.2f}" for line in shown)] for index, name in enumerate(names)]
    values = _table(["", *(line.label for line in shown)], rows)
    return (
        f'<h2>{escape(title)}</h2><p>{escape(says)}</p><figure><ul class="legend">{legend}</ul>'
        f"{line_chart(lines, axes, described, right)}"
        f"<details><summary>Values</summary>{values}</details></figure>"
    )


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = "".join(f"<th>{escape(text)}</th>" for text in head)
    lines = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'


def _hours(count: int) -> list[str]:
    days = count > DAY_HOURS
    return [
        f"{f'day {hour // DAY_HOURS + 1}, ' if days else ''}{hour % DAY_HOURS:02d}:00"
        for hour in range(count)
    ]


def _hour_ticks(count: int) -> list[tuple[float, str]]:
    every = 4 if count <= DAY_HOURS else 12
    return [(float(hour), f"{hour % DAY_HOURS:02d}:00") for hour in range(0, count + 1, every)]


def _mean(values: Sequence[float]) -> float:
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")
