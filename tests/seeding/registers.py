"""Made-up files in the shapes of national registers and of lists of EVSEs, each with what must be read of it."""

from navswap.seeding.formats import NetworkFormat
from tests.seeding.siblings import TWO, document, feature, features, point, text


def evse(evse_id: str, station: str, place: str, **more: object) -> dict[str, object]:
    return {
        "EvseID": evse_id,
        "ChargingStationId": station,
        "ChargingStationNames": [{"lang": "de", "value": f"Platz {station}"}],
        "Address": {"Street": "Weg", "HouseNum": "2", "City": "Ort", "Country": "CHE"},
        "GeoCoordinates": {"Google": place},
        "Plugs": ["Type 2 Outlet", "CCS"],
        "IsOpen24Hours": True,
        "OpeningTimes": None,
        **more,
    }


def charger(station: str, number: str, stat: str, **more: object) -> dict[str, object]:
    return {
        "statNm": f"충전소 {station}",
        "statId": station,
        "chgerId": number,
        "addr": "서울",
        "lat": "37.5",
        "lng": f"127.{station}",
        "useTime": "24시간 이용가능",
        "stat": stat,
        "output": "50",
        "delYn": "N",
        **more,
    }


REGISTERS = {
    "devices_without_ids_at_one_place": text(
        "Betreiber;Straße;Hausnummer;Ort;Breitengrad;Längengrad;Anzahl Ladepunkte\n"
        "A;Weg;1;Köln;50,9;6,9;2\nA;Weg;1;Köln;50,9;6,9;2\nB;Ring;0;Köln;50,8;6,8;1\nB;Ring;0;Köln;50,8;6,8;1\n",
        ids=("50.90000,6.90000", "50.80000,6.80000"),
        merged=2,
        first={"name": "Weg 1", "capacity": 4, "city": "Köln"},
        note="places are the ids",
    ),
    "snapshots_without_ids": text(
        "日期,城市,場站名稱,總車柱數,可借車數,經度,緯度\n"
        "1,新北市,甲站,40,10,121.5,25.0\n1,新北市,乙站,20,3,121.6,25.1\n2,新北市,甲站,40,12,121.5,25.0\n",
        "cp950",
        ids=("甲站", "乙站"),
        identical=1,
        first={"capacity": 40, "city": "新北市"},
        note="names are the ids",
    ),
    "one_row_for_each_connector": text(
        "station_id,name,lat,lon,connector_id,ports\na,Lake,1,2,1,1\na,Lake,1,2,2,3\nb,Hill,1.5,2,1,2\n",
        ids=TWO,
        merged=1,
        first={"capacity": 4},
    ),
    "one_row_for_each_evse_without_a_station": text(
        "EVSE_ID,Address,lat,lon\nX2,1 Road,1,2\nX1,1 Road,1,2\nX3,2 Road,3,4\n",
        ids=("X1", "X3"),
        merged=1,
        first={"name": "1 Road", "capacity": 2},
    ),
    "parts_far_apart_are_no_station": text(
        "station_id,name,lat,lon,connector_id\na,Lake,1,2,1\na,Lake,1,3,2\n",
        ids=("a",),
        rejected=("stands already",),
    ),
    "evses_by_operator": document(
        {
            "EVSEData": [
                {
                    "OperatorID": "CH*X",
                    "EVSEDataRecord": [
                        evse("E1*1", "S1", "46.9 7.4"),
                        evse("E1*2", "S1", "46.9 7.4"),
                        evse(
                            "E2*1",
                            "S2",
                            "46.8 7.5",
                            IsOpen24Hours=False,
                            OpeningTimes=[{"on": "Everyday", "Period": [{"begin": "06:00", "end": "22:00"}]}],
                        ),
                        evse("E3*1", "S3", "None None"),
                    ],
                }
            ]
        },
        ids=("S1", "S2"),
        merged=1,
        rejected=("None None",),
        first={
            "name": "Platz S1",
            "capacity": 2,
            "opening_hours": "24/7",
            "country": "CH",
            "point": (7.4, 46.9),
        },
    ),
    "chargers_of_a_national_list": document(
        {
            "items": {
                "item": [
                    charger("1", "01", "5"),
                    charger("1", "02", "2"),
                    charger("2", "01", "4"),
                    charger("3", "01", "9"),
                    charger("4", "01", "2", delYn="Y"),
                ]
            }
        },
        ids=("1", "3"),
        merged=1,
        skipped=2,
        first={"name": "충전소 1", "capacity": 2, "opening_hours": "24/7"},
    ),
    "numbered_connectors_and_hours_by_day": text(
        "reference,name,latitude,longitude,chargeDeviceStatus,publishStatus,access24Hours,accessMondayFrom,accessMondayTo,accessTuesdayFrom,"
        "accessTuesdayTo,accessWednesdayFrom,accessWednesdayTo,accessThursdayFrom,accessThursdayTo,accessFridayFrom,accessFridayTo,"
        "connector1ID,connector1Status,connector2ID,connector2Status,connector3ID,connector3Status\n"
        "a,Lake,51,0.1,In service,Published,0,09:00,17:00,09:00,17:00,09:00,17:00,09:00,17:00,09:00,12:00,1,In service,2,Out of service,,\n"
        "b,Hill,52,0.1,In service,Published,1,,,,,,,,,,,3,In service,4,In service,5,In service\n"
        "c,Mill,53,0.1,Out of service,Published,0,,,,,,,,,,,6,In service,,,,\n",
        ids=TWO,
        skipped=1,
        first={"capacity": 2, "opening_hours": "Mo-Th 09:00-17:00; Fr 09:00-12:00"},
    ),
    "counts_by_level": text(
        "ID,Station Name,Latitude,Longitude,Status Code,EV Level1 EVSE Num,EV Level2 EVSE Num,EV DC Fast Count,Access Days Time\n"
        "1,Hall,39.7,-105.1,E,1,6,2,24 hours daily; pay at the desk\n2,Mall,39.8,-105.1,T,,2,,\n",
        ids=("1",),
        skipped=1,
        first={"capacity": 9, "opening_hours": "24/7"},
    ),
    "counts_by_kind_in_japanese": text(
        "名称,住所,緯度,経度,営業時間,急速充電器基数,普通充電器基数,備考\nA,市川,35.7,139.9,8時30分\uff5e17時15分,1,2,\n",
        "cp932",
        ids=("A",),
        first={"capacity": 3, "opening_hours": "Mo-Su 08:30-17:15", "address": "市川"},
    ),
    "counts_by_kind_in_turkish": document(
        [
            {
                "id": "Ş/1",
                "officialName": "Petrol",
                "lat": 41.1,
                "lng": 28.7,
                "acAdet": 1,
                "acGuc": 22,
                "dcAdet": 2,
                "dcGuc": 60,
            }
        ],
        ids=("Ş/1",),
        first={"name": "Petrol", "capacity": 3},
    ),
    "flag_of_day_and_night": text(
        "id;name;latitude;longitude;open_24_7\na;Lake;50,9;6,9;True\nb;Hill;50,8;6,8;False\n",
        ids=TWO,
        first={"opening_hours": "24/7"},
    ),
    "portuguese_table": text(
        "Nome;Endereço;Cidade;Latitude;Longitude;Qtd. Conectores;Situação;Horário de funcionamento\n"
        "Loja;Av. X 1;Recife;-8,05;-34,9;2;Ativo;Seg a Sex das 8h às 18h\nPosto;Rua Y;Recife;-8,1;-34,8;1;Em manutenção;24 horas\n",
        "cp1252",
        ids=("Loja",),
        skipped=1,
        first={"capacity": 2, "opening_hours": "Mo-Fr 08:00-18:00", "city": "Recife"},
    ),
    "russian_table": text(
        "ID;Наименование;Адрес;Количество мест;Статус;Режим работы;Широта;Долгота\n"
        "1;Центр;Арбат, 1;12;действует;круглосуточно;55.75;37.61\n2;Юг;Арбат, 2;14;не работает;ежедневно 08:00-22:00;55.7;37.6\n",
        "cp1251",
        ids=("1",),
        skipped=1,
        first={"name": "Центр", "capacity": 12, "opening_hours": "24/7"},
    ),
    "polish_table": text(
        "Nr;Nazwa stacji;Adres;Szerokość geograficzna;Długość geograficzna;Liczba stojaków;Stan;Godziny otwarcia\n"
        "1;Rynek;Rynek 1;51,11;17,03;15;czynna;całodobowo\n2;Dworzec;Peron 2;51,09;17,04;12;nieczynna;6:00-22:00\n",
        ids=("1",),
        skipped=1,
        first={"name": "Rynek", "capacity": 15, "opening_hours": "24/7", "point": (17.03, 51.11)},
    ),
    "flags_of_one_letter": text(
        "Numero;Direccion;Activo;Espacios_totales;geo_point_2d\n1;Calle A;T;15;39.4, -0.3\n2;Calle B;F;20;39.5, -0.4\n",
        ids=("1",),
        skipped=1,
        first={"name": "Calle A", "capacity": 15},
    ),
    "remarks_are_no_states": text(
        "id,name,lat,lon,observations\na,Lake,1,2,Test\nb,Hill,1,3,Closed\n", ids=TWO
    ),
    "misspelt_columns_around_lists_of_points": document(
        {
            "LastUpdatedTime": "x",
            "evLocationsData": [
                {
                    "name": "Garage",
                    "longtitude": 103.9,
                    "latitude": 1.39,
                    "locationId": "a",
                    "status": "1",
                    "chargingPoints": [
                        {
                            "id": "C1",
                            "name": "AC",
                            "position": "Deck 1",
                            "status": "0",
                            "operatingHours": "24 hours",
                        },
                        {
                            "id": "C2",
                            "name": "AC",
                            "position": "Deck 2",
                            "status": "1",
                            "operatingHours": "24 hours",
                        },
                    ],
                },
                {
                    "name": "Tower",
                    "longtitude": 103.8,
                    "latitude": 1.3,
                    "locationId": "b",
                    "status": "0",
                    "chargingPoints": [],
                },
            ],
        },
        ids=("a",),
        skipped=1,
        first={"name": "Garage", "capacity": 2},
    ),
    "docks_by_kind_of_vehicle": document(
        {
            "data": {
                "stations": [
                    {
                        "station_id": "a",
                        "lat": 1,
                        "lon": 2,
                        "vehicle_docks_capacity": [
                            {"vehicle_type_ids": ["x"], "count": 7},
                            {"vehicle_type_ids": ["y"], "count": 2},
                        ],
                    },
                    {
                        "station_id": "b",
                        "lat": 1,
                        "lon": 3,
                        "vehicle_capacity": {"x": 5},
                    },
                ]
            }
        },
        ids=TWO,
        first={"capacity": 9},
        format=NetworkFormat.GBFS,
    ),
    "vehicles_in_the_street_are_no_stations": document(
        {
            "countries": [
                {
                    "name": "X",
                    "lat": 51,
                    "lng": 12,
                    "cities": [
                        {
                            "uid": 1,
                            "name": "Y",
                            "lat": 51.3,
                            "lng": 12.3,
                            "places": [
                                {
                                    "uid": 28,
                                    "lat": 51.33,
                                    "lng": 12.37,
                                    "bike": False,
                                    "spot": True,
                                    "bikes": 3,
                                    "name": "Platz",
                                    "bike_racks": 10,
                                    "maintenance": False,
                                },
                                {
                                    "uid": 29,
                                    "lat": 51.34,
                                    "lng": 12.38,
                                    "bike": False,
                                    "spot": True,
                                    "bikes": 5,
                                    "name": "Bahnhof",
                                    "bike_racks": 15,
                                    "maintenance": True,
                                },
                                {
                                    "uid": 99,
                                    "lat": 51.35,
                                    "lng": 12.36,
                                    "bike": True,
                                    "spot": False,
                                    "bikes": 1,
                                    "name": "BIKE 20123",
                                    "bike_racks": 0,
                                    "maintenance": False,
                                },
                            ],
                        }
                    ],
                }
            ]
        },
        ids=("28",),
        skipped=2,
        first={"name": "Platz", "capacity": 10},
    ),
    "places_with_unpublished_ones": document(
        [
            {
                "id": "a",
                "name": "Dock",
                "coordinates": {"latitude": "51.0", "longitude": "3.7"},
                "country": "BEL",
                "evses": [{"uid": "1", "status": "AVAILABLE"}],
                "opening_times": {
                    "twentyfourseven": False,
                    "regular_hours": [
                        {"weekday": 1, "period_begin": "08:00", "period_end": "20:00"},
                        {"weekday": 2, "period_begin": "08:00", "period_end": "20:00"},
                    ],
                },
            },
            {
                "id": "b",
                "publish": False,
                "coordinates": {"latitude": "51.1", "longitude": "3.7"},
                "evses": [{"uid": "1", "status": "AVAILABLE"}],
            },
        ],
        ids=("a",),
        skipped=1,
        first={"capacity": 1, "opening_hours": "Mo-Tu 08:00-20:00", "country": "BE"},
    ),
    "one_place_alone": document(
        {
            "data": {
                "id": "a",
                "name": "Dock",
                "coordinates": {"latitude": "51.0", "longitude": "3.7"},
                "evses": [{"uid": "1", "status": "AVAILABLE"}],
            },
            "status_code": 1000,
        },
        ids=("a",),
        first={"name": "Dock", "capacity": 1},
        format=NetworkFormat.OCPI,
    ),
    "ids_in_lists": document(
        features(
            feature({"osm_id": [11, 12], "charging_points:count": 4}, point(2, 1)),
            feature({"osm_id": [13]}, point(3, 1)),
        ),
        ids=("11", "13"),
        first={"capacity": 4},
    ),
    "capacity_by_kind_in_one_text": text(
        'id,name,lat,lon,plugs\na,Lake,1,2,"2 x CCS2, 2 x CHAdeMO"\n', ids=("a",), first={"capacity": 4}
    ),
    "letters_written_for_the_web": text(
        "id,name,lat,lon\na,Gran V&iacute;a,41,2\n", ids=("a",), first={"name": "Gran Vía"}
    ),
    "projected_in_the_netherlands": text(
        "id;naam;x;y\na;Dam;121500;487200\nb;Spui;121300;486800\n",
        message="--crs EPSG:28992; they would fit EPSG:28992 (Netherlands)",
    ),
    "projected_as_web_maps": text(
        "id,name,x,y\na,Lake,-8575000,4707000\nb,Hill,-8576000,4708000\n", message="EPSG:3857 (web maps)"
    ),
    "names_that_a_shapefile_has_cut_and_two_pairs_of_coordinates": text(
        "X,Y,OBJECTID,STATION_NA,ADDRESS,LONGITUDE,LATITDE,Number_of_Ports,Status\n"
        "-7920241.6,5192618.5,1,Lake,1 Road,-71.14,42.21,4,Operational\n-7920241.6,5192618.5,2,Hill,2 Road,-71.25,42.33,4,Make Ready Application in progress\n"
        "-7920241.6,5192618.5,3,Mill,3 Road,-71.02,41.95,4,Make Ready Approved\n",
        ids=("1",),
        skipped=2,
        first={"name": "Lake", "capacity": 4, "point": (-71.14, 42.21)},
    ),
    "hours_in_a_column_of_another_name": text(
        "id_station;n_station;ad_station;Xlongitude;Ylatitude;nbre_pdc;id_pdc;accessibilité\n"
        "a;Gare;1 rue X;2.5;49.0;2;a-1;24h/24\na;Gare;1 rue X;2.5;49.0;2;a-2;24h/24\na;Gare;1 rue X;2.5;49.0;2;a-3;24h/24\n"
        "b;Port;2 rue Y;2.6;49.1;4;b-1;24h/24 et 7j/7\nc;Parc;3 rue Z;2.7;49.2;1;c-1;Accès libre\n",
        ids=("a", "b", "c"),
        merged=2,
        first={"name": "Gare", "address": "1 rue X", "capacity": 3, "opening_hours": "24/7"},
    ),
    "states_of_swap_stations": document(
        [
            {"id": "a", "lat": 1, "lon": 2, "status": "free"},
            {"id": "b", "lat": 1, "lon": 3, "status": "busy"},
            {"id": "c", "lat": 1, "lon": 4, "status": "END_OF_LIFE"},
            {"id": "d", "lat": 1, "lon": 5, "status": "UNKNOWN"},
        ],
        ids=("a", "b", "d"),
        skipped=1,
    ),
    "stations_by_city": document(
        {
            "Berlin": [{"uid": "1", "title": "A", "lat": 52.1, "lng": 13.1, "slots": 4}],
            "Hamburg": [
                {"uid": "2", "title": "B", "lat": 53.5, "lng": 10.0, "slots": 6},
                {"uid": "3", "title": "C", "lat": 53.6, "lng": 10.1, "slots": 6},
            ],
        },
        ids=("1", "2", "3"),
        first={"name": "A", "capacity": 4},
    ),
    "geometry_as_python_writes_it": text(
        "_id,NAME,LEVEL2_PORTS,LEVEL3_PORTS,STATUS,geometry\n"
        "1,Lot A,2,1,Open,\"{'type': 'Point', 'coordinates': [-79.38, 43.65]}\"\n2,Lot B,4,0,Closed,\"{'type': 'Point', 'coordinates': [-79.39, 43.66]}\"\n",
        ids=("1",),
        skipped=1,
        first={"capacity": 3, "point": (-79.38, 43.65)},
    ),
    "place_after_an_address": text(
        'Station Name,City,New Georeferenced Column\nHall,Avon,"1 Main\nAvon, CT\n(41.76, -72.67)"\n',
        ids=("Hall",),
        first={"city": "Avon", "point": (-72.67, 41.76)},
    ),
    "states_of_a_chinese_network": text(
        '站点ID,站点名称,坐标,仓位,营业状态\nPS-1,虹桥,"121.3208,31.1956",13,营业中\nPS-2,浦东,"121.5270,31.2300",5,暂停营业\n',
        ids=("PS-1",),
        skipped=1,
        first={"name": "虹桥", "capacity": 13, "point": (121.3208, 31.1956)},
    ),
    "opening_and_closing_times": text(
        "NO,名称,住所,緯度,経度,設置台数,利用可能開始時間,利用可能終了時間\n1,区役所,九段南,35.69,139.75,2,08:30,17:00\n2,神田,神田,35.7,139.77,1,,\n",
        ids=("1", "2"),
        first={"capacity": 2, "opening_hours": "Mo-Su 08:30-17:00"},
    ),
    "arabic_table": text(
        "الاسم,العنوان,خط العرض,خط الطول,السعة\nمحطة,شارع,24.71,46.67,10\n",
        ids=("محطة",),
        first={"capacity": 10, "address": "شارع", "point": (46.67, 24.71)},
    ),
    "hebrew_table": text(
        "שם,כתובת,קו רוחב,קו אורך,מספר עמדות\nתחנה,רחוב,32.07,34.77,12\n",
        ids=("תחנה",),
        first={"capacity": 12, "point": (34.77, 32.07)},
    ),
    "greek_table": text(
        "Όνομα;Διεύθυνση;Γεωγραφικό πλάτος;Γεωγραφικό μήκος;Θέσεις\nΣταθμός;Ερμού;37,97;23,73;10\n",  # noqa: RUF001 - it is Greek
        "cp1253",
        ids=("Σταθμός",),
        first={"capacity": 10, "point": (23.73, 37.97)},
    ),
    "swedish_list": document(
        {
            "records": [
                {
                    "_id": 1,
                    "Namn": "A",
                    "Kommun": "Lund",
                    "Latitud": "55,70",
                    "Longitud": "13,19",
                    "Antal laddpunkter": 4,
                    "Öppettider": "Dygnet runt",
                    "Status": "I drift",
                },
                {
                    "_id": 2,
                    "Namn": "B",
                    "Kommun": "Lund",
                    "Latitud": "55,71",
                    "Longitud": "13,20",
                    "Antal laddpunkter": 2,
                    "Öppettider": "",
                    "Status": "Ur drift",
                },
            ]
        },
        ids=("1",),
        skipped=1,
        first={"capacity": 4, "opening_hours": "24/7", "city": "Lund"},
    ),
    "indonesian_swap_stations": text(
        "No;Nama SPBKLU;Alamat;Kota;Lintang;Bujur;Jumlah Slot;Jam Operasional;Status\n1;Gambir;Jl. X;Jakarta;-6,17;106,83;8;24 Jam;Beroperasi\n2;Menteng;Jl. Y;Jakarta;-6,19;106,84;6;08.00-20.00;Tidak Aktif\n",
        ids=("1",),
        skipped=1,
        first={"name": "Gambir", "capacity": 8, "opening_hours": "24/7"},
    ),
    "sockets_of_openstreetmap": document(
        {
            "elements": [
                {
                    "type": "node",
                    "id": 1,
                    "lat": 52.1,
                    "lon": 13.1,
                    "tags": {
                        "amenity": "charging_station",
                        "socket:type2": "2",
                        "socket:type2:output": "22 kW",
                        "socket:chademo": "1",
                    },
                }
            ]
        },
        ids=("node/1",),
        first={"capacity": 3},
    ),
    "names_that_begin_with_the_word": text(
        "Nom de la borne de recharge,Nom du parc,Rue,Ville,Latitude,Longitude\nA-1,Parc A,1 rue X,Lévis,46.8,-71.2\nA-2,Parc A,1 rue X,Lévis,46.8,-71.2\nB-1,Parc B,2 rue Y,Lévis,46.7,-71.1\n",
        ids=("Parc A", "Parc B"),
        merged=1,
        first={"capacity": 2, "city": "Lévis"},
    ),
    "korean_names_of_other_things": text(
        "시도명,운영기관명,배터리교환소명,도로명주소,위도,경도,슬롯수\n서울,디스,강남,서울 강남구,37.49,127.02,8\n",
        "cp949",
        ids=("강남",),
        first={"name": "강남", "capacity": 8},
    ),
}
