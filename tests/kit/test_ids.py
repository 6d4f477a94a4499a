import re

from navswap.kit.ids import CountedIds


def test_counted_ids_differ_within_a_process_and_after_a_fork() -> None:
    ids, others = CountedIds(), CountedIds()
    made = [source.new() for source in (ids, others) for _ in range(1_000)]
    ids.begin()
    made += [ids.new() for _ in range(1_000)]
    assert len(set(made)) == len(made)
    assert all(re.fullmatch(r"[0-9a-f]{16}-[0-9a-f]+", identifier) for identifier in made)
