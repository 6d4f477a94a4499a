"""From bytes to text: UTF-8, UTF-16 and UTF-32, else the code page that the text is most likely in."""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from charset_normalizer import from_bytes

from navswap.seeding.formats.rows import UnreadableNetworkError
from navswap.seeding.formats.words import ALIASES, normal

SAMPLE_BYTES = 200_000
"""As much of a file as its encoding is guessed from."""

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = "äöüÄÖÜßéèêëÉÈÊàâÀÂçÇîïíìÎÍôóòõÔÓûùúÛÚñÑáÁãåÅøØæÆœŒýº’-"
_CENTRAL = "ąćęłńóśźżĄĆĘŁŃÓŚŹŻčěřšťůýžČĎŘŠŤŮÝŽďňľĺŕáéíúőűŐŰÁÉÍÚäôöüÄÖÜßăâîşţĂÂÎđĐ’"
_TURKISH = "ğışİĞŞçöüÇÖÜâîû’"
_PUNCTUATION = "\"'()[]<>.:!?+*/\\-–—“”‘’„‚«»°·…€½¿¡§\xa0"
_LEAST = 0.6
"""Share of usual words below which a text is not held for one in an encoding."""
_ENOUGH = 8
"""Characters of two bytes from which on their statistics count."""
_BETWEEN = re.compile(r"[\s,;|\xa0]+")
_KNOWN_WORDS = frozenset(name for names in ALIASES.values() for name in names if not name.isascii())
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1f]")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the encoding that it was in, and an example of what is outside ASCII where the encoding is a guess."""

    text: str
    encoding: str
    guessed_from: str | None = None


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """Return the text of a file; `encoding` is the one that the caller knows it is in.

    Raises UnreadableNetworkError, which says what to do, for what is no text or may be in several encodings.
    """
    if encoding is not None:
        return _decode_as(data, encoding)
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _decode_as(data, name)
    if b"\0" in data[:SAMPLE_BYTES]:
        return _without_mark(data)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        return _guess(data, error)


def _decode_as(data: bytes, encoding: str) -> Decoded:
    try:
        text = data.decode(encoding)
    except LookupError as error:
        raise UnreadableNetworkError(
            f"there is no encoding {encoding[:40]!r}; give one such as cp1252, cp932, big5 or gb18030"
        ) from error
    except UnicodeError as error:
        raise UnreadableNetworkError(
            f"the text is broken for {encoding} ({error}); save the file as CSV UTF-8"[:300]
        ) from error
    return Decoded(text.removeprefix("\ufeff"), encoding)


def _without_mark(data: bytes) -> Decoded:
    """Decode UTF-16 without a byte order mark, which has a zero in every second byte of Latin text.

    Some zeros in UTF-8, or a row of them at its end, are what a program or a disk has left there.
    """
    sample = data[:2000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(data) % 2 == 0 and max(even, odd) > len(sample) // 4 and min(even, odd) == 0:
        return _decode_as(data, "utf-16-be" if even else "utf-16-le")
    plain = data.rstrip(b"\0")
    if plain.count(0) * 10 <= len(plain) and not _CONTROLS.search(plain):
        try:
            return Decoded(plain.replace(b"\0", b"").decode("utf-8"), "utf-8")
        except UnicodeDecodeError:
            pass
    raise UnreadableNetworkError(
        "this is not text (it holds bytes of zero); give a CSV, GeoJSON or JSON file, saved as UTF-8"
    )


def _guess(data: bytes, error: UnicodeDecodeError) -> Decoded:
    """Choose the encoding that reads best, of those that the library holds possible."""
    line = data.count(b"\n", 0, error.start) + 1
    what = f"this is not UTF-8 text: line {line} holds byte 0x{data[error.start]:02x}"
    advice = "save it as CSV UTF-8, or name its encoding, such as --encoding cp1252"
    scores = {name: (score, text) for name, score, text in _scored(data)}
    best = max((score for score, _ in scores.values()), default=(0, 0.0))
    if best < (0, _LEAST):
        raise UnreadableNetworkError(f"{what}; {advice}")
    equal = {name: text for name, (score, text) in scores.items() if score == best}
    if len(set(equal.values())) > 1 and "cp1252" not in equal:
        raise UnreadableNetworkError(f"{what}; it may be {' or '.join(equal)}: {advice}")
    name, text = next(iter(equal.items()))
    word = next((found[0] for found in _WORD.finditer(text) if not found[0].isascii()), "")
    return Decoded(text, name, word[:40])


def _scored(data: bytes) -> Iterator[tuple[str, tuple[int, float], str]]:
    """Yield each possible encoding with how many known names of columns it gives, and how usual its letters are."""
    sample = data[:SAMPLE_BYTES]
    possible = {match.encoding for match in from_bytes(sample, cp_isolation=list(_USUAL))}
    for name, share in _USUAL.items():
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        usual = share(text[:SAMPLE_BYTES])
        if usual >= _LEAST or (name in possible and usual > 0):
            hits = len({normal(word) for word in _WORD.findall(text[:4000])} & _KNOWN_WORDS)
            yield name, (hits, round(usual, 3)), text


def _foreign_words(text: str) -> list[str]:
    """Return the words that hold letters outside ASCII, without the punctuation around them."""
    words = (word.strip(_PUNCTUATION) for word in _BETWEEN.split(text) if not word.isascii())
    return [word for word in words if not word.isascii()]


def _is_well_cased(word: str) -> bool:
    return word in {word.lower(), word.upper(), word.title(), word.capitalize()}


def _latin(letters: str) -> Callable[[str], float]:
    """Return the share of words with usual letters outside ASCII, in words that are mostly ASCII."""
    usual = frozenset(letters)

    def is_usual(word: str) -> bool:
        foreign = [letter for letter in word if not letter.isascii()]
        is_mixed = len(foreign) * 2 <= len(word) + 2 and len(foreign) < len(word)
        return usual.issuperset(foreign) and is_mixed and _is_well_cased(word)

    return lambda text: _share(is_usual(word) for word in _foreign_words(text))


def _script(first: str, last: str, weight: float) -> Callable[[str], float]:
    """Return the share of words in one script, in which only the first letter is large, or all are; times a weight.

    The weight settles what a few words leave open: the more usual encoding has the larger one. A script with large letters
    has one in the names of stations.
    """

    def is_usual(word: str) -> bool:
        return all(first <= letter <= last or letter in "-’" for letter in word) and _is_well_cased(word)

    def share(text: str) -> float:
        words = _foreign_words(text)
        names = any(
            word[0].isupper() or not word[0].isalpha() or word[0].lower() == word[0].upper() for word in words
        )
        return _share(map(is_usual, words)) * (weight if names else 0.9)

    return share


def _double(encoding: str, *spans: tuple[int, int]) -> Callable[[str], float]:
    """Return the share of characters whose first byte says that they are frequent, and that stand in no Latin word."""

    def share(text: str) -> float:
        text = f" {text} "
        places = [place for place, letter in enumerate(text) if not letter.isascii()]
        written = [text[place].encode(encoding) for place in places]
        if encoding == "big5" and len(written) >= _ENOUGH and all(each[-1] >= 0x80 for each in written):
            return 0.0  # in Big5 two characters of five end with a byte of ASCII
        certain = encoding == "cp949" and len(written) >= _ENOUGH
        return _share(
            len(each) == 2
            and any(first <= each[0] <= last for first, last in spans)
            and not (_is_latin(text[place - 1]) and _is_latin(text[place + 1]))
            for place, each in zip(places, written, strict=True)
        ) * (1.01 if certain else 1.0)

    return share


def _is_latin(letter: str) -> bool:
    return letter.isascii() and letter.isalpha()


def _share(answers: Iterable[bool]) -> float:
    listed = list(answers)
    return sum(listed) / len(listed) if listed else 0.0


_USUAL: Mapping[str, Callable[[str], float]] = {
    "cp1252": _latin(_WESTERN),
    "cp1250": _latin(_CENTRAL),
    "cp1254": _latin(_TURKISH),
    "cp850": _latin(_WESTERN),
    "mac_roman": _latin(_WESTERN),
    "cp1251": _script("Ё", "ґ", 1.005),
    "cp1253": _script("Ά", "ώ", 0.99),
    "cp1255": _script("א", "ת", 0.98),
    "cp1256": _script("ء", "ۿ", 0.97),
    "cp874": _script("ก", "๛", 0.96),
    "cp932": _double("cp932", (0x81, 0x83), (0x88, 0x97)),
    "big5": _double("big5", (0xA1, 0xC6)),
    "gb18030": _double("gb18030", (0xA1, 0xA3), (0xB0, 0xD7)),
    "cp949": _double("cp949", (0xA1, 0xA3), (0xB0, 0xC8)),
}
"""How usual a text would be in an encoding, from 0 to 1."""
