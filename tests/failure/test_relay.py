"""A relay that is killed while it carries facts, that comes too early, and of which a part dies."""

from tests.failure.installation import Installation
from tests.failure.load import make_load
from tests.servers.databases import execute
from tests.servers.waiting import wait_until

_KILLS = 4

# An error of which nobody has thought: the database is there, and waiting would not help.
_NEVER_REMOVED = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'nothing leaves'; END $$;
    CREATE TRIGGER refuse BEFORE DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION refuse()
"""
_A_ROW = "INSERT INTO outbox (exchange, routing_key, message_id, body) VALUES ('screph.facts', 'none', 'none', '{}')"


class TestRelayKilled:
    def test_delivers_every_row_of_the_outbox_and_repeats_only_by_the_same_id(self, installation: Installation) -> None:
        load = make_load(seed=201, events=3_500)
        installation.start("worker")
        relay = installation.start("relay")

        with installation.under(load) as producer:
            for kill in range(1, _KILLS + 1):
                producer.go_to(kill / (_KILLS + 1))
                _wait_until_more_is_heard(installation)
                relay.kill()

        installation.check_load(load)
        assert relay.starts == 1 + _KILLS


class TestRelayInTrouble:
    def test_waits_for_a_broker_that_is_away_when_it_starts(self, installation: Installation) -> None:
        installation.rabbit.kill()
        relay = installation.start("relay")
        wait_until(
            lambda: bool(relay.falls) or "waiting for the broker" in relay.log,
            "the relay has noticed that the broker is away",
            limit_s=20,
        )

        installation.rabbit.start()

        relay.wait_until_ready()
        assert relay.falls == []

    def test_ends_when_a_part_of_it_has_died_so_that_it_is_started_anew(self, installation: Installation) -> None:
        relay = installation.start("relay")
        relay.wait_until_ready()

        execute(installation.database_url, _NEVER_REMOVED, _A_ROW)

        wait_until(lambda: bool(relay.falls), "the relay ends, one of its threads having died", limit_s=10)
        assert relay.falls[0] != 0


def _wait_until_more_is_heard(installation: Installation) -> None:
    heard = installation.facts.heard
    before = len(heard)
    wait_until(lambda: len(heard) > before, "subscribers have heard of something new", limit_s=40)
