"""Facts of payments are what their contracts say."""

from messages.registry import CONTRACTS
from store.engine import Engine
from tests.workers.payments.harness import fill_catalogue, fresh_harness

_FACTS = {contract.type: contract.model for contract in CONTRACTS if contract.queue is None}
_OF_PAYMENTS = {kind for kind in _FACTS if kind.split(".")[1] in ("purchase", "refund", "dispute")}


class TestEveryFact:
    def test_is_what_its_contract_says(self, shared_engine: Engine) -> None:
        fill_catalogue(shared_engine)
        harness = fresh_harness(shared_engine)
        order_id, payment_ref = harness.bought()
        harness.buy("nothing")
        harness.refund(order_id, 10_000)
        harness.refund(order_id, 10**9)
        dispute_ref = harness.memory.open_dispute(payment_ref)
        harness.hear_all()
        harness.memory.close_dispute(dispute_ref, won=False)
        harness.hear_all()

        facts = [fact for fact in harness.minutes.facts() if fact["type"] in _OF_PAYMENTS]

        assert {fact["type"] for fact in facts} == _OF_PAYMENTS
        for fact in facts:
            _FACTS[fact["type"]].model_validate(fact)
