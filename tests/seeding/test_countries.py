import pytest

from navswap.seeding.formats import parse_network
from navswap.seeding.formats.countries import country


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("TW", "TW"),
        ("in", "IN"),
        ("DEU", "DE"),
        ("GBR", "GB"),
        ("UK", "GB"),
        ("U.S.A.", "US"),
        ("EL", "GR"),
        ("Taiwan", "TW"),
        ("Taiwan, Province of China", "TW"),
        ("Deutschland", "DE"),
        (" INDIA ", "IN"),
        ("United States", "US"),
        ("Korea, Republic of", "KR"),
        ("Iran, Islamic Republic of", "IR"),
        ("Trinidad and Tobago", "TT"),
        ("Côte d'Ivoire", "CI"),
        ("台灣", "TW"),
        ("대한민국", "KR"),
    ],
)
def test_a_country_is_known_by_its_codes_and_its_names(written: str, code: str) -> None:
    assert country(written) == code


@pytest.mark.parametrize("written", ["XX", "GER", "ZZZ", "Congo", "Samoa", "49", 49, "n/a", "", None, ["DE"]])
def test_what_names_no_country_or_several_is_unknown(written: object) -> None:
    assert country(written) is None


def test_a_country_that_is_not_known_is_told() -> None:
    network = parse_network(b"id,lat,lon,country\na,25,121,Taiwan\nb,20,77,Atlantis\n")
    assert [row.country for row in network.rows] == ["TW", None]
    assert "Atlantis" in str(network.flaws["country"])
