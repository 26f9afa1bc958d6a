"""What two sides that differ suggest: what probably happened, and what repairs it, in a sentence or two."""


def repair_of_captured(ours_minor: int, theirs_minor: int) -> str:
    """Return what repairs a day on which a gateway has captured other money than orders say; "" where they agree."""
    if theirs_minor > ours_minor:
        return (
            "The gateway took money that no order counts. Ask it again: `billing reconcile --recent`, then `--sums`. "
            "What stays is a payment that bought nothing: look at the review items of this gateway, and give it back."
        )
    if ours_minor > theirs_minor:
        return (
            "An order counts as paid that the gateway does not list. Ask it again: `billing reconcile --sums`. If it "
            "stays, compare the day's paid orders with the gateway's dashboard; what was never paid is refunded there "
            "or reported to its support."
        )
    return ""


def repair_of_refunded(ours_minor: int, theirs_minor: int) -> str:
    """Return what repairs a day on which a gateway has given back other money than refunds say; "" where they agree."""
    if theirs_minor > ours_minor:
        return (
            "A refund was made in the gateway's dashboard and is not known here. `billing reconcile --recent` brings "
            "it in, and its minutes go back with it; then `billing reconcile --sums`."
        )
    if ours_minor > theirs_minor:
        return (
            "A refund counts as succeeded that the gateway does not list. Ask it again: `billing reconcile --sums`. "
            "If it stays, look for the refund in the gateway's dashboard; money that did not go back is given back "
            "there."
        )
    return ""


def repair_of_grant(promised_seconds: int, granted_seconds: int) -> str:
    """Return what repairs an order whose package got other seconds than it promises; "" where they agree."""
    if promised_seconds > granted_seconds:
        missing = promised_seconds - granted_seconds
        return f"The buyer lacks {missing} seconds: grant them on the account's page, kind support, naming the order."
    if granted_seconds > promised_seconds:
        return (
            f"The ledger granted {granted_seconds - promised_seconds} seconds too many. `billing audit` says what does "
            "not hold; the program has a fault, so keep the rows and report it. The buyer may keep the minutes."
        )
    return ""


def repair_of_usage(reported_seconds: int | None, booked_seconds: int | None) -> str:
    """Return what repairs an account's day whose usage was reported and booked differently; "" where they agree."""
    reported, booked = reported_seconds or 0, booked_seconds or 0
    if reported > booked:
        return (
            f"{reported - booked} seconds are in Screph's log and were never booked. Publish the day's usage of this "
            "account again, with the ids it has: what is here already has no second effect. Look among dead letters, "
            "too: a usage that was refused waits there."
        )
    if booked > reported and reported_seconds is None:
        return (
            f"{booked} seconds were booked on a day of which Screph's log has nothing for this account. If the log is "
            "incomplete, report the day; if not, reverse the usages on the account's page."
        )
    if booked > reported:
        return (
            f"{booked - reported} seconds were booked and are not in Screph's log. If usage came after the report, "
            "report the day again with a higher revision; else reverse the usage that the log does not know."
        )
    return ""


def repair_of_session(reported_seconds: int | None, booked_seconds: int | None) -> str:
    """Return what repairs one session that was reported and booked differently; "" where they agree."""
    if booked_seconds is None:
        return "Publish the usage of this session again, with the ids it has."
    if reported_seconds is None:
        return "Reverse the usages of this session, or report the day again with it."
    if reported_seconds > booked_seconds:
        return "A part of this session is missing: publish its usages again, with the ids they have."
    if reported_seconds < booked_seconds:
        return "More was booked than the session lasted: reverse the usage that is too long, and publish the right one."
    return ""
