"""Made-up files in the shapes of city portals, apps and feeds, each with what must be read of it."""

from tests.seeding.siblings import TWO, document, feature, features, point, text


def placemark(described: str, place: str, name: str = "") -> str:
    return f"<Placemark{name}><description><![CDATA[{described}]]></description><Point><coordinates>{place}</coordinates></Point></Placemark>"


def kml(*placemarks: str) -> str:
    return f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>City</name>{"".join(placemarks)}</Document></kml>'


def table(**values: str) -> str:
    rows = (
        f"<tr bgcolor='#E3E3F3'>\n<th>{name}</th>\n<td width='300'>\n{value}\n</td></tr>"
        for name, value in values.items()
    )
    return f"<center><table><tr><th colspan='2'><em>Attributes</em></th></tr>{''.join(rows)}</table></center>"


def dock(name: str, **more: object) -> dict[str, object]:
    return {
        "uid": name,
        "lat": 1.0 + ord(name) / 1000,
        "lng": 2.0,
        "name": f"Place {name}",
        "spot": "1",
        "bikes": "3",
        **more,
    }


PORTALS = {
    "placemarks_with_a_table_of_values": text(
        kml(
            placemark(
                table(GisId="a", Calle="Mayor, calle", **{"Número de Plazas": "13", "Longitud": "15,00"}),
                "-3.68,40.47,30",
            ),
            placemark(table(GisId="b", Calle="Menor, calle", **{"Número de Plazas": "9"}), "-3.69,40.48,30"),
        ),
        ids=TWO,
        first={"address": "Mayor, calle", "capacity": 13, "point": (-3.68, 40.47)},
    ),
    "placemarks_with_lines_of_values": text(
        kml(
            placemark("<b>Name:</b> Lake<br>Slots: 8<br>Hours: 24 hours", "2,1"),
            placemark("<b>Name:</b> Hill<br>Slots: 9", "3,1"),
        ),
        ids=("Lake", "Hill"),
        first={"name": "Lake", "capacity": 8, "opening_hours": "24/7"},
    ),
    "placemarks_with_a_mere_remark": text(
        kml(placemark("Behind the mall: ask the guard", "2,1", ' id="a"'), placemark("", "3,1", ' id="b"')),
        ids=TWO,
    ),
    "placemarks_that_a_program_has_numbered": text(
        kml(
            '<Placemark id="feat_3"><name>Lake</name><Point><coordinates>2,1,0</coordinates></Point></Placemark>',
            '<Placemark id="feat_4"><name>Hill</name><Point><coordinates>3,1,0</coordinates></Point></Placemark>',
        ),
        ids=("Lake", "Hill"),
        note="names are the ids",
    ),
    "features_with_a_table_of_values": document(
        features(
            feature(
                {
                    "Name": "kml_1",
                    "Description": table(LOCATION_ID="a", STATION_NAME="Lake &amp; Hill", RACK_CNT="12"),
                },
                point(2, 1),
            ),
            feature(
                {"Name": "kml_2", "Description": table(LOCATION_ID="b", STATION_NAME="Dam", RACK_CNT="20")},
                point(3, 1),
            ),
        ),
        ids=TWO,
        first={"name": "Lake & Hill", "capacity": 12},
    ),
    "trips_between_stations": text(
        "tripduration,start station id,start station latitude,start station longitude,end station id,end station latitude,end station longitude\n"
        "680,1,40.7,-73.9,2,40.8,-73.8\n",
        message="trip from one place to another",
    ),
    "trips_by_letters": text(
        "Start.lat;End.lat;Start.long;End.long;Capacity.S\n45,4;45,5;-73,5;-73,6;66\n",
        message="'Start.lat', 'End.lat'",
    ),
    "an_empty_list": document({"data": {"stations": []}}, note="lists no station"),
    "ids_as_formulas_and_texts_of_a_spreadsheet": text(
        'id,name,lat,lon\n="0012","=""Lake""",12.9,77.6\n\'0013,Hill,12.8,77.6\n########,Dam,12.7,77.6\n#REF!,Pier,12.6,77.6\n',
        ids=("0012", "0013"),
        first={"name": "Lake"},
        rejected=("that it has lost", "that it has lost"),
    ),
    "joined_files_with_a_header_each": text(
        "id,name,lat,lon\na,Lake,12.9,77.6\n\nid,name,lat,lon\nb,Hill,12.8,77.6\n", ids=TWO, skipped=1
    ),
    "copies_whose_coordinates_are_rounded": text(
        "id,lat,lon\na,12.9000001,77.6\nb,12.8,77.6\na,12.9,77.6\nb,12.8001,77.6\n",
        ids=TWO,
        identical=1,
        rejected=("another point",),
    ),
    "states_of_stations_to_come_and_gone": text(
        "id,lat,lon,Status\na,12.9,77.6,Commissioned\nb,12.8,77.6,Energized\nc,12.7,77.6,Yet to be commissioned\n"
        "d,12.6,77.6,De-energized\ne,12.5,77.6,Defunct\nf,12.4,77.6,Relocated\n",
        ids=TWO,
        skipped=4,
    ),
    "dates_of_deletion": text(
        "id,lat,lon,deleted_at\na,12.9,77.6,\nb,12.8,77.6,2025-01-01\n", ids=("a",), skipped=1
    ),
    "places_of_a_map": document(
        {
            "places": [
                {
                    "id": name,
                    "displayName": {"text": shown, "languageCode": "en"},
                    "location": {"latitude": 12.9, "longitude": ord(name)},
                    "businessStatus": state,
                    "regularOpeningHours": {
                        "weekdayDescriptions": [
                            "Monday: 6:00\u202fAM \u2013 10:00\u202fPM",
                            "Tuesday: Open 24 hours",
                            "Sunday: Closed",
                        ]
                    },
                }
                for name, shown, state in (
                    ("a", "Lake", "OPERATIONAL"),
                    ("b", "Hill", "OPERATIONAL"),
                    ("c", "Dam", "CLOSED_PERMANENTLY"),
                )
            ]
        },
        ids=TWO,
        skipped=1,
        first={
            "name": "Lake",
            "names": {"en": "Lake"},
            "opening_hours": "Mo 06:00-22:00; Tu 00:00-24:00; Su off",
        },
    ),
    "types_of_mongodb": document(
        [
            {
                "_id": {"$oid": name},
                "lat": {"$numberDouble": "12.9"},
                "lng": {"$numberDouble": f"{ord(name)}.5"},
                "slots": {"$numberInt": "12"},
            }
            for name in TWO
        ],
        ids=TWO,
        first={"capacity": 12, "point": (97.5, 12.9)},
    ),
    "types_of_dynamodb": document(
        {
            "Items": [
                {"id": {"S": name}, "lat": {"N": "12.9"}, "lon": {"N": f"{ord(name)}.5"}, "slots": {"N": "9"}}
                for name in TWO
            ]
        },
        ids=TWO,
        first={"capacity": 9},
    ),
    "columns_without_rows": text("Name,Address,Longitude,Latitude,Connector\n", message="has no rows"),
    "stops_with_platforms_and_entrances": text(
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
        "a,Central,52.37,4.90,1,\na1,Central,52.3701,4.9001,0,a\na2,Central north,52.3702,4.9002,2,a\n"
        "x,Door,52.36,4.91,2,\nb,Dam,52.36,4.89,0,\n",
        ids=TWO,
        skipped=3,
        note="3 rows skipped",
    ),
    "states_and_ids_behind_one_letter": document(
        {
            "offset": 0,
            "data": [
                {
                    "sactive": active,
                    "scode": code,
                    "scoordinate": {"x": 11.3, "y": 46.0 + number, "srid": 4326},
                    "smetadata": {"state": state, "capacity": 2, "accessType": access},
                    "sname": f"Dock {code}",
                }
                for number, (code, active, state, access) in enumerate(
                    (
                        ("a", True, "ACTIVE", "PUBLIC"),
                        ("b", True, "TEMPORARYUNAVAILABLE", "PUBLIC"),
                        ("c", False, "ACTIVE", "PUBLIC"),
                        ("d", True, "ACTIVE", "PRIVATE"),
                    )
                )
            ],
        },
        ids=("a",),
        skipped=3,
        first={"name": "Dock a", "capacity": 2},
    ),
    "flags_beside_counts_of_chargers": document(
        [
            {
                "id": "a",
                "latitude": 1,
                "longitude": 2,
                "is_fast_charger": True,
                "station_count": 3,
                "coming_soon": False,
                "under_repair": False,
            },
            {
                "id": "b",
                "latitude": 1,
                "longitude": 3,
                "is_fast_charger": True,
                "station_count": 2,
                "coming_soon": False,
                "under_repair": True,
            },
        ],
        ids=("a",),
        skipped=1,
        first={"capacity": 3},
    ),
    "capacity_that_has_vehicles_in_its_name": document(
        [
            {
                "StationUID": f"X{name}",
                "StationID": name,
                "StationName": {"Zh_tw": "站", "En": "Stop"},
                "StationPosition": {"PositionLon": 121.5, "PositionLat": lat},
                "BikesCapacity": 28,
            }
            for name, lat in (("a", 25.0), ("b", 25.1))
        ],
        ids=TWO,
        first={"capacity": 28, "names": {"Zh-tw": "站", "En": "Stop"}, "point": (121.5, 25.0)},
    ),
    "counts_by_level_in_two_words": text(
        "Station Name,Latitude,Longitude,EV Connector Types,EV DC Fast Count,EV Level 2 Count\n"
        "Hall,33.5,-112.0,J1772,None,6\nMall,33.6,-112.1,J1772 TESLA,None,1\n",
        ids=("Hall", "Mall"),
        first={"capacity": 6},
    ),
    "counts_of_a_moment_in_xml": text(
        "<?xml version='1.0' encoding='UTF-8'?><stations>"
        "<station><id>a</id><name>Quay</name><lat>43.66</lat><long>-79.37</long><public>true</public><nbBikes>7</nbBikes><nbEmptyDocks>8</nbEmptyDocks></station>"
        "<station><id>b</id><name>Mews</name><lat>43.67</lat><long>-79.38</long><public>false</public><nbBikes>7</nbBikes><nbEmptyDocks>8</nbEmptyDocks></station>"
        "</stations>",
        ids=("a",),
        skipped=1,
        first={"capacity": 15},
        note="vehicles and free places of a moment",
    ),
    "status_with_the_place_inside": document(
        {
            "data": {
                "stations": [
                    {
                        "station_id": name,
                        "is_installed": True,
                        "is_renting": renting,
                        "num_docks_available": 27,
                        "num_bikes_available": 9,
                        "num_bikes_disabled": 4,
                        "station_information": {
                            "station_id": name,
                            "name": f"Place {name}",
                            "lat": 1,
                            "lon": ord(name),
                        },
                    }
                    for name, renting in (("a", True), ("b", False))
                ]
            }
        },
        ids=("a",),
        skipped=1,
        first={"name": "Place a", "capacity": 40},
    ),
    "vehicles_in_the_street_in_xml": text(
        '<markers><country lat="50" lng="10" name="X"><city lat="51" lng="12" name="Y" uid="1">'
        '<place bikes="1" lat="51.34" lng="12.36" name="Bosestr." number="4013" spot="1" uid="a"/>'
        '<place bikes="5+" lat="51.32" lng="12.34" name="Allee" number="4010" spot="1" uid="b"/>'
        '<place bike="1" bikes="1" lat="51.31" lng="12.33" name="BIKE 1" uid="c"/></city></country></markers>',
        ids=TWO,
        skipped=1,
    ),
    "number_of_the_station_cut_short": text(
        "long;lat;nombre;domicilio;nro_est;horario;;;\n"
        "-58,39;-34,58;Lago;Calle 1;a;Estación automática: disponibilidad las 24 horas;;;\n-58,37;-34,59;Cerro;Calle 2;b;;;;\n",
        ids=TWO,
        first={"name": "Lago", "opening_hours": "24/7"},
    ),
    "address_in_the_words_of_a_register": text(
        "reference,name,latitude,longitude,buildingNumber,thoroughfare,street,town\na,Lake,51.6,-0.13,321A,Bowes Road,near the bridge,Leek\n",
        ids=("a",),
        first={"address": "321A Bowes Road", "city": "Leek"},
    ),
    "plane_of_nowhere": text(
        ",Name,x,y\n0,Lake,-1.8,2.85\n1,Hill,7.1,1.17\n",
        ids=("Lake", "Hill"),
        note="x and y were read as degrees",
    ),
    "private_by_a_flag": document(
        [
            {"id": name, "latitude": 1, "longitude": ord(name), "is_private": flag}
            for name, flag in (("a", 0), ("b", 1))
        ],
        ids=("a",),
        skipped=1,
        note="--include-private",
    ),
    "private_by_groups_with_access": text(
        "ID,Station Name,Latitude,Longitude,Status Code,Groups With Access Code,Access Code\n"
        "a,Hall,39.7,-105.1,E,Public - Card key at all times,public\nb,Yard,39.8,-105.1,E,Private - Fleet customers only,private\n",
        ids=("a",),
        skipped=1,
    ),
    "private_by_conditions": text(
        "id_station_itinerance;nom_station;coordonneesXY;nbre_pdc;condition_acces\n"
        'a;Gare;"[2.3, 48.8]";2;Accès libre\nb;Dépôt;"[2.4, 48.9]";2;Accès réservé\n',
        ids=("a",),
        skipped=1,
    ),
    "private_by_a_tag": document(
        {
            "elements": [
                {
                    "type": "node",
                    "id": number,
                    "lat": 1,
                    "lon": number,
                    "tags": {"amenity": "charging_station", "access": access},
                }
                for number, access in ((1, "yes"), (2, "customers"), (3, "private"), (4, "no"))
            ]
        },
        ids=("node/1",),
        skipped=3,
    ),
    "customers_of_the_network_itself": text(
        "id,lat,lon,access\na,1,2,customers\nb,1,3,customers\nc,1,4,\n", ids=("a", "b", "c")
    ),
    "private_by_a_number_of_access": document(
        [
            {
                "id": name,
                "name": name,
                "latitude": 1,
                "longitude": ord(name),
                "access": access,
                "stations": [{}],
            }
            for name, access in (("a", 1), ("b", 2))
        ],
        ids=("a",),
        skipped=1,
        note="by access: 1 rows",
    ),
    "private_by_what_is_published": document(
        [
            {
                "id": name,
                "party_id": "ABC",
                "coordinates": {"latitude": "51.0", "longitude": f"{ord(name)}"},
                "evses": [{"uid": "1", "status": "AVAILABLE"}],
                **published,
            }
            for name, published in (
                ("a", {"publish": True}),
                ("b", {"publish": False}),
                ("c", {"publish": "false", "publish_allowed_to": [{"group_id": "g"}]}),
                ("d", {}),
            )
        ],
        ids=("a", "d"),
        skipped=2,
        note="by publish: 2 rows",
    ),
    "private_by_a_level_of_access": text(
        "id,lat,lon,Access Level,access_restrictions\na,1,2,Public,\nb,1,3,Permit required,\nc,1,4,Public,Residents only\n",
        ids=("a",),
        skipped=2,
    ),
    "private_by_a_column_of_another_name": text(
        "id,lat,lon,Ownership,Station Type\na,1,2,Private,Public\nb,1,3,Public,Private - staff\nc,1,4,Private,Public (24h)\n",
        ids=("a", "c"),
        skipped=1,
        note="by Station Type",
    ),
    "public_and_private_owners": text(
        "id,lat,lon,Ownership,Sector,Betreiber,Bezeichnung\na,1,2,Private,Public,öffentlich,Public Library\n"
        "b,1,3,Public,Private,privat,Fleet Street\n",
        ids=TWO,
    ),
    "private_by_a_test_station": document(
        [
            {
                "ChargingStationID": name,
                "Accessibility": access,
                "GeoCoordinates": {"Google": {"Coordinates": f"50.7 7.{number}"}},
                "Address": {"Country": "DEU"},
            }
            for number, (name, access) in enumerate(
                (("a", "Paying publicly accessible"), ("b", "Restricted access"), ("c", "Test Station"))
            )
        ],
        ids=("a",),
        skipped=2,
        first={"country": "DE"},
    ),
    "countries_by_name": text(
        "id,lat,lon,country\na,25,121,Taiwan\nb,50,7,Deutschland\nc,20,77,Atlantis\n",
        ids=("a", "b", "c"),
        first={"country": "TW"},
    ),
    "country_by_a_code_of_three_letters": text(
        "id,lat,lon,country_name\na,-1.3,36.8,KEN\n", ids=("a",), first={"country": "KE"}
    ),
    "private_by_a_type_of_usage": document(
        [
            {
                "ID": number,
                "UsageType": {"ID": number, "Title": title},
                "AddressInfo": {"Title": "X", "Latitude": 51, "Longitude": number},
                "NumberOfPoints": 2,
            }
            for number, title in (
                (1, "Public - Membership Required"),
                (2, "Private - Restricted Access"),
                (3, "Privately Owned - Notice Required"),
                (6, "Private - For Staff, Visitors or Customers"),
            )
        ],
        ids=("1", "3"),
        skipped=2,
    ),
    "private_by_a_number_of_usage": document(
        [
            {
                "ID": number,
                "UsageTypeID": number,
                "AddressInfo": {"Title": "X", "Latitude": 51, "Longitude": number},
            }
            for number in (1, 2, 3, 6)
        ],
        ids=("1", "3"),
        skipped=2,
    ),
    "private_plug_of_a_public_station": text(
        "station_id,name,lat,lon,connector_id,access\na,Lake,1,2,1,public\na,Lake,1,2,2,private\n",
        ids=("a",),
        merged=1,
        first={"capacity": 2},
    ),
    "records_whose_x_is_a_latitude": document(
        [
            {
                "recordid": name,
                "fields": {
                    "etat": "OUVERT",
                    "nom_complet": f"Parc {name}",
                    "y": 2.9,
                    "x": 50.5,
                    "capacite": 29,
                },
                "geometry": {"type": "Point", "coordinates": [2.9, 50.5]},
            }
            for name in TWO
        ],
        ids=TWO,
        first={"name": "Parc a", "capacity": 29, "point": (2.9, 50.5)},
    ),
    "capacities_by_kind_of_vehicle": text(
        "idobj,nom_complet,lat,lon,capacite_vehicule_electrique,capacite_velo,capacite_voiture\na,Parc,47,-1.5,0,11,201\n",
        ids=("a",),
        first={"name": "Parc", "capacity": None},
    ),
    "arrays_without_names": document(
        [["Quay", -3.7, 40.4, "icon"], ["Hill", -3.6, 40.5, "icon"]], message="array of arrays"
    ),
    "sides_that_are_exchanged_in_the_south": document(
        [
            {"id": name, "longitude": "-32.95", "latitude": f"-60.6{number}"}
            for number, name in enumerate(TWO)
        ],
        ids=TWO,
        note="in each other's place?",
    ),
}
