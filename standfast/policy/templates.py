"""The language of mappings: paths into a JSON body, and texts with such paths in braces.

A path names what to take: `labels.severity`, `alerts.0.labels`, `$.groupKey` from the whole body
instead of the one alert of it. `*` is every entry of a list or mapping, `fields[key=team].value`
the entry whose `key` is `team`, and `tags[service:]` what stands behind `service:` in a list of
tags, or in a text with commas between them. A name with a dot or another special character stands
in double quotes. Of a URL, `:host` takes the host and `:-1` one part of its path, counted from 0,
from the end where negative.

A text is `"{title} on {host|labels.instance}"`: in braces the first path that finds something
counts, and a place that ends with `|` may stay empty. Behind a path, `:line` takes the first line
of a text. Nothing is ever executed, and what is found is never read as a text with braces again.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

HOST = "host"
"""What stands behind a path to take a URL's host."""

FIRST_LINE = "line"
"""What stands behind a path to take the first line of a text; it finds no list and no mapping."""

WHOLE_BODY = "$"
EVERY = "*"

_WITH_PART = re.compile(
    r'(?P<path>(?:"[^"]*"|\[[^\]]*\]|[^":\[])*)(?::(?P<part>host|line|-?\d{1,3}))?'
)
_STEP = re.compile(
    r'(?:(?:^|\.)(?:"(?P<quoted>[^"]+)"|(?P<name>[^.\[\]"{}|:]+))'
    r'|(?<=[^.])\[(?:(?P<key>[^\[\]="]+)=(?P<value>[^\[\]"]+)|(?P<tag>[^\[\]=":]+:))\])'
)
_BRACES = re.compile(r"\{\{|\}\}|\{(?P<inner>[^{}]*)\}|(?P<stray>[{}])")


@dataclass(frozen=True)
class Step:
    """One step of a path: into `name`, into every entry, or to one entry of a list.

    where: the entry whose key is that value. tag: the beginning of a tag, of which the rest counts.
    """

    name: str = ""
    every: bool = False
    where: tuple[str, str] | None = None
    tag: str = ""


@dataclass(frozen=True)
class JsonPath:
    """Where something stands: steps from the one alert, or from the whole body."""

    text: str
    steps: tuple[Step, ...]
    from_body: bool = False
    part: str = ""


@dataclass(frozen=True)
class Template:
    """A text as its pieces: words, and the places that paths fill."""

    text: str
    pieces: tuple["str | Place", ...]


@dataclass(frozen=True)
class Place:
    """A place of a template: the first path that finds something fills it."""

    paths: tuple[JsonPath, ...]
    may_stay_empty: bool = False


@lru_cache(maxsize=8_192)
def parse_path(text: str) -> JsonPath:
    """The path that `text` writes.

    Raises:
        ValueError: it writes none, in words for whoever wrote it.
    """
    written = text.strip()
    whole = _WITH_PART.fullmatch(written)
    if whole is None or not whole["path"] or written.startswith("."):
        raise ValueError(_no_path(text))
    path, at, steps = whole["path"], 0, []
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None or (found["name"] is not None and not found["name"].strip()):
            raise ValueError(_no_path(text))
        if found["key"] is not None:
            steps.append(Step(where=(found["key"].strip(), found["value"].strip())))
        elif found["tag"] is not None:
            steps.append(Step(tag=found["tag"].strip()))
        elif found["quoted"] is not None:
            steps.append(Step(found["quoted"]))
        else:
            name = found["name"].strip()
            steps.append(Step(every=True) if name == EVERY else Step(name))
        at = found.end()
    from_body = path.split(".")[0].split("[")[0].strip() == WHOLE_BODY
    return JsonPath(written, tuple(steps[from_body:]), from_body, whole["part"] or "")


@lru_cache(maxsize=8_192)
def parse_template(text: str) -> Template:
    """The text with places to fill that `text` writes.

    Raises:
        ValueError: a brace or a path in it is wrong, in words for whoever wrote it.
    """
    pieces: list[str | Place] = []
    at = 0
    for brace in _BRACES.finditer(text):
        pieces.append(text[at : brace.start()])
        at = brace.end()
        if brace["stray"]:
            raise ValueError(f"{text!r} has a lone brace; one that means itself is doubled")
        if brace["inner"] is None:
            pieces.append(brace[0][0])
        else:
            inner = brace["inner"].rstrip()
            may_stay_empty = inner.endswith("|") and inner != "|"
            paths = inner.removesuffix("|").split("|")
            pieces.append(Place(tuple(parse_path(path) for path in paths), may_stay_empty))
    pieces.append(text[at:])
    return Template(text, tuple(piece for piece in pieces if piece))


def _no_path(text: str) -> str:
    return (
        f"{text!r} is no path; one looks like labels.severity, alerts.0.id, fields[key=team].value,"
        ' tags[service:] or labels."app.name"'
    )
