"""The severity of a line of a log: by its level, or else by its words."""

import re
from enum import IntEnum


class Level(IntEnum):
    """As much of a level as matters here."""

    CALM = 0
    WARNING = 1
    ERROR = 2


_WORDS = {
    Level.ERROR: "error err ftl fatal critical crit severe emergency emerg alert panic dpanic fail",
    Level.WARNING: "warning warn wrn",
    Level.CALM: "trace trc verbose debug dbg info inf information notice note log statement detail"
    " hint context fine finer finest config",
}
_LEVELS = {word: level for level, words in _WORDS.items() for word in words.split()}
_ANY = "|".join(sorted(_LEVELS, key=len, reverse=True))

_STATED = (
    re.compile(rf"(?<![\w./-])(?P<level>{_ANY.upper()})(?![\w./-])"),
    re.compile(rf"[\[<](?:[\w.-]{{1,40}}:)?(?P<level>{_ANY})[\]>]", re.IGNORECASE),
    re.compile(rf"(?<![\w./-])(?P<level>{_ANY}):(?=\s)"),
)
"""`ERROR`; `[error]`, `[core:error]`; .NET's `fail:`. The one furthest to the left counts."""

_NAMED = re.compile(
    r"(?<![\w.])@?(?:log\.)?(?:level|levelname|log_?level|lvl|severity|severity_text)[\"']?"
    r"\s{0,3}[=:]\s{0,3}[\"']?(?P<level>[a-z]{1,20}|\d{1,2})\b",
    re.IGNORECASE,
)
_SYSLOG = re.compile(r"<(\d{1,3})>")
_GLOG = re.compile(r"(?P<letter>[IWEF])\d{4} \d\d:")
_GLOG_LEVELS = {"I": Level.CALM, "W": Level.WARNING, "E": Level.ERROR, "F": Level.ERROR}

ACCESS = re.compile(r"\"[A-Z]{3,10} [^\"\s]{1,2000} HTTP/[\d.]{1,3}\" (?P<status>\d{3})\b")
"""A request in an access log, with the status that answered it."""

_GRAVE = (
    *("err", "exception", "fail", "fatal", "ftl", "panic", "crit", "severe", "emerg", "alert"),
    *("refused", "denied", "timed", "timeout", "cannot", "can't", "could", "unable", "traceback"),
    *("segfault", "memory", "corrupt", "crash", "abort", "unreachable"),
)
_NUMBERED = ("level", "lvl", "severity", '" 5')
_GRAVE_NUMBER = re.compile(
    r"\" 5\d\d\b|(?:level|lvl|severity)[\"']?\s?[=:]\s?[\"']?(?:[0123]\b|[56]0)"
)
_FAILURE = re.compile(
    r"(?<![/\w-])(?:\w{0,80}(?:error|exception)s?|fail(?:ed|ure|ures|s|ing)?|fatal|panic"
    r"|refused|denied|timed out|timeout|cannot|can't|could not|unable to|segfault|out of memory"
    r"|corrupt(?:ed|ion)?|crash(?:ed|es)?|aborted|unreachable)(?![\w/=-])",
    re.IGNORECASE,
)
_NO_FAILURE = re.compile(
    r"\b(?:no|0|zero|without|any)\s{1,3}(?:\w{1,20} )?(?:errors?|failures?|exceptions?|failed)\b"
    r"|\b(?:errors?|failed|failures?|exceptions?|timeouts?)\"?\s{0,3}[=:]\s{0,3}0\b",
    re.IGNORECASE,
)
_CRASH = re.compile(
    r"Traceback \(most recent call last\):|Exception in thread \"|panic: |thread '[^']{0,80}' "
    r"panicked|Unhandled exception|Uncaught |Segmentation fault"
)
_CAUSE = re.compile(
    r"(?:Caused by: |Exception in thread \"[^\"]{0,80}\" )?"
    r"(?:[A-Za-z_][\w$]{0,80}[.:]{1,2}){0,12}[A-Za-z_][\w$]{0,80}(?:Error|Exception|Interrupt|Exit)\b"
)

_LEVEL_BEFORE = 160
"""Column: a word further to the right is part of what the line says."""
_NAMES_BEFORE = 4_000
_WORDS_BEFORE = 2_000


def may_be_grave(line: str) -> bool:
    """False for what is no error, whatever `level_of` and `speaks_of_failure` say. Quick."""
    start = line[:_NAMES_BEFORE].casefold()
    # To look for thirty words is several times as fast as one expression of them all.
    if any(word in start for word in _GRAVE) or line[:1] == "<" or _GLOG.match(line):
        return True
    return any(word in start for word in _NUMBERED) and bool(_GRAVE_NUMBER.search(start))


def level_of(line: str) -> Level | None:
    """The level that a line states; None when it states none."""
    if syslog := _SYSLOG.match(line):
        return of_syslog(int(syslog[1]) % 8)
    if glog := _GLOG.match(line):
        return _GLOG_LEVELS[glog["letter"]]
    if access := ACCESS.search(line, 0, _NAMES_BEFORE):
        return Level.ERROR if access["status"] >= "500" else Level.CALM
    named = _NAMED.search(line, 0, _NAMES_BEFORE)
    if line.startswith("{"):
        return of_name(named["level"]) if named else None
    stated = [found for form in _STATED if (found := form.search(line, 0, _LEVEL_BEFORE))]
    first = min(stated, key=re.Match.start, default=None)
    if named and (first is None or named.start() <= first.start()):
        return of_name(named["level"])
    return _LEVELS[first["level"].lower()] if first else None


def of_syslog(priority: int) -> Level:
    """The journal's and syslog's 0 (emergency) to 7 (debug)."""
    if priority <= 3:
        return Level.ERROR
    return Level.WARNING if priority == 4 else Level.CALM


def speaks_of_failure(line: str) -> bool:
    """Whether a line that states no level tells of something that failed."""
    start = _NO_FAILURE.sub("", line[:_WORDS_BEFORE])
    return _FAILURE.search(start) is not None


def tells_of_a_crash(line: str) -> bool:
    """Whether it is the beginning of what a runtime prints when a program dies of an error."""
    return _CRASH.match(line) is not None


def names_a_cause(line: str) -> bool:
    """Whether it is the line of a stack trace that names the error."""
    return _CAUSE.match(line) is not None


def of_name(level: str) -> Level | None:
    """A level by its name or number, as loggers write it; None for one that is not known."""
    if not level.isdecimal():
        return _LEVELS.get(level.lower())
    number = int(level)
    if number < 8:
        return of_syslog(number)
    # As pino, bunyan and Python's logging count: 30 or 20 is information, 40 or 30 a warning.
    return Level.ERROR if number >= 50 else Level.WARNING if number >= 40 else Level.CALM
