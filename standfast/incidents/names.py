"""Temporal names: workflow type, task queue, queries, signals, search attributes, metrics."""

from datetime import datetime

from temporalio.common import SearchAttributeKey

WORKFLOW = "Incident"
REVIEW_WORKFLOW = "Review"

RUNNING = f'WorkflowType IN ("{WORKFLOW}", "{REVIEW_WORKFLOW}") AND ExecutionStatus = "Running"'
"""The visibility query for every open run: of incidents and of reviews."""

TASK_QUEUE = "standfast"

QUERY_INCIDENT = "incident"
QUERY_TIMELINE = "timeline"

OFFER_VIEW = "standfast_offer_view"
"""The extern function by which a workflow gives its view to an observing runner."""

REPEATS = "repeats"
RECOVERED = "recovered"
MEMBERS_RECOVERED = "members_recovered"
"""Signals of the intake: counted repeats, and a monitor's recovery, of all or one of a group."""

ABSORB = "absorb"
LINKED = "linked"
"""Signals that incidents send to each other; people use the actions merge and link."""

REPAIRED = "repaired"
"""Signal of a repair, by the watchdog or a person: what was done, for the timeline."""

REVIEW_STEP = "step"
"""Update of a review: one of `review_steps.ReviewStep`."""

MEMO_TITLE = "title"
MEMO_EPISODE = "episode"
MEMO_OPENED_AT = "opened_at"
MEMO_LATEST = "latest_title"


def memo(title: str, episode: int, opened_at: datetime) -> dict[str, str | int]:
    """What a list shows of an episode without reading its history."""
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

READERS = SearchAttributeKey.for_keyword_list("StandfastReaders")
"""Who finds it by name, and that it is confidential: `incidents.confidentiality.readers_of`."""

SEARCH_ATTRIBUTES = (STAGE, PRIORITY, CATEGORY, TEAM, SERVICE, ASSIGNEE, TIER, EPISODE, READERS)
"""Must be registered before the first workflow starts.

SQL stores allow 10 Keyword, 3 Int, 3 KeywordList."""

REPORTED_PROBLEMS = SearchAttributeKey.for_keyword_list("TemporalReportedProblems")
"""Set by the server on a run whose workflow task keeps failing."""

FINDINGS = "standfast_findings"
"""A gauge: open incidents with a finding, by `kind`."""

INCIDENT_TIME = "standfast_incident_{}"
"""A histogram for each of `measures.Times`, in seconds around the clock, by team and priority."""

LATENESS = "standfast_clock_lateness"
"""A histogram: how late the end of a clock was handled, by clock and priority."""
