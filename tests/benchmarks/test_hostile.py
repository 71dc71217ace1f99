"""The inputs of `benchmarks.hostile` are what they say: small, and each of its own name."""

from benchmarks.hostile import GOAL, Row, as_document
from benchmarks.hostile_inputs import INPUTS, MOST_BYTES


def test_no_input_is_larger_than_two_megabytes() -> None:
    for one in INPUTS:
        assert 0 < one.bytes <= MOST_BYTES, one.what
    names = [(one.door, one.what) for one in INPUTS]
    assert len(set(names)) == len(names)


def test_the_longest_delay_counts() -> None:
    rows = [Row("mail", "x", 1, "200", 0.1, 0.2), Row("smtp", "y", 1, "250", 0.1, 0.7)]
    document = as_document(rows)
    assert (document["longest_delay_s"], document["goal_s"]) == (0.7, GOAL)
