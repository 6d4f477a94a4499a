"""All studies of published sets, and how some of them are run."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Final

from navswap.kit.errors import NavSwapError
from navswap.ml.published.ai4i import STUDY as AI4I
from navswap.ml.published.charged import STUDY as CHARGED
from navswap.ml.published.cmapss import STUDY as CMAPSS
from navswap.ml.published.entsoe import STUDY as ENTSOE
from navswap.ml.published.los_loop import STUDY as LOS_LOOP
from navswap.ml.published.mit_cells import STUDY as MIT_CELLS
from navswap.ml.published.study import Finding, Study
from navswap.ml.published.yaz import STUDY as YAZ
from navswap.ml.training.trainer import Options

STUDIES: Final = (LOS_LOOP, AI4I, CMAPSS, ENTSOE, YAZ, MIT_CELLS, CHARGED)


class UnknownStudyError(NavSwapError):
    """There is no published set of that name; the message names those that there are."""

    code = "UNKNOWN_STUDY"


def find_studies(names: Sequence[str]) -> tuple[Study, ...]:
    """Return the studies of some names, all where none is given; raises UnknownStudyError."""
    by_name = {study.name: study for study in STUDIES}
    for name in names:
        if name not in by_name:
            raise UnknownStudyError(f"There is no set {name!r}; choose from {', '.join(by_name)}.")
    return tuple(by_name[name] for name in names) if names else STUDIES


def run_studies(
    studies: Sequence[Study], folder: Path, options: Options, progress: Callable[[Study, str], None]
) -> Iterator[Finding]:
    """Run studies one after the other on the sets of a folder; raises MissingDataError.

    The same seed and data give the same figures. `progress` is called with what a study does next.
    """
    for study in studies:
        began = perf_counter()

        def says(step: str, study: Study = study) -> None:
            progress(study, step)

        answer = study.run(folder, options, says)
        yield Finding(study, answer, options.seed, perf_counter() - began)
