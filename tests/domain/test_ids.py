"""Ids that we make: the same cause gives the same id, another cause another, and each fits into AMQP."""

import itertools
from uuid import NAMESPACE_URL, uuid5

from domain import ids

MAX_BYTES = 255
"""What AMQP allows for a message's id."""

LONGEST = "\N{GRINNING FACE}" * 128


class TestIds:
    def test_are_the_same_for_the_same_cause(self) -> None:
        assert ids.package_id_of_message("shop", "1") == ids.package_id_of_message("shop", "1")

    def test_differ_between_kinds_of_cause(self) -> None:
        made = [
            ids.package_id_of_message("order", "1"),
            ids.package_id_of_order("1"),
            ids.package_id_of_failed_refund("1"),
            ids.order_id_of_message("order", "1"),
            ids.refund_id_of_message("order", "1"),
            ids.refund_id_of_gateway("order", "1"),
            ids.fact_id_of_answer("order", "1"),
            ids.fact_id_of_balance("order", 1),
        ]

        assert len(set(made)) == len(made)

    def test_differ_where_only_the_seam_between_the_parts_does(self) -> None:
        pairs = [("a", "bc"), ("ab", "c"), ("", "abc"), ("abc", "")]

        made = [ids.order_id_of_message(*pair) for pair in pairs]

        assert all(one != other for one, other in itertools.combinations(made, 2))

    def test_are_name_based_uuids(self) -> None:
        assert ids.fact_id_of_balance("olga", 7) == str(uuid5(NAMESPACE_URL, "screph:balance:olga\0007"))

    def test_are_bounded_in_bytes_whatever_the_cause_is_called(self) -> None:
        made = [
            ids.package_id_of_message(LONGEST, LONGEST),
            ids.order_id_of_message(LONGEST, LONGEST),
            ids.refund_id_of_gateway(LONGEST, LONGEST),
            ids.fact_id_of_answer(LONGEST, LONGEST),
            ids.fact_id_of_balance(LONGEST[:64], 2**63),
        ]

        assert max(len(one.encode()) for one in made) <= MAX_BYTES
