"""Every figure of three made-up months, worked out by hand; in one file, so that they are lived once in each zone."""

from tests.workers.statistics.by_hand_money import (
    TestBreakage,
    TestGateways,
    TestLiability,
    TestPromotions,
    TestSubscriptions,
)
from tests.workers.statistics.by_hand_use import TestActivity, TestMinutes, TestRetention, TestSales

__all__ = [
    "TestActivity",
    "TestBreakage",
    "TestGateways",
    "TestLiability",
    "TestMinutes",
    "TestPromotions",
    "TestRetention",
    "TestSales",
    "TestSubscriptions",
]
