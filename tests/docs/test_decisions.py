import re
from pathlib import Path

DECISIONS = Path(__file__).parents[2] / "docs" / "decisions"
RECORDS = sorted(path.name for path in DECISIONS.glob("*.md") if path.name != "README.md")


def test_every_record_has_a_number_of_its_own_and_a_line_in_the_list() -> None:
    listed = re.findall(r"^\| \[(\d{4})\]\((\1-[^)]+)\)", (DECISIONS / "README.md").read_text(), re.MULTILINE)
    assert [name for _, name in listed] == RECORDS
    assert [int(number) for number, _ in listed] == list(range(1, len(RECORDS) + 1))


def test_a_record_says_what_why_and_what_enforces_it_in_about_half_a_page() -> None:
    for name in RECORDS:
        text = (DECISIONS / name).read_text()
        assert text.startswith("# "), name
        assert "**Why" in text, name
        assert "**What enforces it.**" in text, name
        assert len(text.splitlines()) <= 45, name
