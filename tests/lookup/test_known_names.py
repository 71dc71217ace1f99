"""Names by which lists are narrowed: what neither the policy nor any record has is refused."""

from collections.abc import Iterator

import pytest

from standfast.incidents.confidentiality import Confidential, as_reader
from standfast.incidents.roles import Role
from standfast.incidents.search_query import Field
from standfast.intake.errors import Invalid
from standfast.lookup.known_names import must_be_known
from standfast.policy import Policy
from standfast.records.search import Searcher
from standfast.records.store import RecordStore
from tests.decisions.small_policy import SMALL
from tests.empty_records import empty_records
from tests.records.samples import incident

POLICY = Policy.model_validate(SMALL)
EVERYBODY = Searcher("", Role.ADMINISTRATOR)
BO = Searcher("bo", Role.RESPONDER, as_reader("bo", ["desk"]))


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordStore]:
    """A team of last year is on record, and the service of a confidential incident."""
    store = RecordStore(empty_records(tmp_path_factory.mktemp("past") / "records.db"))
    secret = Confidential(by="rita", people=("hana",))
    old, hidden = incident("INC-OLD", team="towers"), incident("INC-HIDDEN", confidential=secret)
    report = hidden.report.model_copy(update={"service": "payroll"})
    for view in (old, hidden.model_copy(update={"report": report})):
        store.incidents.save(view)
    yield store
    store.close()


@pytest.mark.parametrize(
    ("who", "kind", "name", "says"),
    [
        (EVERYBODY, "team", "", ""),
        (EVERYBODY, "team", "desk", ""),
        (EVERYBODY, "team", "towers", ""),  # on record, and gone from the policy
        (EVERYBODY, "team", "deks", "team: the policy has no team 'deks'; did you mean desk?"),
        (EVERYBODY, "service", "payroll", ""),
        (EVERYBODY, "category", "x", "category: the policy has no category 'x'; there are: "),
        (EVERYBODY, "assignee", "nobody-of-us", "assignee: the policy has no person"),
        # Who does not find it learns nothing of it.
        (BO, "service", "payroll", "service: the policy has no service 'payroll'; "),
    ],
)
def test_a_name_that_nothing_has_is_refused(
    past: RecordStore, who: Searcher, kind: Field, name: str, says: str
) -> None:
    if not says:
        must_be_known(past, POLICY, who, {kind: name})
        return
    with pytest.raises(Invalid) as refused:
        must_be_known(past, POLICY, who, {kind: name})
    assert str(refused.value).startswith(says)


def test_without_a_policy_nothing_is_refused(past: RecordStore) -> None:
    must_be_known(past, None, EVERYBODY, {"team": "deks"})
