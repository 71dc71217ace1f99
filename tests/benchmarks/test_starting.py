"""The measure of starting runs each command as a person does, and notices one that fails."""

from pathlib import Path

import pytest

from benchmarks.starting import Failed, Figure, as_document, figures, run


@pytest.mark.nightly
async def test_it_measures_each_command_with_a_server_and_without(tmp_path: Path) -> None:
    found = await figures(1, tmp_path)
    assert set(found) == {"help", "show", "report", "show_until_server", "report_until_server"}
    assert all(figure.wall > 0 and figure.cpu > 0 for figure in found.values())


def test_a_command_that_fails_is_no_figure() -> None:
    with pytest.raises(Failed, match="nope ended with 2: No such command 'nope'"):
        run(("nope",), {})


def test_the_document_has_wall_and_cpu() -> None:
    assert as_document({"help": Figure(0.2, 0.1)}) == {"help_s": 0.2, "help_cpu_s": 0.1}
