"""Texts that a file gives in several languages."""

from collections.abc import Iterable


def preferred(texts: Iterable[tuple[str, object]]) -> tuple[object, object]:
    """Choose among (language tag, text): the English one, else the first; and beside it the first other.

    Empty texts are passed over; (None, None) where none is left.
    """
    filled = [(language, text) for language, text in texts if text]
    if not filled:
        return None, None
    shown = next((pair for pair in filled if pair[0].lower().split("-")[0] == "en"), filled[0])
    beside = next((text for language, text in filled if language != shown[0]), None)
    return shown[1], beside
