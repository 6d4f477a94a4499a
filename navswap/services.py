"""The services of a process: one typed record for each slice, found by its class."""

from collections.abc import Iterable
from typing import Protocol, Self, TypeVar, cast


class MissingServicesError(LookupError):
    """A slice that is not in `SLICES`, or not below the one that asks; the message names it."""


class HasServices(Protocol):
    """Whatever carries the services of a process: the runtime, and the context of a request."""

    @property
    def services(self) -> "Services":
        """The services of the process."""


class SliceServices:
    """The base of the records in which slices offer their services, as typed attributes.

    A slice has one: a frozen dataclass in its `service`. A module that may import it reaches the services by
    `StationsServices.of(info.context).stations`.
    """

    __slots__ = ()

    @classmethod
    def of(cls, holder: HasServices) -> Self:
        """Return this slice's services in a process; raises MissingServicesError when the slice was not built."""
        return holder.services.of(cls)


Record = TypeVar("Record", bound=SliceServices)


class Services:
    """The records of the slices that are built."""

    def __init__(self, records: Iterable[SliceServices] = ()) -> None:
        self._by_class = {type(record): record for record in records}

    def of(self, kind: type[Record]) -> Record:
        """Return the record of a class; raises MissingServicesError."""
        record = self._by_class.get(kind)
        if record is None:
            raise MissingServicesError(
                f"{kind.__name__} are not built: their slice is not among those below."
            )
        return cast(Record, record)

    def with_more(self, *records: SliceServices) -> "Services":
        """Return these and others; one of a class that is there already takes its seat."""
        return Services([*self._by_class.values(), *records])
