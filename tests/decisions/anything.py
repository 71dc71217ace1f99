"""Reports as nobody would write them, for tests that hold for any report whatsoever."""

from hypothesis import strategies as st

from standfast.incidents.report import Channel, Report

TEXT = st.text(st.characters(), max_size=200)
"""With lone surrogates, control characters, marks and every script."""

TITLE = TEXT.map(lambda text: f"x{text}")


def reports(*services: str) -> st.SearchStrategy[Report]:
    """Any report, now and then about one of `services`."""
    return st.builds(
        Report,
        title=TITLE,
        description=TEXT,
        service=st.sampled_from(services) | st.text(st.characters(), max_size=50),
        reporter=st.text(max_size=20),
        channel=st.sampled_from(Channel),
        users_affected=st.integers(0, 1_000_000_000),
        impact_statement=TEXT,
        error_message=TEXT,
        labels=st.dictionaries(st.sampled_from(["severity", "a"]), st.text(max_size=9), max_size=2),
    )
