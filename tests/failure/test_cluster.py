"""The node that leads our queues in a cluster is killed: another leads them, and everybody goes on by its address."""

import os
import time

import pytest

from messages.queues import MINUTE_USAGE
from tests.failure.installation import Installation
from tests.failure.load import make_load
from tests.failure.producer import CHUNK, Producer
from tests.servers.rabbitmq_cluster import PrivateRabbitCluster
from tests.servers.waiting import wait_until

KILLS = int(os.environ.get("CLUSTER_KILLS", "1"))
"""In the suite; `make failover` kills a dozen leaders."""

_EVENTS_PER_KILL = 1_500
_MORE_THAN_PREFETCHED = 300
_LIMIT_S = 40


class TestLeaderKilled:
    @pytest.mark.timeout(1800)
    def test_another_leads_and_nothing_is_lost_or_done_twice(
        self, clustered: Installation, cluster: PrivateRabbitCluster
    ) -> None:
        load = make_load(seed=601, events=_EVENTS_PER_KILL * (KILLS + 1))
        clustered.start("worker")
        clustered.start("relay")
        pauses_s = []

        with clustered.under(load) as producer:
            for kill in range(1, KILLS + 1):
                cluster.start()
                leader = cluster.leader_of(MINUTE_USAGE)
                producer.go_to((kill + 0.5) / (KILLS + 1))
                producer.wait_until_beyond((kill - 0.5) / (KILLS + 1))

                leader.kill()

                assert producer.confirmed < len(load.middle), "the load was over before the fault"
                pauses_s.append(_seconds_until_all_go_on(clustered, producer))
                assert cluster.leader_of(MINUTE_USAGE) is not leader

        clustered.check_load(load)
        # Shown with `-s`: how long it took until messages were confirmed, applied and heard of again.
        print("all went on after", ", ".join(f"{pause_s:.1f} s" for pause_s in pauses_s))


def _seconds_until_all_go_on(installation: Installation, producer: Producer) -> float:
    """Return how long it took until more is confirmed, applied and heard of than was on its way already."""
    began_s, confirmed, applied = time.monotonic(), producer.confirmed, installation.applied()
    heard = len(installation.facts.heard)
    wait_until(lambda: producer.confirmed > confirmed + 2 * CHUNK, "messages are confirmed again", limit_s=_LIMIT_S)
    installation.wait_until_applied(applied + _MORE_THAN_PREFETCHED)
    wait_until(
        lambda: len(installation.facts.heard) > heard + _MORE_THAN_PREFETCHED, "facts are heard again", limit_s=_LIMIT_S
    )
    return time.monotonic() - began_s
