"""A harness at which a test makes promotions and uses their codes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from domain.gateway.payment import PaymentStatus
from messages.envelope import Envelope
from messages.promotions.codes import (
    PromotionBatchRequested,
    PromotionCreateRequested,
    PromotionExportRequested,
    PromotionPauseRequested,
    PromotionRedeemRequested,
)
from messages.queues import PROMOTION
from store.engine import Engine
from tests.workers.payments.harness import PaymentHarness, fresh_harness
from workers.queues.promotion import handle


class PromotionHarness:
    """An account and a gateway of its own, and a promotion and a code whose names nobody else has."""

    def __init__(self, engine: Engine, payments: PaymentHarness | None = None) -> None:
        self.engine = engine
        self.payments = payments or fresh_harness(engine)
        self.id = self.payments.account
        self.code = f"CODE{self.id.removeprefix('account-')}".upper()

    def another(self) -> "PromotionHarness":
        """Return another account that knows the same code."""
        other = PromotionHarness(self.engine)
        other.id, other.code = self.id, self.code
        return other

    def ask(self, model: type[Envelope], data: dict[str, Any], *, key: str | None = None) -> dict[str, Any]:
        """Handle a message of the queue `promotion` and return the answer."""
        [outcome] = handle(self.payments.context, [self.payments.event(model, data, PROMOTION, key=key)])
        return outcome.answer

    def create(self, kind: str = "percent_off", **terms: Any) -> dict[str, Any]:
        """Make the promotion with its code; a tenth off unless the terms say otherwise."""
        much = {"percent_off": {"share": 1_000}, "bonus_seconds": {"seconds": 600}}.get(kind, {})
        data = {"promotion_id": self.id, "kind": kind, "code": self.code, "created_by": "ann", **much, **terms}
        return self.ask(PromotionCreateRequested, data)

    def batch(self, codes: int) -> dict[str, Any]:
        """Make codes for one use each."""
        return self.ask(PromotionBatchRequested, {"promotion_id": self.id, "codes": codes, "created_by": "ann"})

    def export(self, batch: int = 1, **data: Any) -> dict[str, Any]:
        """Take the codes of a batch out."""
        return self.ask(
            PromotionExportRequested, {"promotion_id": self.id, "batch": batch, "exported_by": "bob", **data}
        )

    def pause(self, *, is_paused: bool = True) -> dict[str, Any]:
        """Switch the promotion off, or on again."""
        data = {"promotion_id": self.id, "is_paused": is_paused, "paused_by": "ann"}
        return self.ask(PromotionPauseRequested, data)

    def redeem(self, code: str | None = None, **data: Any) -> dict[str, Any]:
        """Redeem a code without a purchase."""
        return self.ask(PromotionRedeemRequested, {"code": code or self.code, **data})

    def buy(self, *codes: str, product: str = "standard", **data: Any) -> dict[str, Any]:
        """Ask for a purchase with codes; with the harness's own if none is named."""
        return self.payments.buy(product, codes=list(codes) or [self.code], **data)

    def pay(self, order_id: str) -> None:
        """Pay an order and hear of it."""
        self.payments.memory.pay(self.payments.order(order_id)["checkout_ref"])
        self.payments.hear_all()

    def cancel(self, order_id: str) -> None:
        """Let the checkout of an order expire and hear of it."""
        self.payments.memory.fail(self.payments.order(order_id)["checkout_ref"], PaymentStatus.EXPIRED)
        self.payments.hear_all()

    def uses(self) -> list[dict[str, Any]]:
        """The uses of the promotion, the oldest first."""
        return self.payments.minutes.select(
            "SELECT redemption.* FROM redemption JOIN promotion ON promotion.number = redemption.promotion"
            " WHERE promotion.id = :promotion ORDER BY redemption.id",
            promotion=self.id,
        )

    def statuses(self) -> list[str]:
        """How the uses of the promotion stand, the oldest first."""
        return [use["status"] for use in self.uses()]

    def row(self) -> dict[str, Any]:
        """The row of the promotion."""
        [row] = self.payments.minutes.select("SELECT * FROM promotion WHERE id = :promotion", promotion=self.id)
        return row

    @contextmanager
    def later(self, **delta: float) -> Iterator[None]:
        """Let it be later for a while."""
        self.payments.offset += timedelta(**delta)
        yield
        self.payments.offset -= timedelta(**delta)
