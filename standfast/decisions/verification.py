"""Issue resolved? Which evidence an incident needs, and how contradicting evidence is weighed."""

from collections.abc import Iterator, Sequence

from standfast.decisions.report_conditions import quoted
from standfast.incidents.report import Report
from standfast.incidents.resolution import (
    BY_MACHINES,
    Evidence,
    EvidenceKind,
    Verdict,
    Verification,
    VerificationPlan,
)
from standfast.policy import Policy
from standfast.policy.services import Service

_WORSE_FIRST = (Verdict.UNRESOLVED, Verdict.PARTIALLY_RESOLVED, Verdict.RESOLVED)
_WORD_ALONE = "the responder's word"


def plan(policy: Policy, report: Report) -> VerificationPlan:
    """The evidence that the service, or else the policy, needs, as far as it is available.

    Where none of it is available, the service's tests are used instead. Without tests, `needs` is
    empty and the responder's word counts.
    """
    rules, service = policy.verification, policy.services.get(report.service)
    if service and service.verify is not None:
        wanted, reasons = service.verify, [f"{report.service} says what its incidents need"]
    else:
        wanted, reasons = rules.needs, ["the policy says what incidents need"]
    dropped = {
        kind: why
        for kind in dict.fromkeys(wanted)
        if (why := out_of_reach(kind, report, service)) is not None
    }
    needs = tuple(kind for kind in dict.fromkeys(wanted) if kind not in dropped)
    reasons += [f"no {_named(kind)}: {why}" for kind, why in dropped.items()]
    if dropped and not needs and service and service.tests:
        needs = (EvidenceKind.SYSTEM_TESTS,)
        reasons.append("the system tests stand in for it")
    if not needs:
        reasons.append(f"nothing to check it by: {_WORD_ALONE} counts")
    return VerificationPlan(
        answer=", ".join(needs) or _WORD_ALONE,
        reasons=tuple(reasons),
        policy_version=policy.version,
        needs=needs,
        confirm_within=rules.confirm_within,
        remind_every=rules.remind_every,
        silence_means=rules.no_answer_means,
        at_silence=_at_silence(policy, report, service, needs),
    )


def _at_silence(
    policy: Policy, report: Report, service: Service | None, needs: Sequence[EvidenceKind]
) -> tuple[EvidenceKind, ...]:
    """The probes to run when the reporter does not answer: all that the service has."""
    asked = EvidenceKind.USER_CONFIRMATION in needs
    if not asked or policy.verification.no_answer_needs == "nothing":
        return ()
    return tuple(kind for kind in BY_MACHINES if out_of_reach(kind, report, service) is None)


def out_of_reach(kind: EvidenceKind, report: Report, service: Service | None) -> str | None:
    """Why this incident cannot have evidence of `kind`; None when it can."""
    if kind is EvidenceKind.USER_CONFIRMATION:
        if report.by_monitor:
            return "a monitor reported it, there is nobody to ask"
        return None if report.reporter else "no reporter is known to ask"
    if service is None:
        name = report.service
        return f"service {quoted(name)} is not in the catalogue" if name else "no service named"
    if kind is EvidenceKind.SYSTEM_TESTS:
        return None if service.tests else f"{report.service} has no tests"
    return None if service.logs else f"{report.service} has no logs"


def weigh(
    policy_version: str,
    *,
    evidence: Sequence[Evidence],
    needs: Sequence[EvidenceKind],
    silent: bool = False,
    silence_means: Verdict = Verdict.RESOLVED,
    became_critical: str = "",
) -> Verification:
    """One verdict from evidence that may contradict itself.

    | the users say | the machines say       | verdict                                         |
    | ---           | ---                    | ---                                             |
    | unresolved    | anything               | unresolved                                      |
    | partially     | anything               | partially_resolved                              |
    | resolved      | resolved, or nothing   | resolved                                        |
    | resolved      | anything else          | partially_resolved                              |
    | nothing       | all the same           | what they say                                   |
    | nothing       | mixed                  | partially_resolved                              |
    | nothing       | nothing                | resolved, on the responder's word               |
    | silence       | no worse, or nothing   | what silence means                              |
    | silence       | worse                  | what they say                                   |

    Of each source its last word counts, in the order of `evidence`; of several users the one who
    is worst off. Evidence that says None is inconclusive. Before no answer is weighed the machines
    are asked again, where the policy wants that (`no_answer_needs`).

    became_critical: what makes the incident critical now, where something came meanwhile that says
        so: then it is unresolved, and escalates at once.
    """
    latest = last_words(evidence)
    users = worst([piece.says for piece in latest if piece.says and _from_user(piece)])
    machines = _agreed([piece.says for piece in latest if piece.says and not _from_user(piece)])
    reasons = [*(in_words(piece) for piece in latest), *_missing(latest, needs, silent)]
    if became_critical:
        verdict, why = Verdict.UNRESOLVED, f"it is critical now: {became_critical}"
    elif users is Verdict.RESOLVED and machines not in (Verdict.RESOLVED, None):
        verdict, why = Verdict.PARTIALLY_RESOLVED, "the user confirms it, but the machines do not"
    elif users is not None:
        verdict, why = users, "what the user says counts"
    elif silent:
        verdict = worst([silence_means, machines or silence_means]) or silence_means
        why = f"the reporter has not answered in time, which is taken as {silence_means}"
        if verdict is not silence_means:
            why += f"; the machines say {verdict}"
    elif machines is not None:
        verdict = machines
        mixed = verdict is Verdict.PARTIALLY_RESOLVED
        why = "the machines contradict each other" if mixed else f"the machines say {verdict}"
    else:
        verdict, why = Verdict.RESOLVED, f"nothing settles it: {_WORD_ALONE} counts"
    return Verification(
        answer=verdict,
        reasons=(why, *reasons),
        policy_version=policy_version,
        verdict=verdict,
    )


def last_words(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Of each source its latest evidence, except that settling nothing takes nothing back."""
    latest: dict[tuple[EvidenceKind, str], Evidence] = {}
    for piece in evidence:
        source = (piece.kind, piece.source)
        if piece.says is not None or source not in latest or latest[source].says is None:
            latest[source] = piece
    return tuple(latest.values())


def worst(verdicts: Sequence[Verdict]) -> Verdict | None:
    """The worst of some verdicts; None of none."""
    return min(verdicts, key=_WORSE_FIRST.index, default=None)


def worst_first(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Evidence that says something, in such an order that the worst leads."""
    telling = [(piece.says, piece) for piece in evidence if piece.says]
    telling.sort(key=lambda said: _WORSE_FIRST.index(said[0]))
    return tuple(piece for _, piece in telling)


def in_words(piece: Evidence) -> str:
    """One piece of evidence as a reason."""
    says = piece.says or "inconclusive"
    return f"{_named(piece.kind)}, {piece.source}: {says}" + (
        f" ({piece.detail})" if piece.detail else ""
    )


def _from_user(piece: Evidence) -> bool:
    return piece.kind is EvidenceKind.USER_CONFIRMATION


def _agreed(verdicts: Sequence[Verdict]) -> Verdict | None:
    """What all say; partially when they differ; None when there are none."""
    if not verdicts:
        return None
    return verdicts[0] if len(set(verdicts)) == 1 else Verdict.PARTIALLY_RESOLVED


def _missing(
    evidence: Sequence[Evidence], needs: Sequence[EvidenceKind], silent: bool
) -> Iterator[str]:
    had = {piece.kind for piece in evidence}
    for kind in needs:
        if kind not in had and not (silent and kind is EvidenceKind.USER_CONFIRMATION):
            yield f"needed, but not to be had: {_named(kind)}"


def _named(kind: EvidenceKind) -> str:
    return kind.replace("_", " ")
