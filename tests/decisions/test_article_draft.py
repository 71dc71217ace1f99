"""The article that a closed incident offers."""

import pytest

from standfast.decisions.article_draft import drafted, offers_article
from standfast.incidents.record import Outcome
from standfast.incidents.resolution import (
    Evidence,
    EvidenceKind,
    RemediationOutcome,
    RemediationResult,
    Resolution,
    Verdict,
)
from tests.records.samples import CLOSED, incident

RESOLUTION = Resolution(
    by="ana",
    summary="Renewed the certificate.\n\nIt was the *intermediate*.",
    steps=("certbot renew --force", "Told [everybody](http://nowhere)"),
    root_cause="The cron job was disabled",
    at=CLOSED,
)
EVIDENCE = (
    Evidence(
        kind=EvidenceKind.SYSTEM_TESTS,
        source="login",
        says=Verdict.RESOLVED,
        detail="200 in 40 ms",
        at=CLOSED,
    ),
    Evidence(
        kind=EvidenceKind.USER_CONFIRMATION, source="mia", says=None, detail="silent", at=CLOSED
    ),
)


def test_it_is_drafted_from_the_record() -> None:
    text = drafted(
        incident(
            title="VPN certificate expired",
            description="Nobody gets in.\n\n# Since this morning <b>",
            resolution=None,  # type: ignore[arg-type]
        ).model_copy(update={"resolution": RESOLUTION, "evidence": EVIDENCE})
    )
    assert text.model_dump() == {
        "title": "VPN certificate expired",
        "symptom": "Nobody gets in.\n\n\\# Since this morning \\<b\\>",
        "cause": "The cron job was disabled",
        "fix": (
            "Renewed the certificate.\n\nIt was the \\*intermediate\\*.\n\n"
            "1. certbot renew --force\n2. Told \\[everybody\\](http://nowhere)"
        ),
        "verified": "- system tests, login: resolved. 200 in 40 ms",
        "service": "printers",
        "category": "hardware",
        "for_reporters": False,
    }


def test_what_a_machine_said_stays_as_it_is() -> None:
    view = incident()
    report = view.report.model_copy(update={"error_message": "```\nERR *42* </code>"})
    symptom = drafted(view.model_copy(update={"report": report})).symptom
    assert symptom == "````\n```\nERR *42* </code>\n````"


def test_what_a_runbook_did() -> None:
    did = RemediationResult(
        answer="yes",
        reasons=("its check passed",),
        policy_version="1",
        runbook="restart-printer",
        outcome=RemediationOutcome.SUCCEEDED,
    )
    view = incident(outcome=Outcome.AUTOMATED, resolution="").model_copy(
        update={"remediation": did}
    )
    assert offers_article(view)
    text = drafted(view)
    assert text.fix == "The runbook `restart-printer` did it: its check passed"
    assert text.verified == "- the check of its runbook passed"


@pytest.mark.parametrize(
    ("outcome", "offers"),
    [
        (Outcome.RESOLVED, True),
        (Outcome.WITHDRAWN, False),
        (Outcome.MERGED, False),
        (None, False),
    ],
)
def test_only_what_was_resolved_offers_one(outcome: Outcome | None, offers: bool) -> None:
    assert offers_article(incident(outcome=outcome)) is offers


def test_a_long_text_is_cut() -> None:
    assert len(drafted(incident(description="word " * 4_000)).symptom) == 8_000
