"""From records to stations: which columns say what, which rows are in service, and what is wrong with the others."""

from collections.abc import Iterable, Mapping

from navswap.kit.geo import distance_metres
from navswap.kit.time_zones import is_time_zone
from navswap.seeding.formats.access import Access
from navswap.seeding.formats.columns import choose_columns, fields_named
from navswap.seeding.formats.coordinates import in_one
from navswap.seeding.formats.countries import country
from navswap.seeding.formats.faults import refuse_common_fault, refuse_short_links, warn_of_dates
from navswap.seeding.formats.hierarchy import leave_out_parts_of_stops
from navswap.seeding.formats.hours import opening_hours
from navswap.seeding.formats.language_columns import name_columns
from navswap.seeding.formats.localized import one_text, preferred, read_texts
from navswap.seeding.formats.options import ReadingOptions, listed, require_present
from navswap.seeding.formats.parts import PLACE, Station, place_id, smallest_by_place, with_capacities
from navswap.seeding.formats.positions import Positions
from navswap.seeding.formats.records import FEATURE_ID, GEOMETRY, Record, Records
from navswap.seeding.formats.rows import (
    BadRowError,
    ParsedNetwork,
    RejectedRow,
    StationRow,
    UnreadableNetworkError,
)
from navswap.seeding.formats.states import States
from navswap.seeding.formats.trips import refuse_trips
from navswap.seeding.formats.values import identifier, is_empty, plain_text, yes_or_no
from navswap.seeding.formats.weeks import DayColumns
from navswap.seeding.formats.words import PART_WORDS, State, normal, tokens

NOT_SAID = "not said"
SAME_PLACE_METRES = 1.0
"""Coordinates of one place differ by less where one of them was rounded."""
_SAID = {FEATURE_ID: "the feature's id", PLACE: "the place"}


def read_stations(
    found: Records, options: ReadingOptions, reported: Mapping[str, State] | None = None
) -> ParsedNetwork:
    """Read the stations of records; `reported` are states by station id from elsewhere.

    Raises UnreadableNetworkError for what is wrong with the file as a whole: no column for the id, none for the place.
    """
    leave_out_parts_of_stops(found)
    network = ParsedNetwork(found.format, rejected=list(found.rejected), notes=list(found.notes))
    network.skipped_ids.extend([None] * found.skipped)
    if found.skipped:
        network.states["no station"] = found.skipped
    if found.records:
        _Reading(found, options, reported or {}, network).run()
    network.rejected.sort(key=lambda row: (row.index or 0, row.line))
    refuse_common_fault(network)
    warn_of_dates(network)
    return network


class _Reading:
    """One reading of all records of a file."""

    def __init__(
        self, found: Records, options: ReadingOptions, reported: Mapping[str, State], network: ParsedNetwork
    ) -> None:
        self._records = found.records
        self._reported = reported
        self._network = network
        require_present(options.columns, found.records)
        self._columns = choose_columns(found.records, options.columns)
        self._states = States(found.records, self._columns.states)
        self._chosen = self._columns.chosen
        looked_at = () if options.include_private else found.records
        self._access = Access(looked_at, self._columns.present, self._chosen.values())
        if not {"latitude", "coordinates"} & options.columns.keys():
            refuse_trips(self._columns.present)
        self._require_place()
        self._positions = Positions(found.records, self._chosen, options.crs or found.crs)
        self._require_id()
        self._property_id = fields_named(name for name in self._columns.present if name != FEATURE_ID).get(
            "id"
        )
        network.notes.extend(self._positions.notes)
        if self._positions.about_arrays is not None:
            network.notes.append(self._positions.about_arrays)
        self._names = name_columns(self._columns, self._chosen.get("name"))
        self._drop_address_of_coordinates()
        self._all_zero = self._every_capacity_is_zero()
        self._days = DayColumns(self._columns.present)
        self._of_part = self._ids_by_place()
        self._has_parts = bool(self._columns.parts or self._of_part) or self._chosen["id"] == PLACE
        self._in_service = self._ids_in_service() if self._has_parts else frozenset()
        self._stations: dict[str, Station] = {}

    def run(self) -> None:
        for number, record in enumerate(self._records):
            try:
                self._read(number, record)
            except BadRowError as error:
                written = plain_text(self._id(record))
                self._network.rejected.append(
                    RejectedRow(record.place.line, str(error), record.place.index, written)
                )
        self._network.rows = with_capacities(
            list(self._stations.values()), counted=bool(self._columns.parts or self._of_part)
        )
        self._report_parts()
        self._report_columns()

    def _read(self, number: int, record: Record) -> None:
        """Add the station of a record, count one that is not in service or listed twice; raises BadRowError."""
        state, said = self._state(record)
        self._network.states[said] += 1
        if state not in {None, State.IN_SERVICE} and not self._is_part_of_open(state, record):
            self._network.skipped_ids.append(plain_text(self._id(record)))
            return
        row = self._row(number, record)
        station = self._stations.get(row.external_id)
        if station is None:
            self._stations[row.external_id] = Station(row, record, [row.capacity])
            self._note_flaws(row, record)
        elif self._is_part(station, row, record):
            station.capacities.append(row.capacity)
            self._network.merged += 1
        elif (differing := _differing(station.row, row)) is None:
            self._network.identical += 1
        else:
            raise BadRowError(
                f"the id {row.external_id!r} stands already in {station.record.place}, with another {differing.replace('_', ' ')}"
            )

    def _is_part(self, station: Station, row: StationRow, record: Record) -> bool:
        """Return whether a row describes one more part of a station, such as an EVSE, and is no mere copy."""
        if not self._has_parts or not station.may_include(row):
            return False
        return self._chosen["id"] == PLACE or record.fields != station.record.fields

    def _is_part_of_open(self, state: State | None, record: Record) -> bool:
        """Return whether a row is a part that is out of service, of a station whose other parts are in service."""
        is_closed_part = state in {State.OUT_OF_SERVICE, State.NOT_PUBLIC}
        return is_closed_part and plain_text(self._id(record)) in self._in_service

    def _ids_in_service(self) -> frozenset[str | None]:
        return frozenset(
            plain_text(self._id(record))
            for record in self._records
            if self._state(record)[0] in {None, State.IN_SERVICE}
        )

    def _ids_by_place(self) -> dict[str, str]:
        """Return the station of each EVSE where ids are those of EVSEs and several share a place; else nothing."""
        if not set(tokens(self._chosen["id"])) & PART_WORDS:
            return {}
        places = [
            (identity, self._place(number))
            for number, record in enumerate(self._records)
            if (identity := plain_text(record.fields.get(self._chosen["id"]))) is not None
        ]
        known = [(identity, place) for identity, place in places if place is not None]
        return smallest_by_place(known) if len({place for _, place in known}) < len(known) else {}

    def _place(self, number: int) -> str | None:
        try:
            return place_id(self._positions.of(number))
        except BadRowError:
            return None

    def _state(self, record: Record) -> tuple[State | None, str]:
        """Return whether a record is in service for the public, and how the report calls it."""
        state = self._states.of(record)
        reported = self._reported.get(str(self._id(record)))
        if reported is not None and state in {None, State.IN_SERVICE}:
            state = reported
        if state in {None, State.IN_SERVICE} and self._access.is_private(record):
            state = State.NOT_PUBLIC
        if state is None and not self._all_zero and self._capacity(record) == 0:
            return State.OUT_OF_SERVICE, "out of service (capacity 0)"
        if state is not None:
            return state, state.value
        word = self._states.unknown_word(record)
        return None, f"not understood: {word}" if word else NOT_SAID

    def _row(self, number: int, record: Record) -> StationRow:
        fields, chosen = record.fields, self._chosen
        point = self._positions.of(number) if chosen["id"] == PLACE else None
        external_id = identifier(self._id(record))
        names = self._localized(fields)
        name = one_text(fields.get(chosen["name"])) if "name" in chosen else None
        zone = one_text(self._value("time_zone", fields))
        address = self._address(fields)
        return StationRow(
            external_id=external_id,
            name=name or preferred(names) or (address if "name" not in chosen else None) or external_id,
            names={tag: text for tag, text in names.items() if tag},
            point=point or self._positions.of(number),
            line=record.place.line,
            address=address,
            district=one_text(self._value("district", fields)),
            city=one_text(self._value("city", fields)),
            capacity=self._capacity(record) or None,
            opening_hours=self._hours(fields),
            time_zone=zone if zone is not None and is_time_zone(zone) else None,
            country=country(self._value("country", fields)),
        )

    def _hours(self, fields: Mapping[str, object]) -> str | None:
        """Return the hours of a record: those that are written, those of a flag of day and night, or of a column for each day."""
        written = opening_hours(self._value("opening_hours", fields))
        if written is None and any(yes_or_no(fields.get(name)) is True for name in self._columns.always_open):
            return "24/7"
        return written or self._days.read(fields)

    def _id(self, record: Record) -> object:
        """Return the id of a record: of a feature without one its property's, of an EVSE its station's."""
        written = record.fields.get(self._chosen["id"])
        if self._of_part and (identity := plain_text(written)) is not None:
            return self._of_part.get(identity, written)
        if written is None and self._chosen["id"] == FEATURE_ID and self._property_id is not None:
            return record.fields.get(self._property_id)
        return written

    def _value(self, name: str, fields: Mapping[str, object]) -> object:
        value = fields.get(self._chosen[name]) if name in self._chosen else None
        return None if is_empty(value) else value

    def _capacity(self, record: Record) -> int | None:
        return self._columns.capacity.of(record.fields)

    def _localized(self, fields: Mapping[str, object]) -> dict[str, str]:
        """Return the names of a station by language: of one value that holds several, and of columns such as `name:en`."""
        names = (read_texts(fields.get(self._chosen["name"])) or {}) if "name" in self._chosen else {}
        known = {tag.casefold() for tag in names}
        for tag, column in self._names.items():
            text = plain_text(fields.get(column))
            if text is not None and tag.casefold() not in known:
                names[tag] = text
        return names

    def _address(self, fields: Mapping[str, object]) -> str | None:
        street = one_text(self._value("address", fields))
        house = one_text(self._value("house_number", fields))
        if street is None or house in {None, "0"} or str(house) in street:
            return street
        column = normal(self._chosen["house_number"])
        return (
            f"{house} {street}"
            if column in {"addrhousenumber", "housenumber", "numerovoie", "buildingnumber", "streetnumber"}
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
            "country": row.country,
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
        """Choose an id where no column is one: the names, if each is of one place only; else the places."""
        if "id" in self._chosen:
            return
        self._network.has_guessed_ids = True
        places = [self._place(number) for number in range(len(self._records))]
        column = self._chosen.get("name")
        if column is not None:
            names = [one_text(record.fields.get(column)) for record in self._records]
            if None not in names and len(set(zip(names, places, strict=True))) == len(set(names)):
                self._chosen["id"] = column
                self._network.notes.append(
                    "The file has no ids: names are the ids; a station that is renamed keeps its own where it stays in its place (--map id=COLUMN "
                    "names another column)."
                )
                return
        self._chosen["id"] = PLACE
        self._records = [
            Record(record.place, record.fields if place is None else {**record.fields, PLACE: place})
            for record, place in zip(self._records, places, strict=True)
        ]
        self._network.notes.append(
            "The file has no ids: places are the ids, rows at one place are one station, and a station that moves by more than 30 m is a "
            "new one (--map id=COLUMN names a column)."
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
        refuse_short_links(self._records)
        missing = [name for name in ("latitude", "longitude") if name not in self._chosen]
        raise UnreadableNetworkError(
            f"no column gives the {' and '.join(missing)}. The file has: {listed(self._columns.present)}. Name them with "
            "--map lat=COLUMN --map lon=COLUMN, or one column of both with --map coordinates=COLUMN"
        )

    def _report_parts(self) -> None:
        if private := self._network.states[State.NOT_PUBLIC.value]:
            self._network.notes.append(
                f"Not open to the public, by {', '.join(self._access.columns)}: {private} rows, skipped; --include-private loads them."
            )
        if self._columns.capacity.momentary:
            self._network.notes.append(
                f"No column says the capacity; vehicles and free places of a moment are added instead: {self._columns.capacity.label}."
            )
        if self._chosen.get("longitude", "").lower() == "x" and not self._positions.notes:
            self._network.notes.append(
                "x and y were read as degrees of longitude and latitude: look at the centre."
            )
        if self._network.merged:
            self._network.notes.append(
                f"Further parts of a station (EVSEs, connectors or devices), read with its first one: {self._network.merged} rows."
            )
        beside = len(self._network.rows) - len({place_id(row.point) for row in self._network.rows})
        if beside:
            self._network.notes.append(f"Stations at the very place of another one: {beside}.")

    def _report_columns(self) -> None:
        used = {
            name: column
            for name, column in self._chosen.items()
            if name not in {"longitude", "latitude", "coordinates"}
        }
        used = {"id": used.pop("id"), **self._positions.used, **used}
        if "capacity" in used:
            used["capacity"] = self._columns.capacity.label
        if "opening_hours" not in used and (hours := [*self._columns.always_open, *self._days.names]):
            used["opening_hours"] = ", ".join(hours)
        if self._states.columns:
            used["status"] = ", ".join(self._states.columns)
        if self._access.columns:
            used["access"] = ", ".join(self._access.columns)
        used |= {f"name ({tag})": column for tag, column in self._names.items()}
        self._network.columns = {name: _SAID.get(column, column) for name, column in used.items()}
        read = set(used.values()) | {
            *self._states.columns,
            *self._access.columns,
            *self._columns.capacity.columns,
            *self._columns.always_open,
            *self._days.names,
        }
        self._network.unused = [name for name in self._columns.present if not _is_read(name, read)]


def _is_read(name: str, read: Iterable[str]) -> bool:
    return any(name == column or name.startswith(f"{column}.") for column in read)


def _differing(row: StationRow, other: StationRow) -> str | None:
    """Return the first value in which two rows of an id differ, None for none; places within a metre are one."""
    same_place = distance_metres(row.point, other.point) <= SAME_PLACE_METRES
    left_out = {"line", "point"} if same_place else {"line"}
    names = [name for name in StationRow.__dataclass_fields__ if name not in left_out]
    return next((name for name in names if getattr(row, name) != getattr(other, name)), None)
