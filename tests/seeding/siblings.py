"""Made-up files in the shapes of real exports, each with what must be read of it; no text is of any source."""

import json
from dataclasses import dataclass, field
from typing import Any

from navswap.seeding.formats import NetworkFormat, ReadingOptions


@dataclass(frozen=True)
class Sibling:
    """A file, and what it holds: ids in order, values of the first station, and how many rows are left out.

    `message` is a part of the message of a file that cannot be read, `note` a part of a note.
    """

    data: bytes
    ids: tuple[str, ...] = ()
    first: dict[str, Any] = field(default_factory=dict)
    skipped: int = 0
    rejected: tuple[str, ...] = ()
    identical: int = 0
    merged: int = 0
    format: NetworkFormat | None = None
    options: ReadingOptions = field(default_factory=ReadingOptions)
    message: str | None = None
    note: str | None = None


def text(written: str, encoding: str = "utf-8", **expected: Any) -> Sibling:
    return Sibling(written.encode(encoding), **expected)


def document(value: object, **expected: Any) -> Sibling:
    return Sibling(json.dumps(value, ensure_ascii=False).encode(), **expected)


def point(longitude: float, latitude: float) -> dict[str, object]:
    return {"type": "Point", "coordinates": [longitude, latitude]}


def features(*each: dict[str, object], **more: object) -> dict[str, object]:
    return {"type": "FeatureCollection", **more, "features": list(each)}


def feature(properties: object, geometry: object, **more: object) -> dict[str, object]:
    return {"type": "Feature", **more, "properties": properties, "geometry": geometry}


TWO = ("a", "b")
TABLES = {
    "bay_share_csv": text(
        "station_id,name,short_name,lat,lon,region_id,rental_methods,capacity,has_kiosk\n"
        "a,Harbour,SF-1,37.77,-122.41,3,KEY,19,true\nb,Hill,SF-2,37.78,-122.42,3,KEY,23,true\n",
        ids=TWO,
        first={"name": "Harbour", "capacity": 19, "point": (-122.41, 37.77)},
    ),
    "city_portal_with_point_column": text(
        "ID,Station Name,Total Docks,Docks in Service,Status,Latitude,Longitude,Location\n"
        'a,Pier,31,30,In Service,41.88,-87.62,"POINT (-87.62 41.88)"\nb,Mill,15,0,Not In Service,41.89,-87.63,"POINT (-87.63 41.89)"\n',
        ids=("a",),
        skipped=1,
        first={"capacity": 31, "address": None},
    ),
    "point_column_alone": text(
        'id,name,Location\na,Pier,"POINT (-87.62 41.88)"\nb,Mill,"SRID=4326;POINT(-87.63 41.89)"\n',
        ids=TWO,
        first={"point": (-87.62, 41.88)},
    ),
    "pair_in_brackets": text(
        'id,name,Location\na,Pier,"(41.88, -87.62)"\nb,Mill,"(41.89, -87.63)"\n',
        ids=TWO,
        first={"point": (-87.62, 41.88)},
    ),
    "opendata_portal_fr": text(
        "Identifiant station;Nom station;Capacité de la station;Station en fonctionnement;Coordonnées géographiques;Nom communes équipées\n"
        "a;Gare;35;OUI;48.865983, 2.275725;Ville\nb;Port;21;NON;48.870393, 2.384222;Ville\n",
        ids=("a",),
        skipped=1,
        first={"name": "Gare", "capacity": 35, "point": (2.275725, 48.865983)},
    ),
    "charging_points_fr": text(
        "id_station_itinerance,nom_station,adresse_station,coordonneesXY,nbre_pdc,id_pdc_itinerance,horaires\n"
        'a,Parking,1 rue X,"[2.35, 48.85]",2,a-1,24/7\na,Parking,1 rue X,"[2.35, 48.85]",2,a-2,24/7\nb,Gare,2 rue Y,"[2.36, 48.86]",4,b-1,24/7\n',
        ids=TWO,
        merged=1,
        first={"point": (2.35, 48.85), "capacity": 2, "opening_hours": "24/7", "address": "1 rue X"},
    ),
    "register_de": text(
        "Register der Stationen;;;;;;\nStand: 01.03.2026;;;;;;\n\nStations-ID;Bezeichnung;Straße;Hausnummer;Ort;Breitengrad;Längengrad\n"
        "a;Markt;Mühlweg;3;Köln;50,9371;6,9603\nb;Süd;Ring;7;Köln;50,9102;6,9550\n",
        "cp1252",
        ids=TWO,
        first={"name": "Markt", "address": "Mühlweg 3", "city": "Köln", "point": (6.9603, 50.9371)},
        note="cp1252",
    ),
    "status_de": text(
        "ID;Standort;Breite;Länge;Betriebsstatus\na;Markt;50,9;6,9;In Betrieb\nb;Süd;50,8;6,8;Außer Betrieb\nc;West;50,7;6,7;Geplant\n",
        ids=("a",),
        skipped=2,
        options=ReadingOptions({"latitude": "Breite", "longitude": "Länge"}),
    ),
    "stations_es": text(
        "codigo_estacion|nombre|latitud|longitud|numero_de_bases|estado\na|Puerto|41,39|2,17|24|Abierta\nb|Norte|41,40|2,18|20|Fuera de servicio\n",
        ids=("a",),
        skipped=1,
        first={"name": "Puerto", "capacity": 24, "point": (2.17, 41.39)},
    ),
    "stations_it": text(
        "codice;nome;indirizzo;latitudine;longitudine;posti;stato\na;Duomo;Via Prima 1;45.46;9.19;18;Attiva\nb;Fiera;Via Due 2;45.47;9.15;20;In manutenzione\n",
        ids=("a",),
        skipped=1,
        first={"name": "Duomo", "address": "Via Prima 1", "capacity": 18},
    ),
    "stations_pt": text(
        "id_estacao;nome;endereço;latitude;longitude;vagas;situação\na;Cais;Rua A;-23.55;-46.63;12;Em operação\nb;Praça;Rua B;-23.56;-46.64;15;Em breve\n",
        ids=("a",),
        skipped=1,
        first={"name": "Cais", "capacity": 12, "point": (-46.63, -23.55)},
    ),
    "stations_nl": text(
        "stationsnummer;naam;breedtegraad;lengtegraad;aantal plaatsen;status\na;Haven;52,37;4,89;14;In gebruik\nb;Zuid;52,36;4,88;16;Buiten gebruik\n",
        ids=("a",),
        skipped=1,
        first={"name": "Haven", "capacity": 14},
    ),
    "stations_tw": text(
        "站點代號,場站名稱,緯度,經度,總停車格,地址,行政區,狀態\na,市府站,25.04,121.56,28,信義路1號,信義區,營運中\nb,車站,25.05,121.52,30,忠孝路2號,中正區,暫停營運\n",
        "big5",
        ids=("a",),
        skipped=1,
        first={"name": "市府站", "capacity": 28, "district": "信義區"},
        note="big5",
    ),
    "stations_cn": text(
        "站点编号,站点名称,纬度,经度,仓位数,营业时间\na,人民广场,31.23,121.47,12,24小时\nb,火车站,31.25,121.46,8,08:00-22:00\n",
        "gb18030",
        ids=TWO,
        first={"name": "人民广场", "capacity": 12, "opening_hours": "24/7"},
        note="gb18030",
    ),
    "stations_jp": text(
        "番号,名称,緯度,経度,台数,住所\na,渋谷駅前ステーション,35.66,139.70,10,渋谷1-2\nb,新宿ステーション,35.69,139.70,12,新宿3-4\n",
        "cp932",
        ids=TWO,
        first={"name": "渋谷駅前ステーション", "capacity": 10},
        note="cp932",
    ),
    "stations_kr": text(
        "대여소번호,대여소명,위도,경도,거치대수\na,서울역,37.55,126.97,15\nb,시청앞,37.56,126.98,20\n",
        "cp949",
        ids=TWO,
        first={"name": "서울역", "capacity": 15},
        note="cp949",
    ),
    "stations_hi": text(
        "स्टेशन_आईडी,नाम,अक्षांश,देशांतर,क्षमता,स्थिति\na,झील,18.5,73.8,12,चालू\nb,बाज़ार,18.6,73.9,10,बंद\n",
        ids=("a",),
        skipped=1,
        first={"name": "झील", "capacity": 12},
    ),
    "stations_ru": text(
        "id;название;широта;долгота\na;Площадь Мира;55.75;37.61\nb;Вокзал;55.76;37.62\n",
        "cp1251",
        ids=TWO,
        first={"name": "Площадь Мира"},
        note="cp1251",
    ),
    "swap_partner_list": text(
        "Station ID,Station Name,Full Address,City,State,Lat,Long,No. of Docks,Operational Hours,Operational Status\n"
        'a,Depot 1,"1 Ring Rd, Block 2",Delhi,Delhi,28.61,77.20,8 docks,6 AM - 11 PM,Live\nb,Depot 2,2 Ring Rd,Noida,Uttar Pradesh,28.57,77.32,12 docks,24x7,Coming soon\n',
        ids=("a",),
        skipped=1,
        first={
            "capacity": 8,
            "opening_hours": "Mo-Su 06:00-23:00",
            "address": "1 Ring Rd, Block 2",
            "city": "Delhi",
        },
    ),
    "degrees_minutes": text(
        'id,name,lat,lon\na,Lake,"18°31\'12.0""N","73°51\'00""E"\nb,South,"33°27\'S","70°40\'W"\n',
        ids=TWO,
        first={"point": (73.85, 18.52)},
    ),
    "degrees_minutes_in_one": text(
        "id;name;GPS\na;Lake;18°31'12\"N 73°51'00\"E\nb;South;33°27'S, 70°40'W\n",
        ids=TWO,
        first={"point": (73.85, 18.52)},
    ),
    "degree_signs": text(
        "id,name,lat,lon\na,Lake,18.52° N,73.85° E\nb,South,33.45° S,70.66° W\n",
        ids=TWO,
        first={"point": (73.85, 18.52)},
    ),
    "separator_line": text(
        "sep=;\r\nid;name;lat;lon\r\na;Lake;18,5;73,8\r\nb;Hill;18,6;73,9\r\n",
        ids=TWO,
        first={"point": (73.8, 18.5)},
    ),
    "tabs_and_mark": text(
        "\ufeffStationID\tTitle\tLAT\tLNG\nA\tLake\t18.5\t73.8\n", ids=("A",), first={"name": "Lake"}
    ),
    "utf16_without_mark": text(
        "id,name,lat,lon\na,Mühle,18.5,73.8\n", "utf-16-le", ids=("a",), first={"name": "Mühle"}
    ),
    "swapped_out_of_range": text(
        "id,name,lat,lon\na,One,121.54,25.03\nb,Two,121.55,25.04\n",
        ids=TWO,
        first={"point": (121.54, 25.03)},
        note="exchanged",
    ),
    "one_swapped_row": text(
        "id,lat,lon\na,25.03,121.54\nb,121.55,25.04\nc,25.05,121.56\n",
        ids=("a", "c"),
        rejected=("longitude and latitude look swapped",),
    ),
    "float_ids": text("id,lat,lon\n5001.0,18.5,73.8\n5002.0,18.6,73.9\n", ids=("5001", "5002")),
    "short_row": text("id,lat,lon,name,capacity\na,18.5,73.8\nb,18.6,73.9,Beta,9\n", ids=TWO),
    "odd_capacities": text(
        "id,lat,lon,capacity\na,1,2,n/a\nb,1,3,many\nc,1,4,-3\nd,1,5,12.5\ne,1,6,5000\nf,1,7,16.0\n",
        ids=("a", "b", "c", "d", "e", "f"),
    ),
    "every_capacity_zero": text(
        "id,lat,lon,capacity\na,1,2,0\nb,1,3,0\nc,1,4,0\n", ids=("a", "b", "c"), first={"capacity": None}
    ),
    "open_quote_that_another_closes": text(
        'id,name,address,lat,lon\na,One,x,1,2\nq,Two,"open,1,3\nb,Three,"y",1,4\nc,Four,z,1,5\n',
        ids=("a", "b", "c"),
        rejected=("quotation marks are broken",),
    ),
    "extra_comma_in_address": text(
        "id,name,address,lat,lon\na,One,x,1,2\nb,Two,1 Road, Block 2,1,3\n",
        ids=("a",),
        rejected=("the row has 6 fields, the header 5",),
    ),
    "status_codes": text(
        "ID,Station Name,Latitude,Longitude,Status Code,State\na,One,37,-122,E,CA\nb,Two,38,-122,P,CA\nc,Three,39,-122,T,NV\n",
        ids=("a",),
        skipped=2,
    ),
    "flags": text("id,lat,lon,is_active\na,1,2,TRUE\nb,1,3,FALSE\nc,1,4,true\n", ids=("a", "c"), skipped=1),
    "named_columns": text(
        "Objekt,Titelzeile,N,E,Boxen\na,Lake,18.5,73.8,9\n",
        ids=("a",),
        first={"name": "Lake", "capacity": 9},
        options=ReadingOptions(
            {"id": "Objekt", "name": "Titelzeile", "latitude": "N", "longitude": "E", "capacity": "Boxen"}
        ),
    ),
    "projected_with_code": text(
        "id;name;x;y\na;Dom;356540.5;5645300.2\nb;Zoo;358000;5647000\n",
        ids=TWO,
        options=ReadingOptions(crs="EPSG:25832"),
        note="EPSG:25832",
    ),
    "projected_without_code": text(
        "id;name;x;y\na;Dom;356540.5;5645300.2\nb;Zoo;358000;5647000\n", message="--crs"
    ),
    "no_id": text(
        "name,lat,lon\nLake,18.5,73.8\nLake,18.6,73.9\n",
        ids=("18.50000,73.80000", "18.60000,73.90000"),
        first={"name": "Lake"},
        note="places are the ids",
    ),
    "no_place": text("id,name,address\na,Lake,1 Road\nb,Hill,2 Road\n", message="latitude and longitude"),
    "no_header": text("a,Lake,18.5,73.8\nb,Hill,18.6,73.9\n", message="no line at its top names columns"),
    "same_fault_in_all_rows": text(
        "id,lat,lon\na,18°,east\nb,18°,east\nc,18°,east\n", message="none of its 3 rows can be read"
    ),
    "thousands_points": text(
        "id,lat,lon\na,25.037.100,121.54\nb,25.04,121.55\n",
        ids=("b",),
        rejected=("more than one decimal point",),
    ),
    "map_links": text(
        'id,name,Google Maps\na,Lake,https://maps.example/maps?q=18.52%2C73.85\nb,Hill,"https://maps.example/@18.53,73.86,17z"\n',
        ids=TWO,
        first={"point": (73.85, 18.52)},
    ),
    "millionths": text("id,latE6,lonE6\na,18520000,73850000\n", ids=("a",), first={"point": (73.85, 18.52)}),
    "ten_millionths_by_name": text(
        "id,latitudeE7,longitudeE7\na,25037100,15454000\n", ids=("a",), first={"point": (1.5454, 2.50371)}
    ),
    "ten_millionths": text(
        "id,lat,lon\na,185200000,738500000\nb,185300000,738600000\nc,0,0\n",
        ids=TWO,
        rejected=("0, 0",),
        first={"point": (73.85, 18.52)},
        note="ten-millionths of a degree",
    ),
    "one_number_without_its_point": text(
        "id,lat,lon\na,18.52,73.85\nb,18.53,73.86\nc,185300000,738600000\n",
        ids=TWO,
        rejected=("outside [-90, 90]",),
    ),
    "longitudes_to_360": text(
        "id,lat,lon\na,40.71,285.99\nb,40.72,286\nc,51.5,0.1\n",
        ids=("a", "b", "c"),
        first={"point": (-74.01, 40.71)},
        note="0 to 360 degrees",
    ),
    "one_longitude_beyond_180": text(
        "id,lat,lon\na,18.52,73.85\nb,18.53,273.86\nc,18.54,73.87\n",
        ids=("a", "c"),
        rejected=("outside [-180, 180]",),
    ),
    "longitudes_beyond_180_beside_western_ones": text(
        "id,lat,lon\na,40.71,-74.01\nb,40.72,286\nc,40.73,286.1\n",
        ids=("a",),
        rejected=("outside [-180, 180]",) * 2,
    ),
    "languages_in_columns": text(
        "id,name:en,name:zh,lat,lon\na,Harbour,海港,25,121\n",
        ids=("a",),
        first={"name": "Harbour", "names": {"en": "Harbour", "zh": "海港"}},
    ),
    "kiosks": text(
        "Kiosk ID,Kiosk Name,Kiosk Status,Location,Address,Alternate Name,Number of Docks\n"
        'a,Plaza,active,"(30.26, -97.74)",1 Road,x,13\nb,Lake,closed,"(30.27, -97.75)",2 Road,y,9\n',
        ids=("a",),
        skipped=1,
        first={"name": "Plaza", "capacity": 13, "point": (-97.74, 30.26), "address": "1 Road"},
    ),
    "one_id_is_not_always_there": text(
        "Last Updated,1/9/2026,,,,\nNumber,NAME,Lat,Long,Seasonal Status,Total Docks,Station ID (to match to historic data)\n"
        "A1,One,42.3,-71.1,Year Round,15,7\nA2,Two,42.4,-71.2,Winter Storage,19,\n",
        ids=("A1", "A2"),
        first={"name": "One", "capacity": 15},
    ),
    "dates_of_closing": text(
        "station_id,name,lat,long,install_date,install_dockcount,modification_date,current_dockcount,decommission_date\n"
        "a,One,47.6,-122.3,10/13/2014,18,,20,\nb,Two,47.7,-122.4,10/13/2014,16,,0,8/9/2016\n",
        ids=("a",),
        skipped=1,
        first={"capacity": 20},
    ),
    "header_of_two_lines": text(
        "대여소번호,대여소명,소재지,,,설치형태\n,,자치구,위도,경도,LCD\n101,합정역,마포구,37.55,126.91,5\n102,망원역,마포구,37.56,126.92,7\n",
        ids=("101", "102"),
        first={"name": "합정역", "district": "마포구", "point": (126.91, 37.55)},
    ),
    "number_sign_of_docks": text(
        "Station ID,Station,Latitude,Longitude,Municipality,# of Docks\na,One,42.3,-71.1,Town,15\n",
        ids=("a",),
        first={"name": "One", "capacity": 15, "city": "Town"},
    ),
    "query_result_with_at_signs": text(
        "@id\t@lat\t@lon\tname\n11\t1.5\t2.5\tOne\n", ids=("11",), first={"point": (2.5, 1.5)}
    ),
    "stations_vi": text(
        "mã trạm,tên trạm,vĩ độ,kinh độ,địa chỉ,sức chứa,trạng thái\na,Bến Thành,10.77,106.70,1 Đường,10,Đang hoạt động\n"
        "b,Chợ Lớn,10.75,106.66,2 Đường,8,Bảo trì\n",
        ids=("a",),
        skipped=1,
        first={"name": "Bến Thành", "capacity": 10},
    ),
    "stations_id": text(
        "kode stasiun;nama;lintang;bujur;alamat;kapasitas;status\na;Sudirman;-6,20;106,82;Jalan 1;12;Aktif\nb;Blok M;-6,24;106,80;Jalan 2;12;Tutup\n",
        ids=("a",),
        skipped=1,
        first={"name": "Sudirman", "capacity": 12, "point": (106.82, -6.2)},
    ),
    "status_as_a_table": text(
        "station_id,num_bikes_available,num_docks_available,status\n420,3,8,IN_SERVICE\n",
        message="station_status",
    ),
    "piles": text(
        "station_id,longitude,latitude,pile_num,total_duration,area\n0,145.1,-37.6,1,9027.7,4330.08\n",
        ids=("0",),
        first={"capacity": 1, "district": None},
    ),
    "states_under_another_name": text(
        "id,name,lat,lon,condition\na,One,1,2,Operational\nb,Two,1,3,Decommissioned\n", ids=("a",), skipped=1
    ),
    "gtfs_stops": text("stop_id,stop_name,stop_lat,stop_lon\na,One,1,2\n", ids=("a",), first={"name": "One"}),
}
DOCUMENTS = {
    "gbfs_1": document(
        {
            "last_updated": 1,
            "ttl": 1,
            "data": {"stations": [{"station_id": "a", "name": "One", "lat": 1.5, "lon": 2.5}]},
        },
        ids=("a",),
        format=NetworkFormat.GBFS,
    ),
    "gbfs_3": document(
        {
            "version": "3.1-RC",
            "data": {
                "stations": [
                    {
                        "station_id": "a",
                        "name": [{"text": "Lac", "language": "fr"}, {"text": "Lake", "language": "en"}],
                        "lat": 1.5,
                        "lon": 2.5,
                        "station_opening_hours": "Mo-Fr 07:00-20:00",
                    }
                ]
            },
        },
        ids=("a",),
        first={"name": "Lake", "names": {"fr": "Lac", "en": "Lake"}, "opening_hours": "Mo-Fr 07:00-20:00"},
    ),
    "gbfs_discovery": document(
        {"data": {"en": {"feeds": [{"name": "station_information", "url": "https://x.example/si.json"}]}}},
        message="https://x.example/si.json",
    ),
    "gbfs_discovery_3": document(
        {"version": "3.0", "data": {"feeds": [{"name": "station_status", "url": "u"}]}},
        message="discovery file",
    ),
    "gbfs_vehicles": document(
        {"data": {"vehicles": [{"vehicle_id": "v", "lat": 1, "lon": 2}]}}, message="vehicle_status"
    ),
    "city_network_api": document(
        {
            "network": {
                "id": "x",
                "location": {"latitude": 50, "longitude": 8},
                "stations": [
                    {
                        "id": "a",
                        "name": "One",
                        "latitude": 1.5,
                        "longitude": 2.5,
                        "free_bikes": 3,
                        "extra": {"slots": 17},
                    }
                ],
            }
        },
        ids=("a",),
        first={"capacity": 17},
    ),
    "nested_countries": document(
        {
            "countries": [
                {
                    "lat": 50,
                    "lng": 8,
                    "name": "Net",
                    "cities": [
                        {
                            "uid": 1,
                            "lat": 50,
                            "lng": 8,
                            "name": "Town",
                            "places": [
                                {
                                    "uid": 11,
                                    "lat": 50.1,
                                    "lng": 8.1,
                                    "name": "Hbf",
                                    "number": 4001,
                                    "bike_racks": 12,
                                },
                                {
                                    "uid": 12,
                                    "lat": 50.2,
                                    "lng": 8.2,
                                    "name": "Zoo",
                                    "number": 4002,
                                    "bike_racks": 8,
                                },
                            ],
                        },
                        {
                            "uid": 2,
                            "lat": 51,
                            "lng": 9,
                            "name": "Other",
                            "places": [{"uid": 13, "lat": 51, "lng": 9, "name": "Nord"}],
                        },
                    ],
                }
            ]
        },
        ids=("11", "12", "13"),
        first={"name": "Hbf", "capacity": 12},
    ),
    "position_objects": document(
        [
            {
                "number": 7,
                "contract_name": "x",
                "name": "7 - ONE",
                "position": {"lat": 1.5, "lng": 2.5},
                "bike_stands": 20,
                "status": "OPEN",
            },
            {
                "number": 8,
                "contract_name": "x",
                "name": "8 - TWO",
                "position": {"lat": 1.6, "lng": 2.6},
                "bike_stands": 18,
                "status": "CLOSED",
            },
        ],
        ids=("7",),
        skipped=1,
        first={"capacity": 20},
    ),
    "key_value_properties": document(
        [
            {
                "id": "a",
                "commonName": "River Street",
                "lat": 51.5,
                "lon": -0.1,
                "additionalProperties": [
                    {"key": "NbDocks", "value": "19"},
                    {"key": "Installed", "value": "true"},
                ],
            }
        ],
        ids=("a",),
        first={"name": "River Street", "capacity": 19},
    ),
    "youbike": document(
        [
            {
                "sno": "500101001",
                "sna": "YouBike_One",
                "tot": "28",
                "sarea": "大安區",
                "lat": "25.02",
                "lng": "121.54",
                "ar": "1 Road",
                "snaen": "One",
                "act": "1",
            },
            {
                "sno": "500101002",
                "sna": "YouBike_Two",
                "tot": "20",
                "sarea": "大安區",
                "lat": "25.03",
                "lng": "121.55",
                "ar": "2 Road",
                "snaen": "Two",
                "act": "0",
            },
        ],
        ids=("500101001",),
        skipped=1,
        first={"capacity": 28, "district": "大安區", "address": "1 Road", "names": {"en": "One"}},
    ),
    "by_id": document(
        {
            "retCode": 1,
            "retVal": {
                "a": {"name": "One", "lat": "1.5", "lng": "2.5"},
                "b": {"name": "Two", "lat": "1.6", "lng": "2.6"},
            },
        },
        ids=TWO,
        first={"name": "One"},
    ),
    "envelope": document(
        {
            "code": 0,
            "data": {
                "total": 2,
                "stations_list": [{"station_id": "a", "name": "One", "latitude": "1.5", "longitude": "2.5"}],
            },
        },
        ids=("a",),
    ),
    "swap_stations_app": document(
        {
            "status": "OK",
            "result": {
                "items": [
                    {
                        "stationCode": "a",
                        "stationName": "One",
                        "location": {"type": "Point", "coordinates": [2.5, 1.5]},
                        "totalSlots": 13,
                        "stationStatus": "Operational",
                    },
                    {
                        "stationCode": "b",
                        "stationName": "Two",
                        "location": {"type": "Point", "coordinates": [2.6, 1.6]},
                        "totalSlots": 13,
                        "stationStatus": "Under maintenance",
                    },
                ]
            },
        },
        ids=("a",),
        skipped=1,
        first={"capacity": 13, "point": (2.5, 1.5)},
    ),
    "ocpi": document(
        {
            "status_code": 1000,
            "data": [
                {
                    "id": "a",
                    "name": "One",
                    "address": "1 Road",
                    "city": "Town",
                    "country": "DEU",
                    "coordinates": {"latitude": "50.10", "longitude": "8.20"},
                    "time_zone": "Europe/Berlin",
                    "opening_times": {"twentyfourseven": True},
                    "evses": [
                        {
                            "uid": "1",
                            "status": "AVAILABLE",
                            "coordinates": {"latitude": "1", "longitude": "2"},
                        },
                        {"uid": "2", "status": "CHARGING"},
                    ],
                },
                {
                    "id": "b",
                    "coordinates": {"latitude": "50.2", "longitude": "8.3"},
                    "evses": [{"uid": "3", "status": "PLANNED"}],
                },
            ],
        },
        ids=("a",),
        skipped=1,
        format=NetworkFormat.OCPI,
        first={"capacity": 2, "opening_hours": "24/7", "time_zone": "Europe/Berlin", "point": (8.2, 50.1)},
    ),
    "openchargemap": document(
        [
            {
                "ID": 1,
                "UUID": "u",
                "AddressInfo": {
                    "ID": 9,
                    "Title": "One",
                    "AddressLine1": "1 Road",
                    "Town": "Town",
                    "Latitude": 1.5,
                    "Longitude": 2.5,
                    "Country": {"ISOCode": "GB"},
                },
                "OperatorInfo": {"Title": "Op"},
                "NumberOfPoints": 4,
                "StatusType": {"IsOperational": True, "Title": "Operational", "ID": 50},
            },
            {
                "ID": 2,
                "AddressInfo": {"Title": "Two", "Latitude": 1.6, "Longitude": 2.6},
                "NumberOfPoints": None,
                "StatusType": {"IsOperational": None, "Title": "Planned For Future Date", "ID": 150},
            },
        ],
        ids=("1",),
        skipped=1,
        format=NetworkFormat.OPENCHARGEMAP,
        first={"name": "One", "capacity": 4, "city": "Town", "country": "GB"},
    ),
    "overpass": document(
        {
            "version": 0.6,
            "elements": [
                {
                    "type": "node",
                    "id": 1,
                    "lat": 1.5,
                    "lon": 2.5,
                    "tags": {
                        "amenity": "charging_station",
                        "name": "One",
                        "capacity": "4",
                        "addr:street": "Road",
                        "addr:housenumber": "1",
                    },
                },
                {
                    "type": "way",
                    "id": 1,
                    "center": {"lat": 1.6, "lon": 2.6},
                    "tags": {"amenity": "bicycle_rental", "name": "Two"},
                },
                {"type": "node", "id": 3, "lat": 1.7, "lon": 2.7},
            ],
        },
        ids=("node/1", "way/1"),
        skipped=1,
        format=NetworkFormat.OVERPASS,
        first={"address": "1 Road", "capacity": 4},
    ),
    "arcgis": document(
        {
            "geometryType": "esriGeometryPoint",
            "spatialReference": {"wkid": 102100, "latestWkid": 3857},
            "features": [
                {
                    "attributes": {"OBJECTID": 1, "STATION_NAME": "One"},
                    "geometry": {"x": 890555.926, "y": 6446275.841},
                }
            ],
        },
        ids=("1",),
        first={"name": "One", "point": (8.0, 50.0)},
        format=NetworkFormat.ARCGIS,
    ),
    "geojson_projected": document(
        features(
            feature({"id": "a"}, point(500000, 5540000)),
            crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}},
        ),
        ids=("a",),
        note="EPSG:25832",
    ),
    "geojson_numbered": document(
        features(
            feature({"station_id": "a"}, point(2, 1), id=0), feature({"station_id": "b"}, point(2, 1.1), id=1)
        ),
        ids=TWO,
    ),
    "geojson_shapes": document(
        features(
            feature(
                {"id": "a"}, {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]}
            ),
            feature({"id": "b"}, {"type": "MultiPoint", "coordinates": [[1, 1], [3, 3]]}),
            feature({"id": "c"}, {"type": "LineString", "coordinates": [[1, 1], [3, 3]]}),
            feature({"id": "d"}, None),
        ),
        ids=TWO,
        first={"point": (1, 1)},
        rejected=("LineString", "no geometry"),
    ),
    "geojson_lines": text(
        "\n".join(json.dumps(feature({"id": name}, point(2, 1))) for name in TWO),
        ids=TWO,
        format=NetworkFormat.GEOJSON,
    ),
    "json_lines": text('{"id": "a", "lat": 1, "lon": 2}\n{"id": "b", "lat": 1, "lon": 3}\n', ids=TWO),
    "names_by_language": document(
        [{"id": "a", "name": {"en": "Lake", "zh": "湖"}, "lat": 1, "lon": 2}],
        ids=("a",),
        first={"name": "Lake", "names": {"en": "Lake", "zh": "湖"}},
    ),
    "opendatasoft_records": document(
        {
            "nhits": 1,
            "records": [
                {
                    "recordid": "r",
                    "fields": {
                        "stationcode": "a",
                        "name": "One",
                        "capacity": 35,
                        "coordonnees_geo": [48.86, 2.27],
                    },
                    "geometry": {"type": "Point", "coordinates": [2.27, 48.86]},
                }
            ],
        },
        ids=("a",),
        first={"name": "One", "capacity": 35, "point": (2.27, 48.86)},
    ),
    "opendatasoft_arrays": document(
        [{"stationcode": "a", "coordonnees_geo": [48.86, 2.27]}], ids=("a",), first={"point": (2.27, 48.86)}
    ),
    "opendatasoft_objects": document(
        {
            "total_count": 1,
            "results": [
                {"stationcode": "a", "coordonnees_geo": {"lon": 2.27, "lat": 48.86}, "is_installed": "OUI"}
            ],
        },
        ids=("a",),
        first={"point": (2.27, 48.86)},
    ),
    "nested_address": document(
        [
            {
                "id": 1,
                "name": "One",
                "status": "OPEN",
                "address": {"street": "1 Road", "city": "Town", "zip": "1"},
                "gps": {"latitude": 1.5, "longitude": 2.5},
                "stallCount": 8,
            },
            {
                "id": 2,
                "name": "Two",
                "status": "PERMIT",
                "address": {"street": "2 Road", "city": "Town", "zip": "1"},
                "gps": {"latitude": 1.6, "longitude": 2.6},
                "stallCount": 8,
            },
            {
                "id": 3,
                "name": "Three",
                "status": "CLOSED_TEMP",
                "address": {"street": "3 Road", "city": "Town", "zip": "1"},
                "gps": {"latitude": 1.7, "longitude": 2.7},
                "stallCount": 8,
            },
        ],
        ids=("1",),
        skipped=2,
        first={"address": "1 Road", "city": "Town", "capacity": 8},
    ),
    "charge_devices": document(
        {
            "ChargeDevice": [
                {
                    "ChargeDeviceId": "a",
                    "ChargeDeviceName": "One",
                    "ChargeDeviceLocation": {
                        "Latitude": "51.5",
                        "Longitude": "-0.1",
                        "Address": {"Street": "1 Road", "PostTown": "Town"},
                    },
                    "ChargeDeviceStatus": "In service",
                    "DeviceOwner": {"OrganisationName": "Op"},
                },
                {
                    "ChargeDeviceId": "b",
                    "ChargeDeviceName": "Two",
                    "ChargeDeviceLocation": {
                        "Latitude": "51.6",
                        "Longitude": "-0.2",
                        "Address": {"Street": "2 Road", "PostTown": "Town"},
                    },
                    "ChargeDeviceStatus": "Out of service",
                    "DeviceOwner": {"OrganisationName": "Op"},
                },
            ]
        },
        ids=("a",),
        skipped=1,
        first={"name": "One", "address": "1 Road"},
    ),
    "database_export": document(
        [
            {"_id": {"$oid": "5f"}, "name": "One", "location": "121.47,31.23"},
            {"_id": {"$oid": "60"}, "name": "Two", "location": "121.48,31.24"},
        ],
        ids=("5f", "60"),
        first={"point": (121.47, 31.23)},
    ),
    "arrays_of_latitude_first": document(
        [
            {"id": "a", "name": "Hub", "location": [28.63, 77.21]},
            {"id": "b", "name": "Place", "location": [28.54, 77.25]},
        ],
        ids=TWO,
        first={"point": (77.21, 28.63)},
        note="latitude and longitude",
    ),
    "arrays_of_longitude_first": document(
        [{"id": "a", "name": "Hub", "location": [77.21, 28.63]}], ids=("a",), first={"point": (77.21, 28.63)}
    ),
    "national_database": document(
        {
            "Provider": "X",
            "chargerstations": [
                {
                    "csmd": {
                        "id": 3108,
                        "name": "One",
                        "Street": "Road",
                        "House_number": "4",
                        "City": "TOWN",
                        "Number_charging_points": 10,
                        "Position": "(59.85178,17.64124)",
                        "Available_charging_points": 7,
                        "Station_status": 1,
                    },
                    "attr": {"st": {"24": {"attrtypeid": "24", "attrname": "Open 24h", "trans": "Yes"}}},
                }
            ],
        },
        ids=("3108",),
        first={"name": "One", "capacity": 10, "city": "TOWN", "point": (17.64124, 59.85178)},
    ),
    "station_beans": document(
        {
            "executionTime": "x",
            "stationBeanList": [
                {
                    "id": 72,
                    "stationName": "One",
                    "availableDocks": 3,
                    "totalDocks": 39,
                    "latitude": 40.7,
                    "longitude": -73.9,
                    "statusValue": "In Service",
                    "statusKey": 1,
                    "stAddress1": "1 Road",
                    "testStation": False,
                },
                {
                    "id": 79,
                    "stationName": "Two",
                    "availableDocks": 0,
                    "totalDocks": 33,
                    "latitude": 40.8,
                    "longitude": -74.0,
                    "statusValue": "Not In Service",
                    "statusKey": 3,
                    "stAddress1": "2 Road",
                    "testStation": False,
                },
            ],
        },
        ids=("72",),
        skipped=1,
        first={"name": "One", "capacity": 39, "address": "1 Road"},
    ),
    "sheet_values": document(
        {
            "range": "Sheet1",
            "values": [["id", "name", "lat", "lon"], ["a", "One", 1.5, 2.5], ["b", "Two", 1.6, 2.6]],
        },
        ids=TWO,
        first={"name": "One"},
    ),
    "rows_with_columns_beside": document(
        {
            "meta": {
                "view": {
                    "columns": [
                        {"id": -1, "name": "id"},
                        {"id": 5, "name": "Name"},
                        {"id": 6, "name": "Latitude"},
                        {"id": 7, "name": "Longitude"},
                    ]
                }
            },
            "data": [["a", "One", "1.5", "2.5"], ["b", "Two", None, "2.6"]],
        },
        ids=("a",),
        first={"name": "One"},
        rejected=("latitude is missing",),
    ),
    "topojson": document({"type": "Topology", "objects": {}}, message="TopoJSON"),
    "broken_name": document(
        {
            "data": [
                {"Id": "a", "LocName": "{broken", "Latitude": 1, "Longitude": 2, "State": 1},
                {"Id": "b", "LocName": "", "Latitude": 1, "Longitude": 3, "State": 99},
            ]
        },
        ids=("a",),
        skipped=1,
    ),
    "javascript": text('var stations = [{"id": 1}];', message="have the fields id"),
    "callback": text('callback([{"id": 1}]);', message="have the fields id"),
    "cut_off": text('{"data": {"stations": [{"station_id": "a", "la', message="cut off"),
    "no_stations": document({"error": "not found"}, message="an object with error"),
    "no_coordinates": document([{"id": 1, "name": "x"}], message="have the fields id, name"),
}
OTHERS = {
    "gpx": text(
        '<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1">\n<wpt lat="1.5" lon="2.5"><name>One</name></wpt>\n'
        '<wpt lat="1.6" lon="2.6"><name>Two</name></wpt></gpx>',
        ids=("One", "Two"),
        note="names are the ids",
        format=NetworkFormat.GPX,
    ),
    "my_map_kml": text(
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>Lake</name><ExtendedData><Data name="station_id"><value>a</value></Data>'
        "</ExtendedData><Point><coordinates>\n 2.5,1.5,0\n</coordinates></Point></Placemark></Document></kml>",
        ids=("a",),
        first={"name": "Lake", "point": (2.5, 1.5)},
        format=NetworkFormat.KML,
    ),
    "old_bike_xml": text(
        "<?xml version='1.0'?><stations><station><id>a</id><name>One</name><lat>1.5</lat><long>2.5</long></station>"
        "<station><id>b</id><name>Two</name><lat>1.6</lat><long>2.6</long></station></stations>",
        ids=TWO,
    ),
    "openstreetmap_xml": text(
        '<osm><node id="1" lat="1.5" lon="2.5"><tag k="name" v="One"/></node><node id="2" lat="1" lon="2"/></osm>',
        ids=("node/1",),
        skipped=1,
    ),
    "other_xml": text("<note><to>x</to></note>", message="XML document <note>"),
    "entities": text('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', message="entities"),
    "web_page": text(
        "<html><head><title>Sign in</title></head></html>", message='HTML page, titled "Sign in"'
    ),
    "pdf": Sibling(b"%PDF-1.7\n%\xe2\xe3", message="PDF"),
    "old_excel": Sibling(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", message="Excel"),
    "broken_zip": Sibling(b"PK\x03\x04rest", message="ZIP"),
    "gzip": Sibling(b"\x1f\x8b\x08\x00", message="gunzip"),
    "picture": Sibling(b"\x89PNG\r\n\x1a\n", message="picture"),
    "zeros": Sibling(b"\x00\x01\x02\x00\x03", message="not text"),
    "empty": Sibling(b"\xef\xbb\xbf \n", message="empty"),
    "in_doubt": text("id,name,lat,lon\na,Mühle,51,19\n", "mac_roman", message="--encoding"),
    "wrong_encoding": text(
        "id,lat,lon\n", options=ReadingOptions(encoding="klingon"), message="no encoding 'klingon'"
    ),
}
SIBLINGS = {**TABLES, **DOCUMENTS, **OTHERS}
