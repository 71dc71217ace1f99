"""What a filled record store is asked: every kind of search and list, and every kind of reader."""

from benchmarks.past_incidents import COMMON, RARE
from standfast.incidents.confidentiality import as_reader
from standfast.incidents.roles import Role
from standfast.records.search import Searcher

ALL = Searcher("rita", Role.ADMINISTRATOR)
A_RESPONDER = Searcher("person1", Role.RESPONDER, as_reader("person1", ["network"]))
OF_A_TEAM = Searcher("person1", Role.RESPONDER, as_reader("person1", ["network"], own_team=True))
A_REPORTER = Searcher("user7@fernhill.example", Role.REPORTER)

SEARCHES: dict[str, tuple[str, Searcher]] = {
    "a rare word": (RARE, ALL),
    "a word of every second": (COMMON, ALL),
    "three words": ("certificate expired firewall", ALL),
    "twelve words": (
        "error server connection timeout service user request failed restart node update access",
        ALL,
    ),
    "a phrase of every third": ('"cron job was disabled"', ALL),
    "a rare phrase of common words": (f'"timeout {COMMON}"', ALL),
    "the beginning of a word": ("certif*", ALL),
    "the beginning of many words": ("con*", ALL),
    "a phrase that goes on": ('"the pool had no conn"*', ALL),
    "a word, without another": (f"{COMMON} -printer", ALL),
    "a rare word, without a common one": (f"certificate -{COMMON}", ALL),
    "all without a common word": (f"-{COMMON}", ALL),
    "all without what is in all": ("-morning", ALL),
    "all without a phrase": ('-"cron job was disabled"', ALL),
    "a word of a service": (f"{COMMON} service:vpn", ALL),
    "a word, none of a service": (f"{COMMON} service:nowhere", ALL),
    "a word with a label": (f"{COMMON} label:host=host-7", ALL),
    "a word with a label of a third": (f"{COMMON} label:site=graz", ALL),
    "a word without a label": (f"{COMMON} -label:site=graz", ALL),
    "a word since a month": (f"{COMMON} since:2026-10", ALL),
    "a word, long ago": (f"{COMMON} before:2024-02", ALL),
    "a phrase, long ago": ('"cron job was disabled" before:2024-02', ALL),
    "fields and a beginning": ("service:vpn is:closed certif*", ALL),
    "a word, as a responder": (COMMON, A_RESPONDER),
    "a phrase, as a responder": ('"connection timeout"', A_RESPONDER),
    "a word, as one team": (COMMON, OF_A_TEAM),
    "a phrase, as one team": ('"connection timeout"', OF_A_TEAM),
    "without a word, as one team": (f"-{COMMON}", OF_A_TEAM),
    "a word, as a reporter": ("certificate", A_REPORTER),
    "a phrase, as a reporter": ('"since this morning"', A_REPORTER),
    "without a word, as a reporter": ("-morning", A_REPORTER),
}
LISTS: dict[str, tuple[str, Searcher]] = {
    "all": ("", ALL),
    "closed ones": ("is:closed", ALL),
    "of a service": ("service:vpn", ALL),
    "of a category": ("category:network", ALL),
    "of a priority": ("priority:P1", ALL),
    "of a team": ("team:network", ALL),
    "of an assignee": ("assignee:person7", ALL),
    "of an outcome": ("outcome:withdrawn", ALL),
    "of a reporter": ("reporter:user7", ALL),
    "of a person": ("person:person7 since:2026", ALL),
    "with a label": ("label:host=host-7", ALL),
    "with a label of a third": ("label:site=graz", ALL),
    "with two labels": ("label:site=graz label:host=host-7", ALL),
    "with a tag of none": ("tag:none", ALL),
    "related to one": ("related:INC-7F3K2QXWM4", ALL),
    "of another service": ("-service:vpn", ALL),
    "without a label": ("-label:site=graz", ALL),
    "long ago": ("before:2024-02", ALL),
    "closed P2s of a service": ("is:closed priority:P2 service:vpn", ALL),
    "those of nobody": ("is:closed assignee:nobody", ALL),
    "an outcome of none": ("is:closed -priority:P1 -priority:P2 -priority:P3 outcome:merged", ALL),
    "closed ones, as one team": ("is:closed", OF_A_TEAM),
    "what a reporter reported": ("", A_REPORTER),
}

FIND_NONE = {
    *("search: all without what is in all", "search: a word, none of a service"),
    *("search: without a word, as a reporter", "list: with a tag of none"),
    *("list: related to one", "list: those of nobody", "list: an outcome of none"),
}
"""What finds nothing, on purpose: nothing is found by looking at everything."""
