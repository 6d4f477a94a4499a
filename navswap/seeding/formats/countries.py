"""Countries, however a file writes them: by a code of two or three letters, or by a name; and their time zones."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from navswap.kit.time_zones import is_time_zone
from navswap.seeding.formats.values import plain_text
from navswap.seeding.formats.words import normal

_REGULAR = (
    "AFG ALB ARG ASM AUS AZE BEL BFA BGR BHR BMU BOL BRA BTN BVT BWA CAN CCK CHE CIV CMR COL CRI CUB CXR CYP CZE DEU "
    "DJI DMA DOM DZA ECU EGY ERI ESP ETH FIN FJI FRA GAB GBR GEO GGY GHA GIB GMB GRC GTM GUM HKG HMD HND HRV HTI HUN IDN "
    "IMN IND IOT IRN ISL ITA JEY JOR JPN KEN KGZ KHM KIR KNA KWT LAO LBN LCA LIE LKA LSO LTU LUX LVA MAR MCO MDA MHL MKD "
    "MLI MMR MNG MRT MSR MUS MWI MYS NAM NCL NER NFK NGA NIC NLD NOR NRU NZL OMN PAN PER PHL PRI PSE QAT REU ROU RUS RWA "
    "SAU SDN SGP SHN SJM SLE SMR SOM SSD STP SXM SYR TCA TGO THA TJK TKL TLS TON TTO TWN TZA UGA UMI USA UZB VAT VCT VEN "
    "VGB VIR VNM VUT WSM YEM ZAF ZMB ZWE"
)
_IRREGULAR = (
    "ABW:AW AGO:AO AIA:AI ALA:AX AND:AD ARE:AE ARM:AM ATA:AQ ATF:TF ATG:AG AUT:AT BDI:BI BEN:BJ BES:BQ BGD:BD "
    "BHS:BS BIH:BA BLM:BL BLR:BY BLZ:BZ BRB:BB BRN:BN CAF:CF CHL:CL CHN:CN COD:CD COG:CG COK:CK COM:KM CPV:CV "
    "CUW:CW CYM:KY DNK:DK ESH:EH EST:EE FLK:FK FRO:FO FSM:FM GIN:GN GLP:GP GNB:GW GNQ:GQ GRD:GD GRL:GL GUF:GF "
    "GUY:GY IRL:IE IRQ:IQ ISR:IL JAM:JM KAZ:KZ KOR:KR LBR:LR LBY:LY MAC:MO MAF:MF MDG:MG MDV:MV MEX:MX MLT:MT "
    "MNE:ME MNP:MP MOZ:MZ MTQ:MQ MYT:YT NIU:NU NPL:NP PAK:PK PCN:PN PLW:PW PNG:PG POL:PL PRK:KP PRT:PT PRY:PY "
    "PYF:PF SEN:SN SGS:GS SLB:SB SLV:SV SPM:PM SRB:RS SUR:SR SVK:SK SVN:SI SWE:SE SWZ:SZ SYC:SC TCD:TD TKM:TM "
    "TUN:TN TUR:TR TUV:TV UKR:UA URY:UY WLF:WF"
)
_OF_THREE_LETTERS: Mapping[str, str] = {code: code[:2] for code in _REGULAR.split()} | dict(
    pair.split(":") for pair in _IRREGULAR.split()
)
"""ISO 3166-1: the codes of three letters, and of two."""
_OTHERWISE: Mapping[str, str] = {
    "ARE": "UAE, Emirates",
    "AUT": "Österreich, Autriche",
    "BEL": "België, Belgique, Belgien",
    "BRA": "Brasil",
    "CHE": "Schweiz, Suisse, Svizzera",
    "CHN": "中国, 中國, 中华人民共和国, P.R. China, PRC, People's Republic of China, Chine",
    "CZE": "Česko, Česká republika, Czechia",
    "DEU": "Deutschland, Allemagne, Alemania, Germania, Bundesrepublik Deutschland",
    "DNK": "Danmark, Dänemark",
    "EST": "Eesti",
    "ESP": "España, Espagne, Spanien, Espanya",
    "FIN": "Suomi",
    "FRA": "Frankreich, Francia",
    "GBR": "UK, United Kingdom, Great Britain, England, Scotland, Wales, Northern Ireland",
    "GRC": "EL, Ελλάδα, Hellas",
    "HKG": "香港, Hong Kong SAR, Hongkong",
    "HRV": "Hrvatska",
    "HUN": "Magyarország",
    "IDN": "Republik Indonesia",
    "IRL": "Éire, Republic of Ireland",
    "IND": "भारत, Bharat, Republic of India, Indien",
    "ITA": "Italia, Italien, Italie",
    "JPN": "日本, 日本国, Nippon",
    "KOR": "대한민국, 한국, South Korea, Korea, Republic of Korea",
    "LTU": "Lietuva",
    "LVA": "Latvija",
    "MEX": "México, Mexique",
    "MYS": "马来西亚",
    "NLD": "Nederland, Holland, The Netherlands, Niederlande, Pays-Bas",
    "NOR": "Norge, Noreg",
    "PHL": "Pilipinas, The Philippines",
    "POL": "Polska, Polen, Pologne",
    "RUS": "Россия, Российская Федерация, Russian Federation",
    "SWE": "Sverige, Schweden",
    "SGP": "新加坡",
    "SVN": "Slovenija",
    "SVK": "Slovensko",
    "THA": "ประเทศไทย, ไทย",
    "TUR": "Türkiye, Republic of Türkiye",
    "TWN": "台灣, 臺灣, 台湾, 中華民國, R.O.C., Republic of China, Taiwan ROC",
    "UKR": "Україна, Украина",
    "USA": "USA, United States of America, Estados Unidos, États-Unis",
    "VNM": "Việt Nam, Viet Nam",
}
"""Names beside the English one of the time zone database: those of the country itself, and others in frequent use."""


def country(value: object) -> str | None:
    """Return the code of two letters (ISO 3166-1) of a country that is named by a code or a name; None for no country."""
    text = plain_text(value)
    if text is None:
        return None
    letters = normal(text).upper()
    code = _OF_THREE_LETTERS.get(letters, letters)
    if code in _english():
        return code
    names = _by_name()
    return names.get(_spelt(text)) or names.get(_spelt(_head(text)))


@cache
def time_zone_of(code: str) -> str | None:
    """Return the time zone of a country, by its code of two letters, that has one alone, or several that agree; else None."""
    zones = [
        zone
        for country_code, _, zone, *_ in _table("zone.tab")
        if country_code == code and is_time_zone(zone)
    ]
    clocks = {
        tuple(datetime(2026, month, 15, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 4, 7, 10))
        for zone in zones
    }
    return zones[0] if len(clocks) == 1 else None


@cache
def _english() -> Mapping[str, str]:
    """Return the English name of each country by its code of two letters, as the time zone database lists them."""
    return {code: name.strip() for code, name in _table("iso3166.tab")}


def _table(name: str) -> list[list[str]]:
    written = (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in written.splitlines() if line and not line.startswith("#")]


@cache
def _by_name() -> Mapping[str, str]:
    """Return the codes by name; a name without what stands in brackets counts where it is one country's alone."""
    whole = {_spelt(name): code for code, name in _english().items()}
    heads = Counter(_spelt(_head(name)) for name in _english().values())
    short = {head: code for code, name in _english().items() if heads[head := _spelt(_head(name))] == 1}
    others = {
        _spelt(way): _OF_THREE_LETTERS[code] for code, ways in _OTHERWISE.items() for way in ways.split(", ")
    }
    return {**short, **whole, **others}


def _head(name: str) -> str:
    """Return a name without what follows a bracket or a comma: `Iran, Islamic Republic of`."""
    return re.split(r"[(,]", name, maxsplit=1)[0]


def _spelt(name: str) -> str:
    return normal(name.replace("&", " and ").replace("St ", "Saint ").replace("St. ", "Saint "))
