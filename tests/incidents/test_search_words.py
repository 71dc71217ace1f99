"""Which words of a text are looked for."""

from standfast.incidents.search_words import MOST_WORDS, significant_words


def test_the_first_words_that_say_something_are_looked_for() -> None:
    assert significant_words("The PRINTER is, as you can see, on fire! Printer: 2nd floor.") == [
        "printer",
        "see",
        "fire",
        "2nd",
        "floor",
    ]
    assert significant_words(" ".join(f"w{number:03}" for number in range(100))) == [
        f"w{number:03}" for number in range(MOST_WORDS)
    ]
