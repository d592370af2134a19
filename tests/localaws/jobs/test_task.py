"""Where the hosts of a job meet, and what a task is without asking for more."""

import socket
import sys

import pytest

from localaws.jobs.task import MEETING, Cluster


def test_a_cluster_of_one_meets_nowhere():
    cluster = Cluster.of(1)
    assert list(cluster.hosts) == ["algo-1"]
    assert cluster.port == 0 and cluster.variables == {}


def test_several_hosts_meet_at_the_first_ones_address_and_a_free_port():
    cluster = Cluster.of(3)
    assert list(cluster.hosts) == ["algo-1", "algo-2", "algo-3"]
    address, _, port = cluster.variables[MEETING].partition(":")
    assert address == cluster.hosts["algo-1"]
    with socket.create_server((address, int(port))):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="one address is loopback elsewhere")
def test_each_host_has_an_address_of_its_own_and_each_cluster_others():
    several = [Cluster.of(2) for _ in range(20)]
    for one in several:
        assert len(set(one.hosts.values())) == 2
        assert all(address.startswith("127.") for address in one.hosts.values())
    assert len({one.hosts["algo-1"] for one in several}) > 10
