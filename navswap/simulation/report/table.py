"""A comparison as a terminal shows it."""

import math

from rich.table import Table
from rich.text import Text

from navswap.simulation.comparison import Comparison, Difference, Method, Verdict
from navswap.simulation.report.figures import NO_VALUE, Figure, figure_of

STYLES = {Verdict.BETTER: "green", Verdict.WORSE: "red", Verdict.DIFFERENT: "bold"}


def comparison_table(comparison: Comparison) -> Table:
    """Return the means of the first policy, and the differences of the others with intervals and what pairing saved."""
    first, *others = comparison.standings
    seeds = f"{len(comparison.seeds)} paired seed{'s' if len(comparison.seeds) > 1 else ''}"
    table = Table(title=f"Policies compared to {first.policy}, {seeds}")
    table.add_column("figure")
    table.add_column(first.policy, justify="right")
    for standing in others:
        table.add_column(standing.policy, justify="right")
        table.add_column("difference,\n95 % interval", justify="right")
        table.add_column("variance\nsaved", justify="right")
    for name in comparison.figures:
        figure = figure_of(name)
        cells: list[str | Text] = [figure.title, figure.write(first.means[name])]
        for standing in others:
            cells.append(figure.write(standing.means[name]))
            cells += _difference(figure, standing.differences[name])
        table.add_row(*cells)
    if any(
        difference.method is Method.BOOTSTRAP
        for standing in others
        for difference in standing.differences.values()
    ):
        table.caption = "* bootstrap interval: the differences are not normal"
    return table


def _difference(figure: Figure, difference: Difference) -> tuple[Text, str]:
    return Text(interval_text(figure, difference), style=STYLES.get(difference.verdict, "")), saved_text(
        difference
    )


def saved_text(difference: Difference) -> str:
    """Return the share of variance that pairing saved; a dash where neither policy varies."""
    saved = difference.variance_saved
    return f"{100 * saved:.0f} %" if math.isfinite(saved) else NO_VALUE


def interval_text(figure: Figure, difference: Difference) -> str:
    """Return a difference with its interval, such as `-1.20 [-1.50, -0.90]`; a star marks a bootstrap."""
    if difference.verdict is Verdict.SAME:
        return "the same"
    mean = figure.write(difference.mean, signed=True)
    if difference.method is Method.NONE:
        return mean
    low, high = figure.write(difference.low, signed=True), figure.write(difference.high, signed=True)
    return f"{mean} [{low}, {high}]{'*' if difference.method is Method.BOOTSTRAP else ''}"
