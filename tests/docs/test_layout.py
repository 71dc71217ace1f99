"""The tests stand where the code stands: `tests/X/test_y.py` tests `standfast/X/y.py`."""

from pathlib import Path

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
PACKAGE = ROOT / "standfast"
THEMES = ("docs", "durability", "histories", "stories")
"""Rooms about the whole product: what is told in them belongs to no file."""


def belongs(test: Path) -> bool:
    """Whether a test is about a file, or about the room that it stands in.

    `test_y.py` and `test_y_in_a_storm.py` are about `y.py`; so is all that stands in a folder `y/`.
    """
    room, name = test.parent, test.stem.removeprefix("test_")
    for package in (PACKAGE / room, ROOT / room):
        if package.with_suffix(".py").is_file():
            return True
        modules = {path.stem for path in package.glob("*.py")} | {package.name}
        modules |= {path.parent.name for path in package.glob("*/__init__.py")}
        if any(name == module or name.startswith(f"{module}_") for module in modules):
            return True
    return False


def test_a_test_is_found_by_the_name_of_what_it_tests() -> None:
    tests = (path.relative_to(TESTS) for path in sorted(TESTS.rglob("test_*.py")))
    assert [test for test in tests if test.parts[0] not in THEMES and not belongs(test)] == []
