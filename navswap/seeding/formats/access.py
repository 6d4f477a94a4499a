"""Whether a station is open to the public, as a file says it."""

import re
from collections.abc import Collection, Mapping, Sequence

from navswap.seeding.formats.records import Record
from navswap.seeding.formats.values import is_empty, yes_or_no
from navswap.seeding.formats.words import normal, tokens, word_set

_COLUMNS = frozenset(
    normal(name)
    for name in [
        "access",
        "access_type",
        "access_code",
        "access_level",
        "access_class",
        "access_category",
        "access_status",
        "access_policy",
        "access_restriction",
        "access_restrictions",
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
        "zutritt",
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
        "public_access",
        "publish",
        "published",
        "is_published",
        "visible",
        "is_visible",
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
        "restricted_access",
        "hidden",
        "is_hidden",
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
        "niet openbaar",
        "beperkt",
        "employees",
        "staff",
        "residents",
        "fleet",
        "permit holders",
        "permit required",
        "closed to public",
        "closed to the public",
        "not for public",
        "not open to",
        "no public",
        "unpublished",
        "hidden",
        "test station",
        "prywatny",
        "prywatna",
        "частный",
        "özel",
        "非公開",
        "非公开",
        "不開放",
        "不开放",
        "비공개",
        "비개방",
        "內部",
        "内部",
        "員工",
        "员工",
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
_SOME_ONLY = re.compile(
    r"\b(staff|employees?|residents?|tenants?|fleets?|depot|internal|authori[sz]ed|guests?|permits?|private|taxis?)\b.*\bonly\b",
    re.IGNORECASE,
)
_PUBLIC_WORDS = (
    "public, publique, publico, público, pubblico, publiek, öffentlich, allgemein, openbaar, open, anyone, unrestricted, "
    "accès libre, libre, ouvert, abierto, livre, yes, permissive, 公共, 公用, 公開, 公开, 公眾, 공용, 개방, общий, общественный, "
    "halka açık, publiczny, ogólnodostępny"
)
_PUBLIC = tuple(normal(word) for word in _PUBLIC_WORDS.split(", "))
"""How words begin that say that a station is open to the public."""
_OF_SOMETHING_ELSE = word_set(
    "owner ownership owned operator operatedby betreiber trager eigentumer eigentum exploitant operateur amenageur propietario "
    "titularidad proprietaire gestore operador sector sektor secteur funding finance legal company organisation organization property "
    "land parking road roof description comment comments note notes remark remarks name address"
)
"""Words of columns whose public and private are not about who may use a station."""
_WORDS_OF_MAPS = frozenset({"no", "permit"})
_CUSTOMERS = frozenset({"customers", "customer", "customersonly", "customeronly", "kunden", "nurkunden"})
_PRIVATE_CODES: Mapping[str, frozenset[str]] = {
    "usagetypeid": frozenset({"2", "6"}),
    "usagetype": frozenset({"2", "6"}),
    "access": frozenset({"2"}),
}
"""Numbers for what is not public, by column: OpenChargeMap's restricted access, and staff, visitors or customers; PlugShare's restricted."""


class Access:
    """Reads from the columns of a file whether each station is open to the public."""

    def __init__(
        self, records: Sequence[Record], present: Sequence[str], taken: Collection[str] = ()
    ) -> None:
        """Find the columns among those that are present; those that are taken say something else, unless their name speaks of access."""
        named = [name for name in present if _speaks_of_access(name)]
        self._for_customers = [name for name in named if _are_some_for_customers(name, records)]
        self.columns = [name for name in named if any(self._is_private(name, each) for each in records)]
        """The columns that say it, where any row of the file is not public."""
        if not self.columns:
            others = [name for name in present if name not in taken]
            self.columns = [name for name in others if _holds_only_access(name, records)][:1]

    def is_private(self, record: Record) -> bool:
        """Return whether a record is said not to be open to the public."""
        return any(self._is_private(name, record) for name in self.columns)

    def _is_private(self, name: str, record: Record) -> bool:
        value = record.fields.get(name)
        if name in self._for_customers and not isinstance(value, dict | list):
            return normal(str(value)) in _CUSTOMERS or _is_private(name, value)
        return _is_private(name, value)


def _key(name: str) -> str:
    return normal(name.rsplit(".", 1)[-1])


def _speaks_of_access(name: str) -> bool:
    return _key(name) in _COLUMNS | _YES_IS_PUBLIC | _YES_IS_PRIVATE or normal(name) in _COLUMNS


def _are_some_for_customers(name: str, records: Sequence[Record]) -> bool:
    """Return whether a column says of some stations that they are for customers, and something else of others.

    Where all are, the customers are the riders of the network.
    """
    said = {normal(str(value)) for each in records if not is_empty(value := each.fields.get(name))}
    return bool(said & _CUSTOMERS) and bool(said - _CUSTOMERS)


def _holds_only_access(name: str, records: Sequence[Record]) -> bool:
    """Return whether a column, whatever it is called, says public or not of each row, and both of some."""
    if set(tokens(name)) & _OF_SOMETHING_ELSE:
        return False
    are_private = set()
    for record in records:
        value = record.fields.get(name)
        if is_empty(value):
            continue
        if not isinstance(value, str):
            return False
        is_private = _says_private(value)
        if not is_private and not normal(value).startswith(_PUBLIC):
            return False
        are_private.add(is_private)
    return are_private == {True, False}


def _is_private(name: str, value: object) -> bool:
    """Return whether the value of a column of access says that a station is not open to the public."""
    key = _key(name)
    if is_empty(value) or isinstance(value, dict | list):
        return False
    answer = yes_or_no(value)
    if key in _YES_IS_PRIVATE:
        return answer is True
    if key in _YES_IS_PUBLIC:
        return answer is False
    word = normal(str(value))
    if word.isdigit():
        return word in _PRIVATE_CODES.get(key, ())
    if word in _WORDS_OF_MAPS:
        return key == "access"
    return _says_private(str(value))


def _says_private(text: str) -> bool:
    word = normal(text)
    if word.startswith(_PUBLIC_AFTER_ALL):
        return False
    return word.startswith(_BEGINNINGS) or _SOME_ONLY.search(text) is not None
