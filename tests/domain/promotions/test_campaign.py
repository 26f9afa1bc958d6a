"""README.md, "Campaigns"."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.promotions.campaign import (
    WORKING,
    Campaign,
    CampaignKind,
    CampaignStatus,
    Offer,
    approve,
    complete,
    end_void,
    ends_at,
    needs_approval,
    request_void,
    start,
)
from domain.refusal import Refusal

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)

WAITING = Campaign(
    id="outage",
    kind=CampaignKind.COMPENSATION,
    segment={"is_everyone": True},
    seconds_each=600,
    valid_days=30,
    reason="the outage of Tuesday",
    accounts=100,
    status=CampaignStatus.WAITING,
    message_id=1,
    created_by="ada",
    created_at=NOON,
)
OFFER = Offer(CampaignKind.COMPENSATION, {"is_everyone": True}, 600, 30, "another reason")


def refused(answer: Campaign | Refusal) -> str:
    """The code of a refusal."""
    assert isinstance(answer, Refusal)
    return answer.code


class TestOffers:
    def test_the_same_whatever_the_reason(self) -> None:
        assert WAITING.offers(OFFER)

    @pytest.mark.parametrize(
        "other",
        [
            {"kind": CampaignKind.BONUS},
            {"segment": {"countries": ["RU"]}},
            {"seconds_each": 601},
            {"valid_days": None},
        ],
    )
    def test_nothing_else(self, other: dict[str, object]) -> None:
        assert not WAITING.offers(replace(OFFER, **other))  # type: ignore[arg-type]


class TestNeedsApproval:
    def test_above_what_one_person_may_give_in_all(self) -> None:
        assert needs_approval(WAITING, approve_above_seconds=59_999)
        assert not needs_approval(WAITING, approve_above_seconds=60_000)


class TestApprove:
    def test_begins_it(self) -> None:
        approved = approve(WAITING, "grace", at=NOON)

        assert isinstance(approved, Campaign)
        assert (approved.status, approved.approved_by, approved.started_at) == ("running", "grace", NOON)
        assert ends_at(approved, granted_at=NOON + DAY) == NOON + 31 * DAY
        assert ends_at(replace(approved, valid_days=None), granted_at=NOON) is None

    @pytest.mark.parametrize("name", ["ada", " Ada ", "ADA"])
    def test_is_for_somebody_else_than_its_maker(self, name: str) -> None:
        assert refused(approve(WAITING, name, at=NOON)) == "SamePerson"

    def test_twice_by_the_same_person_changes_nothing(self) -> None:
        approved = approve(WAITING, "grace", at=NOON)

        assert isinstance(approved, Campaign)
        assert approve(approved, "grace", at=NOON + DAY) == approved
        assert refused(approve(approved, "joan", at=NOON + DAY)) == "NotWaiting"


class TestVoid:
    def test_needs_no_second_person(self) -> None:
        voiding = request_void(start(WAITING, at=NOON), "ada", "the wrong segment", 2, at=NOON)

        assert isinstance(voiding, Campaign)
        assert (voiding.status, voiding.void_requested_by, voiding.void_message_id) == ("voiding", "ada", 2)

    def test_is_asked_for_once(self) -> None:
        voiding = request_void(WAITING, "ada", "a mistake", 2, at=NOON)

        assert isinstance(voiding, Campaign)
        assert refused(request_void(voiding, "grace", "a mistake", 3, at=NOON)) == "VoidedBefore"


STEPS = st.lists(st.tuples(st.sampled_from(["approve", "void", "work"]), st.sampled_from(["ada", "grace"])), max_size=8)


class TestHistories:
    @given(STEPS)
    def test_are_granted_after_an_approval_alone_and_end_once(self, steps: list[tuple[str, str]]) -> None:
        campaign, seen = WAITING, [WAITING.status]
        for place, (step, by) in enumerate(steps):
            at = NOON + place * DAY
            match step:
                case "approve":
                    answer: Campaign | Refusal = approve(campaign, by, at=at)
                case "void":
                    answer = request_void(campaign, by, "a mistake", place, at=at)
                case _ if campaign.status is CampaignStatus.RUNNING:
                    answer = complete(campaign, campaign.accounts, at=at)
                case _ if campaign.status is CampaignStatus.VOIDING:
                    answer = end_void(campaign, campaign.accounts, 0, at=at)
                case _:
                    continue
            if isinstance(answer, Campaign):
                campaign = answer
            if campaign.status is not seen[-1]:
                seen.append(campaign.status)

        order = list(CampaignStatus)
        assert [order.index(status) for status in seen] == sorted({order.index(status) for status in seen})
        assert (campaign.started_at is not None) == (campaign.approved_by == "grace")
        assert (campaign.voided_at is not None) == (campaign.status is CampaignStatus.VOIDED)
        assert (campaign.status in WORKING) == (campaign.status in ("running", "voiding"))
