"""Whether a station is open to the public, as a file says it."""

from collections.abc import Sequence

from navswap.seeding.formats.records import Record
from navswap.seeding.formats.values import is_empty, yes_or_no
from navswap.seeding.formats.words import normal

_COLUMNS = frozenset(
    normal(name)
    for name in [
        "access",
        "access_type",
        "access_code",
        "accessibility",
        "access_usage_type",
        "groups_with_access_code",
        "usage_type",
        "usage_type.title",
        "usage_type_title",
        "usage_type_id",
        "usage",
        "location_access",
        "site_access",
        "station_access",
        "condition_acces",
        "conditions_acces",
        "acces_recharge",
        "acces",
        "type_acces",
        "acceso",
        "tipo_acceso",
        "tipo_de_acceso",
        "accesso",
        "tipo_accesso",
        "acesso",
        "tipo_de_acesso",
        "zugang",
        "zugangsart",
        "zugänglichkeit",
        "öffentlichkeit",
        "toegang",
        "toegankelijkheid",
        "dostęp",
        "доступ",
        "erişim",
    ]
)
"""Columns that say in a word who may use a station."""
_YES_IS_PUBLIC = frozenset(
    normal(name)
    for name in [
        "public",
        "is_public",
        "publicly_accessible",
        "is_publicly_accessible",
        "open_to_public",
        "öffentlich",
        "öffentlich_zugänglich",
    ]
)
_YES_IS_PRIVATE = frozenset(
    normal(name)
    for name in [
        "private",
        "is_private",
        "privat",
        "privado",
        "privato",
        "restricted",
        "is_restricted",
        "limit_yn",
        "is_limited",
    ]
)
_BEGINNINGS = tuple(
    normal(word)
    for word in [
        "private",
        "privat",
        "privé",
        "privado",
        "privada",
        "privato",
        "privata",
        "particular",
        "restricted",
        "restricted access",
        "accès réservé",
        "réservé",
        "reservado",
        "restringido",
        "restringida",
        "riservato",
        "riservata",
        "ristretto",
        "restrito",
        "nicht öffentlich",
        "nichtöffentlich",
        "beschränkt",
        "eingeschränkt",
        "not public",
        "non public",
        "non-public",
        "no public",
        "niet openbaar",
        "beperkt",
        "employees",
        "staff only",
        "residents",
        "fleet",
        "permit holders",
        "prywatny",
        "prywatna",
        "частный",
        "özel",
        "非公開",
        "非公开",
        "不開放",
        "不开放",
        "비공개",
        "제한",
    ]
)
_PUBLIC_AFTER_ALL = tuple(
    normal(word)
    for word in [
        "privately owned - notice required",
        "private with public access",
        "private_withpublicaccess",
    ]
)
"""What begins like one that is not public, and is."""
_WORDS_OF_MAPS = frozenset({"no", "permit"})
_PRIVATE_USAGE = frozenset({"2", "6"})
"""OpenChargeMap's types of usage by number: restricted access; staff, visitors or customers."""


class Access:
    """Reads from the columns of a file whether each station is open to the public."""

    def __init__(self, records: Sequence[Record], present: Sequence[str]) -> None:
        self.columns = [name for name in present if _speaks_of_access(name)]
        """The columns that say it, where any row of the file is not public."""
        self.columns = [name for name in self.columns if any(_is_private(name, each) for each in records)]

    def is_private(self, record: Record) -> bool:
        """Return whether a record is said not to be open to the public."""
        return any(_is_private(name, record) for name in self.columns)


def _key(name: str) -> str:
    return normal(name.rsplit(".", 1)[-1])


def _speaks_of_access(name: str) -> bool:
    return _key(name) in _COLUMNS | _YES_IS_PUBLIC | _YES_IS_PRIVATE or normal(name) in _COLUMNS


def _is_private(name: str, record: Record) -> bool:
    """Return whether a column says that a station is not open to the public."""
    key, value = _key(name), record.fields.get(name)
    if is_empty(value) or isinstance(value, dict | list):
        return False
    answer = yes_or_no(value)
    if key in _YES_IS_PRIVATE:
        return answer is True
    if key in _YES_IS_PUBLIC:
        return answer is False
    word = normal(str(value))
    if key == "usagetypeid":
        return word in _PRIVATE_USAGE
    if word in _WORDS_OF_MAPS:
        return key == "access"
    return word.startswith(_BEGINNINGS) and not word.startswith(_PUBLIC_AFTER_ALL)
