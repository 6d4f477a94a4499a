"""Builds the services of the slices, low to high, each on those below it; nothing is opened here."""

import sys
from collections.abc import Iterator
from functools import cache

from navswap.platform import Platform
from navswap.services import MissingServicesError, Services, SliceServices
from navswap.slice import Slice, Slices


def compose(slices: Slices, platform: Platform) -> Services:
    """Return the services of all slices; raises MissingServicesError when one uses what no slice below it offers."""
    check(slices)
    services = Services()
    for part in slices:
        services = services.with_more(part.build(platform, services))
    return services


@cache
def check(slices: Slices) -> None:
    """Raise MissingServicesError unless every slice finds the services that its modules name, in itself or below.

    So a request never looks for services in vain: who reaches for a record has to import its class.
    """
    offered: set[type[SliceServices]] = set()
    for part in slices:
        offered.add(part.services)
        for module, kind in _named_in(part):
            if kind not in offered:
                raise MissingServicesError(
                    f"The slice {part.name} uses {kind.__name__} in {module}, "
                    "but no slice below it in the list of slices offers them."
                )


def _named_in(part: Slice[SliceServices]) -> Iterator[tuple[str, type[SliceServices]]]:
    """Return the records of services that the modules of a slice define or import."""
    folder = part.build.__module__.rpartition(".")[0] + "."
    for name, module in sorted(sys.modules.items()):
        if name.startswith(folder):
            for value in vars(module).values():
                if (
                    isinstance(value, type)
                    and issubclass(value, SliceServices)
                    and value is not SliceServices
                ):
                    yield name, value
