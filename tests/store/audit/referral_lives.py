"""Programmes and referrals, given and taken back, and each way in which what was stored of them can be wrong."""

from store.engine import Engine
from tests.store.audit.payment_lives import PLAIN
from tests.workers.promotions.friends import Friends

KEPT = "(SELECT id FROM referral WHERE status = 'qualified')"
VOIDED = "(SELECT id FROM programme_award WHERE reversed_at IS NOT NULL)"

REFERRALS_TAMPERED: dict[str, dict[str, list[str]]] = {
    "programme-counts": {
        "a use that was lost": ["UPDATE programme SET used = used + 1"],
        "seconds that were lost": ["UPDATE programme SET used_seconds = used_seconds + 1"],
        "more than its limit": ["UPDATE programme SET budget_seconds = 1"],
    },
    "programme-packages": {
        "more given than it says": [
            "UPDATE programme_award SET seconds = seconds + 1 WHERE reversed_at IS NULL",
            "UPDATE programme SET used_seconds = used_seconds + used",
        ],
        "a package that is not there": [
            "UPDATE programme_award SET package_id = gen_random_uuid() WHERE reversed_at IS NULL",
        ],
    },
    "programme-reason": {
        "a bonus whose purchase was given back": [
            "UPDATE programme SET used = used + 1, used_seconds = used_seconds + 600",
            f"UPDATE programme_award SET reversed_at = NULL, voided_seconds = 0 WHERE id = {VOIDED}",
        ],
    },
    "referral-circle": {
        "two who have invited each other": [
            "INSERT INTO referral (id, referrer, friend, terms, status, message_id, attributed_at)"
            " SELECT gen_random_uuid(), friend, referrer, terms, 'attributed', message_id, attributed_at FROM referral"
            f" WHERE id = {KEPT}",
        ],
    },
    "referral-packages": {
        "more given than it says": [f"UPDATE referral SET friend_seconds = friend_seconds + 1 WHERE id = {KEPT}"],
        "a package that is not there": [
            f"UPDATE referral SET referrer_package_id = gen_random_uuid() WHERE id = {KEPT}",
        ],
    },
    "referral-reason": {
        "a reward before its time": [
            f"UPDATE referral SET qualified_at = attributed_at WHERE id = {KEPT}",
        ],
        "a reward for the purchase of another": [
            f"UPDATE referral SET order_id = {PLAIN} WHERE id = {KEPT}",
        ],
    },
    "referral-month": {
        "more than its terms allow": [
            # The constraint of the friend is taken away, for another one needs another order and another package.
            "ALTER TABLE referral DROP CONSTRAINT referral_of_friend",
            "UPDATE referral_terms SET monthly_limit = 1",
            "INSERT INTO referral (id, referrer, friend, terms, status, message_id, attributed_at, order_id, due_at,"
            " qualified_at, referrer_seconds, referrer_package_id)"
            " SELECT gen_random_uuid(), referrer, friend, terms, status, message_id, attributed_at, order_id, due_at,"
            f" qualified_at, referrer_seconds, referrer_package_id FROM referral WHERE id = {KEPT}",
        ],
    },
}


def live_by_referrals(engine: Engine) -> None:
    """Let a friend come and stay, and another one go again with all that they had brought."""
    friends = Friends(engine)
    # What was given back an hour ago has been heard of everywhere.
    friends.pass_days(-30)
    friends.promise()
    friends.programme("first_purchase", budget_seconds=6_000)
    ann, bob, eve = friends.join(), friends.join(), friends.join()
    friends.invite(ann, bob)
    friends.invite(bob, eve)
    friends.buy(bob)
    given_back = friends.buy(eve)
    friends.pass_days(15)
    friends.qualify()
    friends.give_back(eve, given_back)
    assert friends.referral(bob)["status"] == "qualified"
    assert friends.referral(eve)["status"] == "reversed"
