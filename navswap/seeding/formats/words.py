"""The words of network files, in the languages of their authors: names of columns, and states of stations.

They are compared by `normal`: case, spaces, underscores, accents and punctuation make no difference.
"""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

_BRACKETS = re.compile(r"[(\[（【].*?[)\]）】]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LETTERS = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ı": "i", "æ": "ae", "Æ": "AE", "œ": "oe"}
)
"""Letters that Unicode does not take apart into a plain one and its accent."""


class State(StrEnum):
    """What a file says of whether a station is in service."""

    IN_SERVICE = "in service"
    OUT_OF_SERVICE = "out of service"
    CLOSED = "closed"
    PLANNED = "planned"
    NOT_PUBLIC = "not public"


@lru_cache(maxsize=65_536)
def normal(name: str) -> str:
    """Return a name in lower case, without accents, spaces and punctuation."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", name)).translate(_LETTERS)
    composed = unicodedata.normalize("NFKC", plain).casefold()
    return "".join(letter for letter in composed if unicodedata.category(letter)[0] in "LMN")


def unbracketed(name: str) -> str:
    """Return a name without what stands in brackets, such as a unit."""
    return _BRACKETS.sub(" ", name)


def tokens(name: str) -> list[str]:
    """Return the words of a name: `chargeDeviceID` is charge, device, id."""
    parts = re.split(r"[\W_]+", _CAMEL.sub(" ", name))
    return [normal(part) for part in parts if part]


_COLUMNS: Mapping[str, str] = {
    "id": "(feature id), station_id, stationid, stat_id, charging_station_id, charge_station_id, swap_station_id, station_code_id, id_station, external_id, station_uid, station_number, station_no, numero_estacion, numero_de_estacion, nro_estacion, nro_est, num_est, nro, numero_station, kiosk_id, site_id, location_id, "
    "id_station_itinerance, identifiant_station, identifiant, stations_id, stationsnummer, stationsnr, ladestation_id, "
    "ladeeinrichtungs_id, id_estacion, codigo_estacion, id_stazione, codice_stazione, id_estacao, codigo_estacao, stop_id, "
    "站點編號, 站點代號, 站点编号, 站点id, 站编号, 站號, 場站代號, 場站編號, 換電站編號, 换电站编号, 充电站编号, ステーションid, ステーション番号, "
    "스테이션번호, 대여소번호, 정류소번호, mã_trạm, kode_stasiun, รหัสสถานี, स्टेशन_आईडी, स्टेशन_क्रमांक, "
    "charge_box_id, chargebox_id, id, uid, uuid, oid, pk, identifier, terminal_name, terminal, @id, osm_id, objectid, object_id, idobj, id_obj, global_id, globalid, sno, "
    "objectnummer, laadpaal_id, geraete_id, 序号, 序號, "
    "scode, code, station_code, number, num, no, nr, nummer, numero, número, num_station, no_station, ref, reference, codigo, código, "
    "codice, kennung, kennnummer, 編號, 编号, 代號, 代号, 番号, 번호, आईडी, क्रमांक, key, fid, slug, guid, item, (key)",
    "name": "station_name, stat_nm, sname, n_station, charging_station_names, station_names, name, nom_station, stationsname, nombre_estacion, nome_stazione, nome_estacao, stationsnaam, "
    "nom_de_la_station, nom_estacio, nom_complet, full_name, nombre_completo, common_name, display_name, location_name, site_name, loc_name, stop_name, nom, nombre, nome, "
    "naam, bezeichnung, standort, standortbezeichnung, anzeigename, title, item_label, titel, titre, titulo, título, titolo, label, "
    "station, estacion, estación, stazione, estacao, "
    "estação, sna, 站名, 站點名稱, 站点名称, 場站名稱, 換電站名稱, 换电站名称, 充电站名称, 名稱, 名称, 名前, ステーション名, 駅名, 이름, 대여소명, 스테이션명, "
    "الاسم, اسم_المحطة, اسم, שם, שם_תחנה, όνομα, ονομασία, tên_trạm_sạc, 充電站名稱, 站点名, 電站名稱, 电站名称, 站場名稱, 場站名, 換電站, 充电站, 충전소명, 충전소, 대여소_명, 스테이션_명, 보관소명, nazwa_stacji, nazwa_lokalizacji, "
    "наименование, имя, nimi_fi, emplazamiento, denominacion, denominación, denominazione, libelle, libellé, site, "
    "नाम, स्टेशन_का_नाम, स्टेशन_नाम, nazwa, naziv, isim, istasyon_adi, tên_trạm, tên, nama_stasiun, nama, ชื่อสถานี, ชื่อ, название, namn, navn, nimi, desc",
    "longitude": "longitude, lon, coords_longitude, kinh_độ, bujur, garis_bujur, ลองจิจูด, lng, long, station_lon, station_longitude, gps_longitude, x_longitude, geo_longitude, "
    "laengengrad, längengrad, geograph_laenge, geo_laenge, longitud, longitudine, lengtegraad, 經度, 经度, 経度, 경도, देशांतर, देशान्तर, "
    "länge, laenge, pikkuskraad, خط_الطول, קו_אורך, γεωγραφικό_μήκος, μήκος, longtitude, longtude, longitud_wgs84, lon_wgs, lngtd, x_경도, 좌표_경도, kinhdo, længdegrad, lengdegrad, pituusaste, γεωγραφικο_μηκος, zemepisna_delka, "
    "долгота, boylam, dlugosc_geograficzna, dlugosc, stop_lon, xlong, lon_wgs84, x_wgs84, xcoord, x_coord, coord_x, "
    "x_coordinate, coordonnee_x, point_x, coordenada_x, long_x, easting, rechtswert, ostwert, x",
    "latitude": "latitude, lat, coords_latitude, vĩ_độ, lintang, garis_lintang, ละติจูด, station_lat, station_latitude, gps_latitude, y_latitude, geo_latitude, "
    "breitengrad, geograph_breite, geo_breite, latitud, latitudine, breedtegraad, 緯度, 纬度, 위도, अक्षांश, широта, enlem, breite, laiuskraad, خط_العرض, קו_רוחב, γεωγραφικό_πλάτος, πλάτος, lattitude, latitute, latitud_wgs84, lat_wgs, lttd, y_위도, 좌표_위도, vido, breddegrad, leveysaste, γεωγραφικο_πλατος, zemepisna_sirka, "
    "szerokosc_geograficzna, szerokosc, stop_lat, ylat, lat_wgs84, y_wgs84, ycoord, y_coord, coord_y, y_coordinate, coordonnee_y, "
    "point_y, coordenada_y, lat_y, northing, hochwert, nordwert, y",
    "coordinates": "coordinates, coordonnees_xy, coordonnees, coordonnees_geo, coordonnees_geographiques, geo_point_2d, geo_point, "
    "geopoint, geo_coordinates, gps, gps_coordinates, gps_coordinate, gps_koordinaten, koordinaten, coordenadas, coordinate, "
    "coordinate_gps, coordinaten, gps_position, latlng, lat_lng, lat_lon, latlon, lat_long, latitude_longitude, lonlat, lon_lat, "
    "lng_lat, longitude_latitude, position, location, geo_location, geolocation, geolocalisation, georeference, geo, geom, geometry, "
    "the_geom, pos, wkt, shape, point, geo_shape, 坐标, 坐標, 座標, 經緯度, 经纬度, 緯度経度, 좌표, निर्देशांक, coords, coord, map_link, "
    "google_maps, maps_url, map_url, google, coordonnees_gps, geocoordinates, lat_long_, latlong, gps_location, location_coordinates, ubicacion_geografica",
    "address": "address, street_address, full_address, station_address, address_line1, address_line_1, formatted_address, "
    "addr:full, addr:street, thoroughfare, adresse, anschrift, adresse_station, direccion, dirección, direccio, domicilio, calle, indirizzo, via, endereco, "
    "endereço, morada, adres, ar, 地址, 站點地址, 详细地址, 詳細地址, 場站地址, 住所, 所在地, 주소, पता, адрес, straße, strasse, street, rue, road, "
    "العنوان, כתובת, διεύθυνση, aadress, lokalizacja, addr, ad_station, osoite, adress, addresse, adresa, ubicación, ubicacion, domicilio_completo, plassering, 상세주소, 소재지, 소재지도로명주소, 도로명주소, 주소지, 站点地址, 電站地址, 店址, adres_stacji, ulica, "
    "street_name, địa_chỉ, alamat, ที่อยู่, st_address1, location_address, location_description, location",
    "house_number": "house_number, house_num, building_number, street_number, nr_domu, nr_budynku, numero_de_voie, húsnúmer, hausnummer, hausnr, numero_voie, addr:housenumber, huisnummer, numero_civico, civico",
    "district": "district, borough, neighbourhood, neighborhood, suburb, addr:district, addr:suburb, stadtteil, bezirk, ortsteil, "
    "quartier, arrondissement, distrito, barrio, bairro, quartiere, wijk, sarea, 行政區, 區域, 区域, 鄉鎮市區, 行政区, 区, 區, 구, 자치구, जिला, "
    "क्षेत्र, locality, zone, area",
    "city": "city, town, post_town, kaupunki, stad_, miasto, miejscowosc, miejscowość, kommune, kommun, 시도, 시군구, 城市名称, city_name, addr:city, municipality, ort, stadt, gemeinde, ville, commune, nom_arrondissement_communes, consolidated_commune, "
    "ciudad, municipio, localidad, citta, città, comune, cidade, stad, plaats, gemeente, 城市, 縣市, 市, 市区町村, 도시, शहर, город",
    "capacity": "capacity, station_capacity, bikes_capacity, total_capacity, slots, slot_count, slots_total, total_slots, total_spots, parking_spots, spots_total, boxes, boxes_total, total_boxes, box_count, num_slots, number_of_slots, total_places, places_total, 設置台数, 슬롯수, số_cổng_sạc, số_trụ, จำนวนหัวชาร์จ, السعة, מספר_עמדות, θέσεις, antal_laddpunkter, antall_ladepunkter, jumlah_unit, slot_total, total_slot, slots_number, faecher_gesamt, fächer_gesamt, "
    "no_of_slots, battery_slots, total_battery_slots, swap_slots, docks, total_docks, num_docks, number_of_docks, no_of_docks, dock_count, "
    "docks_total, nb_docks, dockcount, racks, bike_racks, rack_count, number_of_racks, num_racks, total_racks, bike_stands, stands, "
    "number_of_stands, lockers, bays, number_of_bays, charging_bays, swap_bays, doors, number_of_doors, ports, num_ports, total_ports, "
    "charging_ports, stalls, number_of_points, quantity, capacite, capacité, capacite_de_la_station, nb_bornettes, nombre_de_bornes, "
    "nbre_pdc, nb_places, nombre_de_places, nb_emplacements, emplacements, kapazitaet, kapazität, stellplaetze, stellplätze, "
    "anzahl_stellplaetze, anzahl_plaetze, anzahl_ladepunkte, faecher, fächer, anzahl_faecher, capacidad, capacidad_total, "
    "total_bases, bases_totales, espacios_totales, totales, "
    "num_bases, numero_de_bases, bases, bornetas, anclajes, puestos, capacita, capacità, posti, numero_posti, stalli, capacidade, "
    "vagas, numero_de_vagas, docas, capaciteit, plaatsen, aantal_plaatsen, tot, total, 容量, 總停車格, 總車格數, 車位數, 车位数, 總格數, 槽位數, "
    "總車柱數, 总车柱数, 車柱數, 換電仓数, 换电仓数, 充電樁數量, 充電樁數, 充電槍數, 充电枪数, 充电终端数, 거치대개수, 충전기대수, 충전기수, liczba_stojakow, liczba_miejsc, liczba_punktow, количество_мест, число_мест, antal_platser, antall_plasser, "
    "仓位数, 仓位, 電池槽數, 电池仓数, 充电桩数量, 換電槽數, 総数, 台数, 収容台数, ラック数, 거치대수, 거치대_수량, क्षमता, स्लॉट, स्लॉट_संख्या, pojemnosc, numero_de_plazas, plazas, kapasiteet, kapasiteetti, stall_count, evse_count, dpcapacity, dp_capacity, sức_chứa, kapasitas, jumlah_slot, current_dockcount, install_dockcount, nb_stations, "
    "kapasite, вместимость, rack, no_of_connectors, number_of_connectors, num_connectors, connector_count, no_of_chargers, number_of_chargers, num_chargers, charger_count, charging_points, charge_points, evses, chargers, points, connectors, sockets, plugs, batteries_total, station_count",
    "opening_hours": "opening_hours, timetable, weekday_descriptions, weekday_text, openinghours, hours, opening_times, open_hours, business_hours, operating_hours, "
    "operational_hours, working_hours, service_hours, hours_of_operation, station_opening_hours, available_time, access_days_time, "
    "access_hours, access_time, giờ_mở_cửa, giờ_hoạt_động, jam_operasional, เวลาทำการ, timings, timing, öffnungszeiten, oeffnungszeiten, horaires, horaire, horaires_ouverture, "
    "heures_ouverture, horario, horarios, horario_apertura, orari, orario, orario_apertura, horário, openingstijden, "
    "opening, opens, jam_buka, open_time, opentime, use_time, usetime, facility_hours, station_hours, godziny_otwarcia, godziny, режим_работы, время_работы, aukioloajat, öppettider, åpningstider, horario_de_funcionamento, horario_de_atencion, calisma_saatleri, "
    "營業時間, 营业时间, 服務時間, 開放時間, 开放时间, 服务时间, 営業時間, 利用時間, 운영시간, समय, खुलने_का_समय",
    "time_zone": "time_zone, timezone, tz, zeitzone, fuseau_horaire, zona_horaria, 時區, 时区",
    "country": "country_code, iso_country_code, country_iso, country, addr:country, country_name, land, land_code, pays, pais, país, "
    "paese, nation, kraj, страна, ülke, 國家, 国家, 国",
    "status": "status, statuses, 营业状态, 營業狀態, 營運狀況, 稼働状況, olek, الحالة, סטטוס, κατάσταση, status_id, status_name, station_state_name, stat, kiosk_status, estado_operacional, stan, stan_stacji, статус, состояние, durum, tila, tilstand, 운영상태, 사용여부, 狀況, activate, open, is_online, online, extra.online, is_public_open, status_value, trạng_thái, สถานะ, operating_state, station_status, statut, statuts, zustand, betriebsstatus, betriebszustand, estado, estatus, stato, status_code, "
    "operational_status, operating_status, service_status, statustype, status_type, etat, état, etat_station, situation, situacao, "
    "situação, situacion, toestand, state, station_state, act, 狀態, 状态, 營運狀態, 运营状态, 站點狀態, 場站狀態, 状況, 運用状況, 상태, स्थिति, "
    "is_installed, installed, is_renting, is_active, sactive, active, enabled, is_enabled, is_operational, operational, in_service, "
    "is_in_service, in_operation, is_open, aktiv, in_betrieb, actif, en_service, en_fonctionnement, "
    "station_en_fonctionnement, activo, activa, en_servicio, attivo, attiva, in_servizio, ativo, ativa, in_gebruik, actief, चालू, "
    "closed, is_closed, is_locked, out_of_service, is_out_of_service, locked, disabled, is_disabled, test_station, in_maintenance, under_maintenance, under_repair, maintenance, no_available, "
    "not_available, del_yn, planned, is_planned, coming_soon, decommissioned, removed, deleted, is_deleted, (lifecycle), decommission_date, decommissioned_date, date_decommissioned, closing_date, "
    "closed_date, deleted_at, closed_at, removed_at, archived_at, decommissioned_at, deletion_date, date_closed, removal_date, removed_date, date_removed, date_fermeture, fecha_baja, fecha_de_baja, schliessungsdatum",
}

_NEGATED = (
    "closed, is_closed, is_locked, out_of_service, is_out_of_service, locked, disabled, is_disabled, test_station, in_maintenance, "
    "under_maintenance, under_repair, maintenance, no_available, not_available, del_yn, planned, "
    "is_planned, coming_soon, decommissioned, removed, deleted, is_deleted"
)


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


ALIASES: Mapping[str, tuple[str, ...]] = {
    field: tuple(dict.fromkeys(normal(name) for name in names.split(", ")))
    for field, names in _COLUMNS.items()
}
"""Our field → the names it goes by, the most exact first, as `normal` writes them."""
NEGATED = frozenset(normal(name) for name in _NEGATED.split(", "))
"""Columns of states whose yes means no service."""
WEAK_IDS = frozenset(
    normal(name)
    for name in [
        "code",
        "station_code",
        "number",
        "num",
        "no",
        "nr",
        "nummer",
        "numero",
        "ref",
        "reference",
        "codigo",
        "codice",
        "kennung",
        "kennnummer",
        "編號",
        "编号",
        "代號",
        "代号",
        "番号",
        "번호",
        "क्रमांक",
        "key",
        "fid",
        "slug",
        "terminal",
    ]
)
"""Names of an id that may mean something else: they count only where the values differ."""

DATES = frozenset(
    normal(name)
    for name in word_set(
        "decommission_date deleted_at closed_at removed_at archived_at decommissioned_at deletion_date decommissioned_date date_decommissioned closing_date closed_date date_closed removal_date "
        "removed_date date_removed date_fermeture fecha_baja fecha_de_baja schliessungsdatum"
    )
)
"""Columns whose date says that a station is closed for good."""
ALWAYS_OPEN = frozenset(
    normal(name)
    for name in word_set(
        "open_24_7 is_open_24_7 open_24h open24h open_24_hours open24hours is_open_24_hours is_open24hours access_24_hours access24hours "
        "twentyfourseven twenty_four_seven twentyfour_seven is_24_7 is24_7 24_7 24h 24hours 24_hours is_24h is24h is_24_hours always_open is_always_open "
        "open_all_day is_24x7 24x7 abierto_24h ouvert_24h ouvert_24_24 aperto_24h geoeffnet_24_7"
    )
)
"""Flags of stations that are open day and night."""
NAME_WORDS = word_set(
    "nama tên name nom nombre nome naam bezeichnung titel title nazwa naziv navn namn nimi adi имя наименование название"
)
STATUS_WORDS = word_set("status statut estado stato zustand situacao situacion stan статус durum")
LIKE: Mapping[str, frozenset[str]] = {
    "address": word_set(
        "address adresse adres direccion direccio endereco indirizzo adresa adress osoite ubicacion адрес addr street"
    ),
    "city": word_set(
        "city ciudad cidade citta ville stadt ort plaats gemeente kaupunki miasto miejscowosc город municipio comune commune communes"
    ),
    "opening_hours": word_set(
        "hours horario horarios horaires horaire offnungszeiten oeffnungszeiten orari orario godziny openingstijden timings"
    ),
    "district": word_set("district distrito bezirk stadtteil arrondissement borough dzielnica район rayon"),
}
"""Words that make a column one of a field, where no column has one of its names."""
NAME_ENDINGS = (
    "소명",
    "장명",
    "역명",
    "스테이션명",
    "站名",
    "站名稱",
    "站名称",
    "站點名稱",
    "站点名称",
    "站点名",
    "電站名稱",
    "电站名称",
    "대여소명",
    "충전소명",
    "ステーション名",
)
FREE_TEXT_WORDS = word_set(
    "observations observation observaciones observacoes remark remarks note notes notas comment comments comentario description "
    "descripcion beschreibung bemerkung bemerkungen hinweis type kind name title 備考 备注 備註 비고 メモ примечание access"
)
"""Columns of remarks, whose words are no states even where they look like some."""
ID_ENDINGS = frozenset({"id", "uid", "uuid", "number", "code", "nr", "no", "ref", "identifier", "key"})
FOREIGN = word_set(
    "operator owner network provider contact image images media tariff price phone tel postal post zip plz cp region area "
    "city country vendor company parent group partner user operatorinfo dataprovider usagetype submissionstatus "
    "suboperator brand insee siren contract legacy district street landmark"
)
"""Words of a name that make it the id or the name of something else than the station."""
CAPACITY_WORDS = word_set(
    "docks dockcount stall slots racks lockers bays stands stalls cabinets capacity kapazitat capacite capacidad capacita capaciteit bornettes "
    "stellplatze anclajes ports doors dock slot rack stojakow мест locks places"
)
PART_WORDS = word_set(
    "evse evses connector connectors plug plugs socket outlet pdc chger charger chargers chargepoint pile ladepunkt ladepunkte steckertypen steckertyp point "
    "gun bay port prise prises borne cp evcp conector conectores conectivo connettore presa"
)
"""What a station has several of: a column that names one makes each row a part of a station."""
COUNTED_WORDS = word_set(
    "laddpunkter ladepunkter conectores conector connettori cargadores cargador puntos tomas colonnine prese ladepunkte laadpunten laadpalen punkte pdc pile connector socket outlet evse charger chargers connectors connection connections plugs sockets outlets points evses terminals bornes cabinets"
)
COUNT_WORDS = word_set(
    "num number no count total nb nbre anzahl nombre qty qtd quantity cantidad numero n adet sayisi aantal antal liczba количество"
)
"""A column that counts one of COUNTED_WORDS is a capacity only with a word of counting in its name."""
NOT_CAPACITY_WORDS = word_set(
    "available free empty occupied service disabled libres libre disponibles disponible frei verfugbar bikes ebikes book booking id name "
    "height width type kw power virtual blocked status libera vacant remaining charged last updated is has"
)

UNITS = re.compile(
    r"(?<![a-z])(?:kwh?|kwp|kva|mwh?|wh|m?ah|volts?|kg|lit(?:er|re)s?)(?![a-z])", re.IGNORECASE
)
"""What makes a capacity that of a battery or of a line, not of slots."""
CURRENTS = word_set(
    "medium semi super ac dc fast slow rapid quick level1 level2 level3 l1 l2 l3 dcfc 급속 완속 lcd qr standard ultrarapid ultrafast"
)
"""Kinds of which a column may count one: those of a station together are its capacity."""
EAST_ASIAN_COUNTS = re.compile(
    r".*(?:桩|樁|仓|倉|柱|格|槽|充電器|充电器|충전기|거치대|거치|ラック|ポート|基|枪|槍).*(?:数|數|数量|數量|대수|개수|수|量)"
)
EAST_ASIAN_KINDS = ("急速", "普通", "快充", "慢充", "直流", "交流", "快", "慢", "급속", "완속", "LCD", "QR")

_STATES: Mapping[State, str] = {
    State.PLANNED: "planned, to be commissioned, to be installed, to be opened, yet to be, yet to open, not yet commissioned, not yet operational, in progress, preparing, not installed yet, in development, in planning, under development, planned for future date, commissioning, permit, permitting, plan, planning, coming soon, comingsoon, upcoming, proposed, under construction, construction, future, "
    "not yet open, opening soon, p, approved, in planung, geplant, im bau, in bau, en projet, projet, prévu, prevu, planifié, "
    "en construction, en travaux de création, planificado, planeado, próximamente, proximamente, en construcción, en proyecto, "
    "in progetto, prossimamente, in costruzione, pianificato, pianificata, planejado, planejada, em breve, em construção, gepland, in aanbouw, "
    "binnenkort, 規劃中, 规划中, 建設中, 建设中, 即將開放, 即将开放, 即將啟用, 籌備中, 筹建中, 予定, 準備中, 예정, 공사중, योजना, निर्माणाधीन, "
    "planlanan, планируется, строится",
    State.CLOSED: "closed, defunct, scrapped, relocated, shifted, cls, end of life, endoflife, out of business, closed down, terminated, permanently closed, closed permanently, decommissioned, removed, retired, demolished, deleted, abandoned, "
    "disused, dismantled, ended, geschlossen, dauerhaft geschlossen, entfernt, abgebaut, rückgebaut, stillgelegt, fermé, fermée, ferme, "
    "supprimé, supprimée, retiré, cerrado, cerrada, eliminado, retirado, chiuso, chiusa, rimosso, dismesso, dismessa, fechado, fechada, "
    "removido, desativado, desativada, gesloten, opgeheven, verwijderd, 關閉, 关闭, 已關閉, 已关闭, 關站, 撤站, 撤除, 已拆除, 停業, 停业, 停运, 閉鎖, "
    "廃止, 閉店, 폐쇄, 폐점, बंद, kapalı, kapali, закрыто, закрыта, zamknięta, zamkniete, zamknięty, đóng cửa, tutup, ปิด",
    State.OUT_OF_SERVICE: "not in service, out of service, deenergized, deenergised, stopped, error, outofservice, notinservice, out of order, outoforder, inoperative, "
    "ur drift, ute av drift, rikkis, not published, unpublished, not operational, nonoperational, unavailable, temporarily unavailable, temporarily closed, temporary closed, tempclosed, closed temp, closed temporarily, "
    "suspended, inactive, not active, disabled, offline, maintenance, under maintenance, in maintenance, maint, not installed, faulted, "
    "faulty, fault, down, broken, defective, blocked, locked, paused, standby, t, dead, dormant, deactivated, testing, test, unplanned, "
    "out, nonfunctional, not functional, not working, repair, under repair, "
    "außer betrieb, ausser betrieb, nicht in betrieb, in wartung, wartung, gestört, defekt, inaktiv, gesperrt, deaktiviert, "
    "vorübergehend geschlossen, hors service, en maintenance, indisponible, inactif, inactive, en panne, en travaux, suspendu, "
    "fermé temporairement, temporairement fermé, non opérationnel, maintenance en cours, "
    "fuera de servicio, no operativo, no operativa, no disponible, inactivo, inactiva, en mantenimiento, mantenimiento, suspendido, "
    "averiado, cerrado temporalmente, fuori servizio, non attivo, non attiva, non operativo, inattivo, in manutenzione, manutenzione, "
    "guasto, sospeso, chiuso temporaneamente, fora de serviço, fora de operação, inativo, inativa, em manutenção, manutenção, "
    "indisponível, suspenso, buiten gebruik, buiten dienst, buiten werking, inactief, niet actief, in onderhoud, onderhoud, storing, "
    "defect, niet beschikbaar, 暫停, 暫停營運, 暫停服務, 暂停, 暂停服务, 暂停营业, 停用, 停止服務, 停止服务, 維護中, 维护中, 維修中, 检修中, 故障, "
    "離線, 离线, 未啟用, 未启用, 休止中, 休止, 停止中, メンテナンス中, 利用不可, 점검중, 고장, 사용불가, 중지, निष्क्रिय, सेवा_में_नहीं, रखरखाव, खराब, "
    "bakımda, hizmet dışı, не работает, nieczynna, nieczynny, bảo trì, đang bảo trì, tạm ngưng, tạm dừng, ngừng hoạt động, rusak, perbaikan, tidak aktif",
    State.IN_SERVICE: "in service, inservice, opn, open, free, busy, idle, full, vacant, limited, crowded, i drift, töötab, действует, działa, dzialajaca, em uso, opened, active, operational, operative, available, live, online, running, working, "
    "functional, installed, enabled, ok, normal, up, ready, e, existing, charging, occupied, in use, operating, in operation, "
    "commissioned, energized, energised, charge, inuse, reserved, functioning, expanding, year round, "
    "in betrieb, aktiv, offen, geöffnet, verfügbar, betriebsbereit, en service, ouvert, ouverte, actif, active, opérationnel, "
    "opérationnelle, disponible, en fonctionnement, fonctionnel, en servicio, abierto, abierta, activo, activa, operativo, operativa, "
    "en funcionamiento, in servizio, aperto, aperta, attivo, attiva, operativa, disponibile, in funzione, em serviço, em operação, "
    "aberto, aberta, ativo, ativa, operacional, disponível, em funcionamento, in gebruik, in bedrijf, in dienst, actief, beschikbaar, "
    "operationeel, 營運中, 运营中, 運營中, 營業中, 营业中, 正常, 正常運作, 正常营业, 服務中, 服务中, 開放, 开放, 啟用, 启用, 已啟用, 已启用, 使用中, 営業中, "
    "稼働中, 運用中, 利用可能, 公開, 운영중, 정상, 사용가능, चालू, सक्रिय, खुला, सेवा_में, açık, aktif, открыто, открыта, работает, czynna, czynny, "
    "aktywna, åben, öppen, hoạt động, đang hoạt động, beroperasi, buka, เปิด, เปิดให้บริการ",
}
STATE_WORDS: Mapping[str, State] = {
    normal(word): state for state, words in reversed(list(_STATES.items())) for word in words.split(", ")
}
"""What a text in a column of states means, as `normal` writes it."""

YES = frozenset(
    normal(word)
    for word in word_set(
        "true yes y 1 oui o ja j si sí s sim 是 有 はい 예 हाँ हां да vrai wahr verdadero vero"
    )
)
NO = frozenset(
    normal(word)
    for word in word_set("false no n 0 non nein nee não nao 否 無 无 いいえ 아니오 नहीं нет faux falsch falso")
)
