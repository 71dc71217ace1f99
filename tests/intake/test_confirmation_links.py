"""What a one-click link is good for, and that nothing else passes for one."""

import re
import string
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import product
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView
from standfast.incidents.report import Report
from standfast.incidents.resolution import Evidence, EvidenceKind, Resolution, Verdict
from standfast.intake.confirmation_links import Claim, ExpiredLink, InvalidLink, ReporterLinks

KEY, OTHER_KEY = b"k" * 64, b"o" * 64
INCIDENT, RITA = "INC-7F3K2QXWM4", "rita@storyville.example"
NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

LINKS = ReporterLinks([KEY], "https://standfast.example/")


def token_of(link: str) -> str:
    return urlsplit(link).path.removeprefix("/confirm/")


TOKEN = token_of(LINKS.links(INCIDENT, 2, RITA, NOON).fixed)


def view(
    resolved_at: datetime | None, *said: Evidence, episode: int = 2, incident: str = INCIDENT
) -> IncidentView:
    """An incident that was resolved then, and what was said about it."""
    solved = Resolution(by="ana", summary="restarted it", at=resolved_at) if resolved_at else None
    return IncidentView(
        incident_id=incident,
        episode=episode,
        title="Wiki down",
        status="open",
        stage=Box.ISSUE_RESOLVED if resolved_at else Box.RESOLVE,
        path=(Box.REPORT,),
        occurrences=1,
        reporters=(RITA,),
        decisions=(),
        waiting_for=(),
        evidence=said,
        resolution=solved,
        opened_at=NOON - DAY,
        report=Report(title="Wiki down", reporter=RITA),
        timeline=(),
    )


def said(by: str, verdict: Verdict, at: datetime) -> Evidence:
    kind = EvidenceKind.USER_CONFIRMATION
    return Evidence(kind=kind, source=by, says=verdict, detail="", at=at)


def test_both_addresses_lead_to_the_page_and_only_suggest_an_answer() -> None:
    fixed, not_fixed = LINKS.links(INCIDENT, 2, RITA, NOON)
    assert re.fullmatch(r"https://standfast\.example/confirm/[\w.-]+\?answer=fixed", fixed)
    assert not_fixed == fixed.replace("=fixed", "=not-fixed")
    assert len(fixed) < 250


def test_a_link_says_what_it_is_bound_to() -> None:
    claim = LINKS.read(TOKEN, NOON + DAY)
    assert claim == Claim(incident_id=INCIDENT, episode=2, reporter=RITA, asked_at=NOON)


@pytest.mark.parametrize(
    ("after", "good"),
    [(timedelta(), True), (14 * DAY, True), (14 * DAY + MINUTE, False), (400 * DAY, False)],
)
def test_a_link_is_good_for_its_lifetime(after: timedelta, good: bool) -> None:
    if good:
        assert LINKS.read(TOKEN, NOON + after).reporter == RITA
        return
    with pytest.raises(ExpiredLink, match="valid for 14 d and expired on 2026-12-08 12:00:00 UTC"):
        LINKS.read(TOKEN, NOON + after)


def test_a_shorter_lifetime_also_ends_links_that_were_sent_before() -> None:
    hasty = ReporterLinks([KEY], "https://standfast.example", lifetime=timedelta(hours=1))
    with pytest.raises(ExpiredLink, match="valid for 1 h"):
        hasty.read(TOKEN, NOON + 2 * timedelta(hours=1))


@pytest.mark.parametrize(
    ("keys", "good"),
    [
        ([KEY], True),
        ([OTHER_KEY, KEY], True),
        ([KEY, OTHER_KEY], True),
        ([OTHER_KEY], False),
    ],
)
def test_keys_are_changed_by_putting_a_new_one_before_the_old(
    keys: list[bytes], good: bool
) -> None:
    reader = ReporterLinks(keys, "https://standfast.example")
    if good:
        assert reader.read(TOKEN, NOON).incident_id == INCIDENT
    else:
        with pytest.raises(InvalidLink, match="not made here"):
            reader.read(TOKEN, NOON)


def test_the_first_of_several_keys_signs() -> None:
    both = ReporterLinks([OTHER_KEY, KEY], "https://standfast.example")
    token = token_of(both.links(INCIDENT, 2, RITA, NOON).fixed)
    assert ReporterLinks([OTHER_KEY], "").read(token, NOON).reporter == RITA
    with pytest.raises(InvalidLink):
        LINKS.read(token, NOON)


def test_what_the_same_key_signs_for_another_purpose_is_no_link() -> None:
    session = URLSafeSerializer(KEY.decode(), salt="standfast.session")
    with pytest.raises(InvalidLink):
        LINKS.read(str(session.dumps([INCIDENT, 2, RITA, 0])), NOON)


@pytest.mark.parametrize(
    "mangled", ["", ".", "x", TOKEN[:-1], TOKEN + "A", TOKEN + "=", f" {TOKEN}"]
)
def test_what_a_mail_program_broke_says_so(mangled: str) -> None:
    with pytest.raises(InvalidLink, match=r"incomplete|not made here"):
        LINKS.read(mangled, NOON)


def test_each_character_in_the_place_of_each_other_is_refused() -> None:
    """Also of the last one, some bits of which would stand for nothing at other lengths."""
    alphabet = string.ascii_letters + string.digits + "-_."
    taken = []
    for place, character in product(range(len(TOKEN)), alphabet):
        changed = TOKEN[:place] + character + TOKEN[place + 1 :]
        with suppress(InvalidLink):
            LINKS.read(changed, NOON)
            taken += [changed] if changed != TOKEN else []
    assert taken == []


_ANYTHING = st.characters() | st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef0123456789-_.=!%")


@given(st.integers(0, len(TOKEN) - 1), _ANYTHING)
def test_any_changed_character_is_refused(place: int, character: str) -> None:
    changed = TOKEN[:place] + character + TOKEN[place + 1 :]
    if changed == TOKEN:
        return
    with pytest.raises(InvalidLink):
        LINKS.read(changed, NOON)


@given(st.integers(0, len(TOKEN)), _ANYTHING)
def test_any_added_character_is_refused(place: int, character: str) -> None:
    with pytest.raises(InvalidLink):
        LINKS.read(TOKEN[:place] + character + TOKEN[place:], NOON)


@given(st.integers(0, len(TOKEN) - 1))
def test_any_missing_character_is_refused(place: int) -> None:
    with pytest.raises(InvalidLink):
        LINKS.read(TOKEN[:place] + TOKEN[place + 1 :], NOON)


@given(st.text(max_size=300))
def test_any_text_is_refused_in_words(text: str) -> None:
    with pytest.raises(InvalidLink, match=r"^This link .+\.$"):
        LINKS.read(text, NOON)


@given(
    st.text(st.characters(categories=["L", "N", "S"]), min_size=1, max_size=200),
    st.integers(1, 10_000),
    st.integers(0, 10**16),
)
def test_any_reporter_and_moment_come_back_as_they_went(
    reporter: str, episode: int, microseconds: int
) -> None:
    asked_at = NOON + timedelta(microseconds=microseconds)
    token = token_of(LINKS.links(INCIDENT, episode, reporter, asked_at).not_fixed)
    claim = LINKS.read(token, asked_at)
    assert (claim.episode, claim.reporter, claim.asked_at) == (episode, reporter, asked_at)


@pytest.mark.parametrize(
    ("now", "about"),
    [
        (view(NOON - MINUTE), True),
        (view(NOON), True),
        (view(NOON + MINUTE), False),
        (view(None), False),
        (view(NOON - MINUTE, episode=3), False),
        (view(NOON - MINUTE, incident="INC-AAAAAAAAAA"), False),
    ],
    ids=["it", "same moment", "a later one", "reopened", "another episode", "another incident"],
)
def test_a_link_is_about_one_resolution(now: IncidentView, about: bool) -> None:
    assert LINKS.read(TOKEN, NOON).is_about(now) is about


BEFORE, AFTER = NOON - DAY, NOON + MINUTE


@pytest.mark.parametrize(
    ("pieces", "says"),
    [
        ((), None),
        ((said(RITA, Verdict.RESOLVED, AFTER),), Verdict.RESOLVED),
        ((said("ana", Verdict.RESOLVED, AFTER),), None),
        ((said(RITA, Verdict.UNRESOLVED, BEFORE),), None),
        (
            (said(RITA, Verdict.RESOLVED, AFTER), said(RITA, Verdict.UNRESOLVED, AFTER + MINUTE)),
            Verdict.UNRESOLVED,
        ),
    ],
    ids=["nobody", "fixed", "somebody else", "of the one before", "the last word counts"],
)
def test_what_the_reporter_has_said_already(
    pieces: tuple[Evidence, ...], says: Verdict | None
) -> None:
    answer = LINKS.read(TOKEN, NOON).answer(view(NOON - MINUTE, *pieces))
    assert (answer.says if answer else None) is says
