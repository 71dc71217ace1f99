"""Checks the URLs of a policy's channels, for `policy check`."""

from collections.abc import Iterator, Mapping

from standfast.notification.addresses import REPORTER
from standfast.notification.kinds.registry import kind_of
from standfast.outgoing.secrets import NoSuchSecret, resolved
from standfast.policy import Policy
from standfast.policy.contact_methods import ContactMethod
from standfast.policy_file.loading import LoadedPolicy, Problem

_SOMEBODY = "somebody%40example.org"


def check_channels(loaded: LoadedPolicy, environment: Mapping[str, str]) -> Iterator[Problem]:
    """An error for each URL that its kind of channel could not use; it is never quoted.

    So for each contact method. A secret is checked where it is set here; the worker, whose it is,
    may be elsewhere.
    """
    for place, url in _channels(loaded.policy):
        try:
            whole = resolved(url, environment).replace(REPORTER, _SOMEBODY)
        except NoSuchSecret:
            continue
        if problem := kind_of(whole).problem_of(whole):
            yield loaded.problem(place, problem)
    for name, method in loaded.policy.contact_methods.items():
        if problem := _problem_of(method, environment):
            yield loaded.problem(f"contact_methods.{name}", problem)


def _problem_of(method: ContactMethod, environment: Mapping[str, str]) -> str:
    """What is wrong with a template, tried with an address that is right."""
    try:
        whole = method.filled(resolved(method.url, environment), method.kind.example)
    except NoSuchSecret:
        return ""
    except ValueError as wrong:
        return str(wrong)
    return kind_of(whole).problem_of(whole)


def _channels(policy: Policy) -> Iterator[tuple[str, str]]:
    for key, person in policy.people.items():
        for name, url in person.channels.items():
            yield f"people.{key}.channels.{name}", url
    for name, url in policy.reporters.channels.items():
        yield f"reporters.channels.{name}", url
