import uuid

import pytest
from mitmproxy import connection, flow

from proxy.edge import ids


def test_incident_ids_are_short_random_and_safe_in_a_url():
    many = {ids.incident_id() for _ in range(1000)}
    assert len(many) == 1000
    assert all(len(i) == 18 and i.startswith("E-") and i[2:].isalnum() for i in many)
    assert all(len({i[at] for i in many}) > 20 for at in range(2, 18)), "each sign is drawn"


@pytest.fixture
def installed():
    was = flow.uuid, connection.uuid
    ids.install()
    yield
    flow.uuid, connection.uuid = was


@pytest.mark.usefixtures("installed")
def test_flows_and_connections_are_told_apart_by_uuids_of_one_process():
    numbers = [flow.uuid.uuid4() for _ in range(300)] + [connection.uuid.uuid4() for _ in range(300)]
    read = [uuid.UUID(each) for each in numbers]
    assert len(set(read)) == 600
    assert {each.version for each in read} == {8}
    assert {each.variant for each in read} == {uuid.RFC_4122}
    assert [str(each) for each in read] == numbers


@pytest.mark.usefixtures("installed")
def test_two_processes_do_not_number_alike():
    before = flow.uuid.uuid4()
    ids.install()
    assert flow.uuid.uuid4()[:14] != before[:14]
