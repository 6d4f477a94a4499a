"""Calibrates demand and draws what came out: the profile of a day, and the counts of many station-days.

`python -m navswap.simulation.world.calibration_plot DATA seeds docs/images` writes `demand.json` and the plot.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from scipy.special import pdtr

from navswap.kit.demand import PRIORS, SiteKind
from navswap.simulation.draws import Draws
from navswap.simulation.world.calendar import Calendar
from navswap.simulation.world.calibration import (
    STANDARD_DEVIATIONS,
    Shape,
    calibrate,
    fit_shape,
    read_charged,
    write,
)
from navswap.simulation.world.city import City
from navswap.simulation.world.demand import riders_of_day
from navswap.simulation.world.demand_model import DEMAND_FILE, DemandModel, Numbers
from navswap.simulation.world.scenario import Scenario
from navswap.simulation.world.weather import HOURS, Weather

PLOT_FILE = "demand_calibration.svg"
STATIONS, DAYS, SLOTS = 300, range(0, 365, 6), 30
COLOURS = {SiteKind.URBAN: "#1668b8", SiteKind.HIGHWAY: "#c05a12"}
WIDTH, HEIGHT, MARGIN = 420, 250, 46


@dataclass(frozen=True)
class Generated:
    """Days of one kind of sites, as they were generated: counts by day and station, and the share of each hour."""

    kind: SiteKind
    counts: Numbers
    hours: Numbers

    @property
    def mean(self) -> float:
        """The mean of the counts."""
        return float(self.counts.mean())

    @property
    def deviation(self) -> float:
        """The standard deviation of a station's counts between days."""
        return float(np.sqrt(self.counts.var(axis=0, ddof=1).mean()))


def generate(seeds: Path, model: DemandModel) -> list[Generated]:
    """Return a year's days of 300 stations with 30 slots each, every sixth day."""
    draws, calendar, scenario = Draws(11), Calendar(date(2026, 1, 1), "IN"), Scenario()
    city = City.from_seeds(seeds).sample(STATIONS, Draws(5), slots=SLOTS)
    weather = Weather(draws, calendar)
    days = [riders_of_day(city, day, draws, weather, calendar, scenario, model=model) for day in DAYS]
    found = []
    for kind in STANDARD_DEVIATIONS:
        mine = np.array([site.kind is kind for site in city.stations])
        numbers = np.array([np.bincount(day.station, minlength=STATIONS)[mine] for day in days])
        minutes = np.concatenate([day.minute[mine[day.station]] for day in days])
        hours = np.bincount((minutes / 60).astype(int), minlength=HOURS) / len(minutes)
        found.append(Generated(kind, numbers, hours))
    return found


def draw(shape: Shape, days: Sequence[Generated]) -> str:
    """Return the plot as SVG: three panels side by side."""
    panels = [_hours(shape, days), *(_counts(each) for each in days)]
    body = "\n".join(
        f'<g transform="translate({number * WIDTH},0)">\n{panel}\n</g>' for number, panel in enumerate(panels)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH * len(panels)} {HEIGHT}"'
        ' font-family="sans-serif" font-size="11" fill="#333">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'
    )


def _hours(shape: Shape, days: Sequence[Generated]) -> str:
    top = 0.08
    lines = [
        _line(shape.raw_weekday, top, "#999", dashes="2 3"),
        _line(shape.weekday_hours, top, "#666"),
        *(_line(each.hours, top, COLOURS[each.kind], width=2) for each in days),
    ]
    for each in days:
        level = _y(PRIORS[each.kind].busiest_share, top)
        lines.append(
            f'<path d="M{MARGIN} {level:.1f}H{WIDTH - 12}" stroke="{COLOURS[each.kind]}" stroke-dasharray="6 4"/>'
        )
    labels = [
        f'<text x="{_x(h, 23):.1f}" y="{HEIGHT - 18}" text-anchor="middle">{h}</text>'
        for h in range(0, 24, 4)
    ]
    marks = [
        f'<text x="{MARGIN - 6}" y="{_y(share, top) + 4:.1f}" text-anchor="end">{share:.0%}</text>'
        for share in (0.0, 0.02, 0.04, 0.06, 0.08)
    ]
    legend = [
        ("#999", "Melbourne, working days"),
        ("#666", "fitted, three waves a day"),
        (COLOURS[SiteKind.URBAN], "twin, urban (dashed: 6.3 %)"),
        (COLOURS[SiteKind.HIGHWAY], "twin, highway (dashed: 7.0 %)"),
    ]
    return "\n".join(
        [_title("Share of the day's swaps by hour"), *lines, *labels, *marks, *_legend(legend, 120, 118)]
    )


def _counts(each: Generated) -> str:
    """Return the histogram of a kind's counts about the mean of each station, beside a Poisson variable of the same mean."""
    about = each.counts - each.counts.mean(axis=0) + each.mean
    numbers = np.rint(about).ravel().astype(int)
    first, last = int(numbers.min()), int(numbers.max())
    step = max(1, (last - first) // 40)
    edges = np.arange(first, last + step + 1, step)
    found = np.histogram(numbers, edges)[0] / len(numbers)
    poisson = np.diff(pdtr(edges - 1.0, each.mean))
    top = 1.15 * max(found.max(), poisson.max())
    span = len(found)
    wide = (WIDTH - MARGIN - 12) / span
    bars = [
        f'<rect x="{MARGIN + n * wide:.1f}" y="{_y(share, top):.1f}" width="{wide * 0.9:.1f}"'
        f' height="{_y(0, top) - _y(share, top):.1f}" fill="{COLOURS[each.kind]}" fill-opacity="0.6"/>'
        for n, share in enumerate(found.tolist())
    ]
    curve = _path([(MARGIN + (n + 0.5) * wide, _y(share, top)) for n, share in enumerate(poisson.tolist())])
    labels = [
        f'<text x="{MARGIN + n * wide:.1f}" y="{HEIGHT - 18}" text-anchor="middle">{edges[n]}</text>'
        for n in range(0, span, max(1, span // 6))
    ]
    deviation = STANDARD_DEVIATIONS[each.kind]
    said = f"mean {each.mean:.1f} ({PRIORS[each.kind].swaps_per_day:.0f}), SD between days {each.deviation:.1f} ({deviation})"
    legend = [(COLOURS[each.kind], said), ("#222", "Poisson of the same mean")]
    title = _title(f"Swaps a day, {each.kind.lower()} (figures in brackets)")
    return "\n".join(
        [
            title,
            *bars,
            f'<path d="{curve}" fill="none" stroke="#222" stroke-dasharray="3 3"/>',
            *labels,
            *_legend(legend),
        ]
    )


def _line(values: Numbers, top: float, colour: str, *, width: float = 1, dashes: str = "none") -> str:
    course = _path([(_x(hour, HOURS - 1), _y(value, top)) for hour, value in enumerate(values.tolist())])
    return f'<path d="{course}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-dasharray="{dashes}"/>'


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)


def _title(text: str) -> str:
    frame = f'<path d="M{MARGIN} 28V{_y(0, 1):.1f}H{WIDTH - 12}" fill="none" stroke="#bbb"/>'
    return f'<text x="{MARGIN}" y="18" font-size="12" font-weight="bold">{text}</text>{frame}'


def _legend(entries: Sequence[tuple[str, str]], east: int = 8, down: int = 0) -> list[str]:
    return [
        f'<rect x="{MARGIN + east}" y="{32 + down + 14 * n}" width="9" height="9" fill="{colour}"/>'
        f'<text x="{MARGIN + east + 14}" y="{40 + down + 14 * n}">{text}</text>'
        for n, (colour, text) in enumerate(entries)
    ]


def _x(value: float, most: float) -> float:
    return MARGIN + (WIDTH - MARGIN - 12) * value / most


def _y(value: float, top: float) -> float:
    return HEIGHT - 36 - (HEIGHT - 36 - 34) * value / top


def run(data: Path, seeds: Path, images: Path) -> str:
    """Fit, keep the parameters and the plot, and return a line for each kind of sites. Raises UnreadableDataError."""
    shape = fit_shape(read_charged(data))
    model = calibrate(shape)
    write(model, shape, seeds / DEMAND_FILE)
    days = generate(seeds, model)
    images.mkdir(parents=True, exist_ok=True)
    (images / PLOT_FILE).write_text(draw(shape, days), "utf-8")
    return "\n".join(
        f"{each.kind}: {each.mean:.1f} swaps a day, SD {each.deviation:.2f}, busiest hour {each.hours.max():.2%}"
        f" at {int(each.hours.argmax())}:00"
        for each in days
    )


if __name__ == "__main__":
    print(run(*(Path(argument) for argument in sys.argv[1:4])))  # noqa: T201 - the command's answer
