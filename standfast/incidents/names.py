"""The names by which Temporal knows us: workflow, task queue, queries, search attributes."""

from datetime import datetime

from temporalio.common import SearchAttributeKey

WORKFLOW = "Incident"
TASK_QUEUE = "standfast"

QUERY_INCIDENT = "incident"
QUERY_TIMELINE = "timeline"

OFFER_VIEW = "standfast_offer_view"
"""The extern function by which a workflow hands over its view, where somebody observes it."""

REPEATS = "repeats"
RECOVERED = "recovered"
"""Signals of the intake: what monitors say again and again, counted, and that it is over."""

ABSORB = "absorb"
LINKED = "linked"
"""Signals that incidents send to each other; people use the actions merge and link."""

REPAIRED = "repaired"
"""Signal of the watchdog, or of whoever repairs a run by hand: what was done, for the timeline."""

MEMO_TITLE = "title"
MEMO_EPISODE = "episode"
MEMO_OPENED_AT = "opened_at"
MEMO_LATEST = "latest_title"


def memo(title: str, episode: int, opened_at: datetime) -> dict[str, str | int]:
    """What a list prints of an episode without opening its workflow."""
    return {
        MEMO_TITLE: title,
        MEMO_EPISODE: episode,
        MEMO_OPENED_AT: opened_at.isoformat(),
    }


STAGE = SearchAttributeKey.for_keyword("StandfastStage")
PRIORITY = SearchAttributeKey.for_keyword("StandfastPriority")
CATEGORY = SearchAttributeKey.for_keyword("StandfastCategory")
TEAM = SearchAttributeKey.for_keyword("StandfastTeam")
SERVICE = SearchAttributeKey.for_keyword("StandfastService")
ASSIGNEE = SearchAttributeKey.for_keyword("StandfastAssignee")
TIER = SearchAttributeKey.for_int("StandfastTier")
EPISODE = SearchAttributeKey.for_int("StandfastEpisode")

SEARCH_ATTRIBUTES = (STAGE, PRIORITY, CATEGORY, TEAM, SERVICE, ASSIGNEE, TIER, EPISODE)
"""All that a server must know before the first workflow starts (SQL stores: 10 Keyword, 3 Int)."""

REPORTED_PROBLEMS = SearchAttributeKey.for_keyword_list("TemporalReportedProblems")
"""The server's own: set on a run whose workflow task fails again and again."""

FINDINGS = "standfast_findings"
"""A gauge: how many open incidents have something wrong with them, by `kind`."""

LATENESS = "standfast_clock_lateness"
"""A histogram: how long after it was due a clock was noticed, by clock and priority."""
