"""How many examples Hypothesis makes up, and whether they are the same each time."""

from hypothesis import settings

_WHOLE, _USUAL, _NIGHTLY = 100, 50, 2_000


def load_profiles() -> None:
    """The same examples each time, for `make test`; and `nightly`: random ones, and many more.

    How long an example takes says more of what else the machine does than of the code.
    """
    settings.register_profile("usual", deadline=None, derandomize=True, max_examples=_USUAL)
    settings.register_profile(
        "nightly", deadline=None, derandomize=False, max_examples=_NIGHTLY, print_blob=True
    )
    settings.load_profile("usual")


def examples(number: int) -> int:
    """For `max_examples` of a test that wants another number than 100: by day half, as all do.

    By night times 20.
    """
    return number * settings().max_examples // _WHOLE
