"""Reading what a gateway lists: what has no answer at first is asked for once more."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest

from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.gateway.errors import CallRefused, NotAllowed, NotFound, UnableToReach, Unreadable
from domain.gateway.recent import UnreadObject
from domain.gateway.webhook import Subject
from domain.money import Money
from gateways.listing import MAX_SILENT, fetch_each

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def dispute(ref: str) -> GatewayDispute:
    """What the gateway has under an id."""
    return GatewayDispute(ref, "pi_1", DisputeStatus.OPEN, Money(100, "EUR"), "fraudulent", NOW)


def answering(*errors: Exception, of: str) -> Callable[[Subject, str], GatewayDispute]:
    """A fetch that fails for one id, a time with each error, and then answers."""
    left = list(errors)

    def fetch(subject: Subject, ref: str) -> GatewayDispute:
        if ref == of and left:
            raise left.pop(0)
        return dispute(ref)

    return fetch


def refs(ids: Iterable[str]) -> list[tuple[Subject, str]]:
    """A list of disputes."""
    return [(Subject.DISPUTE, each) for each in ids]


class TestFetchEach:
    def test_asks_once_more_for_what_had_no_answer(self) -> None:
        fetch = answering(UnableToReach("502"), of="b")

        found = list(fetch_each(refs("abc"), fetch))

        assert found == [dispute("a"), dispute("c"), dispute("b")]

    def test_tells_what_has_no_answer_the_second_time(self) -> None:
        fetch = answering(UnableToReach("502"), UnableToReach("503"), of="b")

        found = list(fetch_each(refs("abc"), fetch))

        assert found == [
            dispute("a"),
            dispute("c"),
            UnreadObject(Subject.DISPUTE, "b", "503", is_unanswered=True),
        ]

    @pytest.mark.parametrize("answer", [Unreadable("no amount"), CallRefused("no", "refused")])
    def test_does_not_repeat_what_was_answered(self, answer: Exception) -> None:
        fetch = answering(answer, of="a")

        found = list(fetch_each(refs("ab"), fetch))

        assert [type(one) for one in found] == [UnreadObject, GatewayDispute]
        assert isinstance(found[0], UnreadObject)
        assert not found[0].is_unanswered

    def test_leaves_out_what_the_gateway_has_forgotten(self) -> None:
        fetch = answering(UnableToReach("502"), NotFound("missing", "unknown"), of="b")

        assert list(fetch_each(refs("ab"), fetch)) == [dispute("a")]

    def test_ends_when_the_gateway_is_away(self) -> None:
        asked = []

        def fetch(subject: Subject, ref: str) -> GatewayDispute:
            asked.append(ref)
            raise UnableToReach("502")

        with pytest.raises(UnableToReach):
            list(fetch_each(refs("abcdefgh"), fetch))

        assert len(asked) == MAX_SILENT

    def test_goes_on_behind_what_our_key_may_not_read(self) -> None:
        def fetch(subject: Subject, ref: str) -> GatewayDispute:
            if ref != "e":
                raise NotAllowed("no right")
            return dispute(ref)

        found = list(fetch_each(refs("abcde"), fetch))

        assert found == [
            dispute("e"),
            *(UnreadObject(Subject.DISPUTE, ref, "no right", is_unanswered=True) for ref in "abcd"),
        ]
