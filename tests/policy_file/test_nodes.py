"""Two readers of YAML, a quick one and one that words faults: what both accept means the same."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yaml.nodes import MappingNode, Node, SequenceNode

from standfast.policy_file.nodes import compose_fast, compose_with_problems
from standfast.policy_file.shipped import SHIPPED_POLICY
from tests.examples import examples
from tests.policy.small import EDITS, edited

SHIPPED = sorted(SHIPPED_POLICY.parent.glob("*.yaml"))


def written(node: Node) -> object:
    """A node with all that is read from it: its meaning, and where it stands.

    Each reader has a line of its own for what is left empty; it is told by its key's.
    """
    value = node.value
    if isinstance(node, SequenceNode):
        value = [written(item) for item in value]
    elif isinstance(node, MappingNode):
        value = [(written(key), written(item)) for key, item in value]
    mark = node.start_mark
    return node.tag, value, (mark.name, mark.line) if value else None


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_both_readers_read_the_same(file: Path) -> None:
    """The quick one reads what is faultless; what it calls so must mean the same to the other."""
    text = file.read_text()
    quick, (plain, problems) = compose_fast(text, "a.yaml"), compose_with_problems(text, "a.yaml")
    assert quick
    assert plain
    assert (written(quick), problems) == (written(plain), [])


@settings(max_examples=examples(150))
@given(edits=st.lists(EDITS, max_size=4))
def test_what_both_accept_means_the_same(edits: list[tuple[int, int, str]]) -> None:
    """libyaml takes a few texts that PyYAML's own reader does not, such as some with tabs."""
    quick, (plain, problems) = (
        compose_fast(edited(edits), "a.yaml"),
        compose_with_problems(edited(edits), "a.yaml"),
    )
    if plain and not problems:
        assert quick
        assert written(quick) == written(plain)
