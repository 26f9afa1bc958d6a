"""Facts of payments are what their contracts say."""

from messages.registry import CONTRACTS
from store.engine import Engine
from tests.workers.payments.harness import fresh_till, stock

_FACTS = {contract.type: contract.model for contract in CONTRACTS if contract.queue is None}
_OF_PAYMENTS = {kind for kind in _FACTS if kind.split(".")[1] in ("purchase", "refund", "dispute")}


class TestEveryFact:
    def test_is_what_its_contract_says(self, shared_engine: Engine) -> None:
        stock(shared_engine)
        till = fresh_till(shared_engine)
        order_id, payment_ref = till.bought()
        till.buy("nothing")
        till.refund(order_id, 10_000)
        till.refund(order_id, 10**9)
        dispute_ref = till.memory.open_dispute(payment_ref)
        till.hear_all()
        till.memory.close_dispute(dispute_ref, won=False)
        till.hear_all()

        facts = [fact for fact in till.desk.facts() if fact["type"] in _OF_PAYMENTS]

        assert {fact["type"] for fact in facts} == _OF_PAYMENTS
        for fact in facts:
            _FACTS[fact["type"]].model_validate(fact)
