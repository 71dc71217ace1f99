"""Which episodes somebody does not find, in each database."""

from standfast.incidents.confidentiality import Confidential, as_reader
from standfast.incidents.ids import incident_id
from standfast.records.store import RecordStore
from tests.records.samples import incident


def test_each_episode_is_its_own(shared_store: RecordStore) -> None:
    one, other = incident_id(), incident_id()
    secret = Confidential(by="mia", people=("hana",))
    for view in (
        incident(one, 1, team="desk", confidential=secret),
        incident(one, 2, team="desk"),
        incident(other, 1, team="network"),
    ):
        shared_store.incidents.save(view)
    asked = [one, other, "INC-AAAAAAAAAA"]
    for reader, hidden in (
        (as_reader("dora", ()), {(one, 1)}),
        (as_reader("hana", ()), set()),
        (as_reader("ben", ("desk",)), set()),
        (as_reader("ben", ("desk",), own_team=True), {(other, 1)}),
    ):
        assert shared_store.hidden_episodes.of(asked, reader) == hidden, reader
    assert shared_store.hidden_episodes.of((), as_reader("dora", ())) == set()
