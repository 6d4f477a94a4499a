"""From records to stations: which columns say what, which rows are in service, and what is wrong with the others."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from navswap.kit.time_zones import is_time_zone
from navswap.seeding.formats.columns import Columns, choose_columns, fields_named
from navswap.seeding.formats.coordinates import in_one
from navswap.seeding.formats.localized import one_text, preferred, read_texts
from navswap.seeding.formats.options import ReadingOptions
from navswap.seeding.formats.positions import Positions
from navswap.seeding.formats.records import FEATURE_ID, GEOMETRY, Record, Records
from navswap.seeding.formats.rows import (
    BadRowError,
    NetworkFormat,
    ParsedNetwork,
    RejectedRow,
    StationRow,
    UnreadableNetworkError,
)
from navswap.seeding.formats.states import States
from navswap.seeding.formats.values import (
    country,
    identifier,
    is_empty,
    opening_hours,
    plain_text,
    slot_count,
)
from navswap.seeding.formats.words import ALIASES, State, normal, word_set

_LANGUAGE_OF_COLUMN = re.compile(r"(.*?)[:_\- .]([a-z]{2}|zh[-_](?:tw|cn|hans|hant))", re.IGNORECASE)
_LANGUAGES = word_set(
    "en de fr es it pt nl zh hi ja ko ta te kn ml mr bn gu pa tr pl ru th vi id sv da nb fi cs hu el ar he ca eu"
)
_WITHOUT_IDS = {NetworkFormat.GPX, NetworkFormat.KML}
"""Formats of places that have names alone."""
NOT_SAID = "not said"


def read_stations(
    found: Records, options: ReadingOptions, reported: Mapping[str, State] | None = None
) -> ParsedNetwork:
    """Read the stations of records; `reported` are states by station id from elsewhere.

    Raises UnreadableNetworkError for what is wrong with the file as a whole: no column for the id, none for the place.
    """
    network = ParsedNetwork(found.format, rejected=list(found.rejected), notes=list(found.notes))
    network.skipped_ids.extend([None] * found.skipped)
    if found.skipped:
        network.states["no station"] = found.skipped
    if found.records:
        _Reading(found, options, reported or {}, network).run()
    network.rejected.sort(key=lambda row: (row.index or 0, row.line))
    _refuse_common_fault(network)
    return network


class _Reading:
    """One reading of all records of a file."""

    def __init__(
        self, found: Records, options: ReadingOptions, reported: Mapping[str, State], network: ParsedNetwork
    ) -> None:
        self._records = found.records
        self._reported = reported
        self._network = network
        _require_present(options.columns, found.records)
        self._columns = choose_columns(found.records, options.columns)
        self._states = States(found.records, self._columns.states)
        self._chosen = self._columns.chosen
        self._require_id()
        self._property_id = fields_named(name for name in self._columns.present if name != FEATURE_ID).get(
            "id"
        )
        self._require_place()
        self._positions = Positions(found.records, self._chosen, options.crs or found.crs)
        network.notes.extend(self._positions.notes)
        if self._positions.about_arrays is not None:
            network.notes.append(self._positions.about_arrays)
        self._names = _name_columns(self._columns, self._chosen.get("name"))
        self._drop_address_of_coordinates()
        self._all_zero = self._every_capacity_is_zero()
        self._read_ids: dict[str, tuple[StationRow, Record]] = {}

    def run(self) -> None:
        for number, record in enumerate(self._records):
            try:
                self._read(number, record)
            except BadRowError as error:
                written = plain_text(self._id(record))
                self._network.rejected.append(
                    RejectedRow(record.place.line, str(error), record.place.index, written)
                )
        self._report_columns()

    def _read(self, number: int, record: Record) -> None:
        """Add the station of a record, count one that is not in service or listed twice; raises BadRowError."""
        state, said = self._state(record)
        self._network.states[said] += 1
        if state not in {None, State.IN_SERVICE}:
            self._network.skipped_ids.append(plain_text(self._id(record)))
            return
        row = self._row(number, record)
        earlier = self._read_ids.get(row.external_id)
        if earlier is None:
            self._read_ids[row.external_id] = row, record
            self._network.rows.append(row)
            self._note_flaws(row, record)
        elif _content(earlier[0]) == _content(row):
            self._network.identical += 1
        else:
            differing = next(
                name for name, value in _content(row).items() if _content(earlier[0])[name] != value
            )
            raise BadRowError(
                f"the id {row.external_id!r} stands already in {earlier[1].place}, with another {differing.replace('_', ' ')}"
            )

    def _state(self, record: Record) -> tuple[State | None, str]:
        """Return whether a record is in service, and how the report calls it."""
        state = self._states.of(record)
        reported = self._reported.get(str(self._id(record)))
        if reported is not None and state in {None, State.IN_SERVICE}:
            state = reported
        if state is None and not self._all_zero and self._capacity(record) == 0:
            return State.OUT_OF_SERVICE, "out of service (capacity 0)"
        if state is not None:
            return state, state.value
        word = self._states.unknown_word(record)
        return None, f"not understood: {word}" if word else NOT_SAID

    def _row(self, number: int, record: Record) -> StationRow:
        fields, chosen = record.fields, self._chosen
        external_id = identifier(self._id(record))
        names = self._localized(fields)
        name = one_text(fields.get(chosen["name"])) if "name" in chosen else None
        zone = one_text(self._value("time_zone", fields))
        return StationRow(
            external_id=external_id,
            name=name or preferred(names) or external_id,
            names={tag: text for tag, text in names.items() if tag},
            point=self._positions.of(number),
            line=record.place.line,
            address=self._address(fields),
            district=one_text(self._value("district", fields)),
            city=one_text(self._value("city", fields)),
            capacity=self._capacity(record) or None,
            opening_hours=opening_hours(self._value("opening_hours", fields)),
            time_zone=zone if zone is not None and is_time_zone(zone) else None,
            country=country(self._value("country", fields)),
        )

    def _id(self, record: Record) -> object:
        """Return the id of a record; of a feature without one its property's."""
        written = record.fields.get(self._chosen["id"])
        if written is None and self._chosen["id"] == FEATURE_ID and self._property_id is not None:
            return record.fields.get(self._property_id)
        return written

    def _value(self, name: str, fields: Mapping[str, object]) -> object:
        value = fields.get(self._chosen[name]) if name in self._chosen else None
        return None if is_empty(value) else value

    def _capacity(self, record: Record) -> int | None:
        return slot_count(self._value("capacity", record.fields))

    def _localized(self, fields: Mapping[str, object]) -> dict[str, str]:
        """Return the names of a station by language: of one value that holds several, and of columns such as `name:en`."""
        names = (read_texts(fields.get(self._chosen["name"])) or {}) if "name" in self._chosen else {}
        for tag, column in self._names.items():
            text = plain_text(fields.get(column))
            if text is not None:
                names.setdefault(tag, text)
        return names

    def _address(self, fields: Mapping[str, object]) -> str | None:
        street = one_text(self._value("address", fields))
        house = one_text(self._value("house_number", fields))
        if street is None or house is None or house in street:
            return street
        column = normal(self._chosen["house_number"])
        return (
            f"{house} {street}"
            if column in {"addrhousenumber", "housenumber", "numerovoie"}
            else f"{street} {house}"
        )

    def _note_flaws(self, row: StationRow, record: Record) -> None:
        """Note the optional values that are there and could not be read."""
        read = {
            "name": row.name if row.name != row.external_id else None,
            "address": row.address,
            "district": row.district,
            "city": row.city,
            "capacity": row.capacity,
            "opening_hours": row.opening_hours,
            "time_zone": row.time_zone,
        }
        for name, value in read.items():
            written = self._value(name, record.fields)
            if (
                value is None
                and written is not None
                and written not in ([], {})
                and str(written) != row.external_id
            ):
                self._network.flaw(name, written)

    def _every_capacity_is_zero(self) -> bool:
        """Return whether the column of capacities says nothing: it is zero in each row that has one, of three or more."""
        counts = {count for record in self._records if (count := self._capacity(record)) is not None}
        return counts == {0} and len(self._records) > 2

    def _drop_address_of_coordinates(self) -> None:
        """Do not take for an address what is a pair of coordinates, as a column Location may be."""
        column = self._chosen.get("address")
        value = next(
            (v for record in self._records if not is_empty(v := record.fields.get(column or ""))), None
        )
        if column is None or value is None:
            return
        try:
            in_one(value, east_first=False)
        except BadRowError:
            return
        del self._chosen["address"]

    def _require_id(self) -> None:
        if "id" in self._chosen:
            return
        column = self._chosen.get("name")
        names = [plain_text(record.fields.get(column)) for record in self._records] if column else []
        if column and self._network.format in _WITHOUT_IDS and len(set(names)) == len(names):
            self._chosen["id"] = column
            self._network.notes.append(
                "The file has no ids: names are the ids, and a station that is renamed is a new one."
            )
            return
        listed = _listed(self._columns.present)
        raise UnreadableNetworkError(
            f"no column gives each station an id (its column would be called id or station_id). The file has: {listed}. "
            "Name the column with --map id=COLUMN; it must say the same of a station in the next export"
        )

    def _require_place(self) -> None:
        has_two = {"longitude", "latitude"} <= self._chosen.keys()
        if (
            has_two
            or "coordinates" in self._chosen
            or any(GEOMETRY in record.fields for record in self._records)
        ):
            return
        if {"num_docks_available", "num_bikes_available", "num_vehicles_available"} & set(
            self._columns.present
        ):
            raise UnreadableNetworkError(
                "this is a table of GBFS station_status, which says how full stations are, not where they are: give "
                "station_information"
            )
        missing = [name for name in ("latitude", "longitude") if name not in self._chosen]
        raise UnreadableNetworkError(
            f"no column gives the {' and '.join(missing)}. The file has: {_listed(self._columns.present)}. Name them with "
            "--map lat=COLUMN --map lon=COLUMN, or one column of both with --map coordinates=COLUMN"
        )

    def _report_columns(self) -> None:
        used = {
            name: column
            for name, column in self._chosen.items()
            if name not in {"longitude", "latitude", "coordinates"}
        }
        used = {"id": used.pop("id"), **self._positions.used, **used}
        if self._states.columns:
            used["status"] = ", ".join(self._states.columns)
        used |= {f"name ({tag})": column for tag, column in self._names.items()}
        self._network.columns = {
            name: "the feature's id" if column == FEATURE_ID else column for name, column in used.items()
        }
        read = set(used.values()) | set(self._states.columns)
        self._network.unused = [name for name in self._columns.present if not _is_read(name, read)]


def _is_read(name: str, read: Iterable[str]) -> bool:
    return any(name == column or name.startswith(f"{column}.") for column in read)


def _content(row: StationRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in StationRow.__dataclass_fields__ if name != "line"}


def _name_columns(columns: Columns, chosen: str | None) -> dict[str, str]:
    """Return the columns that hold the name in a language, by its tag: `name:zh`, `name_en`, `snaen`."""
    stem = normal(chosen) if chosen else ""
    found: dict[str, str] = {}
    for column in columns.present:
        parts = _LANGUAGE_OF_COLUMN.fullmatch(column)
        if (
            parts
            and normal(parts[1]) in ({stem} | {"name", "stationname"})
            and parts[2][:2].lower() in _LANGUAGES
        ):
            found[parts[2].replace("_", "-").lower()] = column
        elif stem == "sna" and normal(column) == "snaen":
            found["en"] = column
    return found


def _require_present(given: Mapping[str, str], records: Sequence[Record]) -> None:
    """Raise UnreadableNetworkError where the caller names a column that the file has not."""
    names = dict.fromkeys(name for record in records for name in record.fields)
    for field, column in given.items():
        if column not in names:
            raise UnreadableNetworkError(
                f"--map {field}={column}: the file has no such column. It has: {_listed(list(names))}"
            )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name for name in names if name not in ALIASES and not name.startswith("("))[:400]
    return shown or ", ".join(names)[:400]


def _refuse_common_fault(network: ParsedNetwork) -> None:
    """Raise UnreadableNetworkError where all rows, three or more, are refused for one reason: the fault is the file's."""
    if network.rows or network.skipped or len(network.rejected) < 3:
        return
    reasons = Counter(_kind(row.reason) for row in network.rejected)
    if len(reasons) > 1:
        return
    first = network.rejected[0]
    place = "" if first.index is None else f", element {first.index}"
    raise UnreadableNetworkError(
        f"none of its {len(network.rejected)} rows can be read, all for one reason; the first, in line {first.line}{place}: "
        f"{first.reason}"
    )


def _kind(reason: str) -> str:
    """Return a reason without the values that differ from row to row."""
    return re.sub(r"'[^']*'|-?\d+(\.\d+)?", "_", reason)
