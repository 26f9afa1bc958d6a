"""Words of promotions and campaigns: every criterion of a segment, and every reason of a refusal, has its own."""

import re
from dataclasses import fields
from datetime import datetime
from inspect import getsource

from domain.promotions import redeem
from domain.promotions.segment import Segment
from i18n.formats import Formats
from web.admin.promotion_words import REFUSED, refused_as, segment_words

CRITERIA = {
    "is_everyone": True,
    "used_from": "2026-11-20T08:00:00Z",
    "used_until": "2026-11-20T12:30:00Z",
    "unused_since": "2026-10-01T00:00:00+00:00",
    "product_ids": ["standard", "mini"],
    "countries": ["RU"],
    "balance_below_seconds": 600,
    "balance_at_least_seconds": 0,
    "without_campaign_ids": ["sorry-1"],
}

NOT_OF_A_PURCHASE = {"UnknownCode", "NeedsPurchase", "TooEarly", "CodeExpired"}
"""What a simulation leaves out."""


class TestSegmentWords:
    def test_name_each_criterion(self) -> None:
        formats = Formats("en", "UTC")

        assert segment_words(formats, CRITERIA) == [
            "Everyone",
            f"Used something from {formats.moment(_at('used_from'))} until before {formats.moment(_at('used_until'))}",
            f"Used nothing since {formats.moment(_at('unused_since'))}",
            "Bought one of the products mini, standard",
            "Ordered from one of the countries RU",
            f"Has less than {formats.duration(600)}",
            f"Has at least {formats.duration(0)}",
            "Is in none of the campaigns sorry-1",
        ]

    def test_know_all_criteria(self) -> None:
        assert CRITERIA.keys() == {each.name for each in fields(Segment)}


class TestRefusedAs:
    def test_has_words_for_each_reason(self) -> None:
        codes = set(re.findall(r'Refusal\(\s*"([A-Za-z]+)"', getsource(redeem)))

        assert codes - NOT_OF_A_PURCHASE == REFUSED.keys()
        assert refused_as("UsedByYou") == "by somebody who had used it already"


def _at(name: str) -> datetime:
    return datetime.fromisoformat(str(CRITERIA[name]))
