"""Tables of messages: what came in, what is to go out, and what was dead-lettered."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from domain.minutes.burn import BurnPolicy
from store.tables.columns import (
    bigint,
    document,
    identity,
    integer,
    moment,
    number,
    one_of,
    raw_bytes,
    reserved_id,
    string,
    uuid,
)

MESSAGE_TYPES = (
    "screph.usage.reported.v1",
    "screph.spend.requested.v1",
    "screph.usage.reversed.v1",
    "screph.package.grant_requested.v1",
    "screph.account.registered.v1",
    "screph.purchase.requested.v1",
    "screph.refund.requested.v1",
    "screph.dispute.reported.v1",
    "screph.payment.paid.v1",
    "screph.refund.applied.v1",
    "screph.dispute.applied.v1",
    "screph.expiry_sweep.requested.v1",
    "screph.erasure.requested.v1",
    "screph.review_item.resolution_requested.v1",
    "screph.method.setup_requested.v1",
    "screph.method.setup_returned.v1",
    "screph.method.prefer_requested.v1",
    "screph.method.forget_requested.v1",
    "screph.notice.preferences_set_requested.v1",
    "screph.push.subscribed.v1",
    "screph.push.unsubscribed.v1",
    "screph.subscription.start_requested.v1",
    "screph.subscription.change_requested.v1",
    "screph.subscription.cancel_requested.v1",
    "screph.subscription.resume_requested.v1",
    "screph.subscription.pause_requested.v1",
    "screph.subscription.payment_requested.v1",
    "screph.topup.set_requested.v1",
    "screph.promotion.redeem_requested.v1",
    "screph.promotion.create_requested.v1",
    "screph.promotion.batch_requested.v1",
    "screph.promotion.export_requested.v1",
    "screph.promotion.pause_requested.v1",
    "screph.redemptions_sweep.requested.v1",
    "screph.campaign.create_requested.v1",
    "screph.campaign.approve_requested.v1",
    "screph.campaign.void_requested.v1",
    "screph.campaigns_run.requested.v1",
    "screph.promotions_guard.requested.v1",
    "screph.programme.create_requested.v1",
    "screph.programme.switch_requested.v1",
    "screph.bonus.applied.v1",
    "screph.birthday_bonuses.requested.v1",
    "screph.referral.terms_set_requested.v1",
    "screph.referral.code_requested.v1",
    "screph.referral.attribution_requested.v1",
    "screph.referrals_qualification.requested.v1",
    "screph.audit_log.anchor_requested.v1",
    "screph.statistics_count.requested.v1",
    "screph.letters.decision_requested.v1",
    "screph.letter_decisions_run.requested.v1",
    "screph.product.create_requested.v1",
    "screph.product.price_set_requested.v1",
    "screph.product.wording_set_requested.v1",
    "screph.product.switch_requested.v1",
    "screph.order.poll_requested.v1",
    "screph.account.block_requested.v1",
    "screph.account.unblock_requested.v1",
    "screph.account.close_requested.v1",
    "screph.usage.day_reported.v1",
)
"""What is claimed in the inbox; a new one is a new step of the schema (`ALTER TYPE message_type ADD VALUE`)."""


class InboxRow(SQLModel, table=True):
    """
    A message that has been applied or refused, for ever; with the usage that it booked, if it booked one.

    `key` names the message (domain/ids.py, `message_key`); `source` and `event_id`, from which it is made, are
    here for people, without an index. `content_hash` notices the same key with other content; `answer` is what
    a repeat gets again. `account` is 0 for a message about no account. `entry_id` is the last line of the
    ledger that the message caused, 0 if none.

    A usage is in the columns that may be NULL. What another value says is not stored: burnt = used - debt
    - forgiven; 0 is NULL; `judged_at` is there only when it is not `occurred_at`, which is late usage; whether it
    was asked for says the type. A reversal leaves all of it as it was and names itself in `reversed_by`. The view
    `usage` spells it out. Columns stand by their width, so that no byte is lost between them.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        CheckConstraint("used_seconds > 0", name="inbox_usage_positive"),
        CheckConstraint(
            "coalesce(debt_seconds, 1) > 0 AND coalesce(forgiven_seconds, 1) > 0", name="inbox_usage_parts_positive"
        ),
        CheckConstraint(
            "used_seconds >= coalesce(debt_seconds, 0) + coalesce(forgiven_seconds, 0)",
            name="inbox_usage_every_second_accounted_for",
        ),
        CheckConstraint(
            "(used_seconds IS NULL) = (occurred_at IS NULL) AND (used_seconds IS NULL) = (policy IS NULL)"
            " AND (used_seconds IS NOT NULL OR reversed_by IS NULL)",
            name="inbox_usage_whole",
        ),
        UniqueConstraint("key", "account", name="inbox_key"),
        # The same reversal of the same usage cannot be booked twice, whatever the code does.
        Index("inbox_reversed_once", "reversed_by", "account", unique=True, postgresql_where=text("reversed_by > 0")),
    )

    id: int | None = Field(default=None, sa_column=reserved_id())
    received_at: datetime = Field(sa_column=moment(now=True))
    entry_id: int = Field(sa_column=bigint(default=0))
    occurred_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    judged_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    reversed_by: int | None = Field(default=None, sa_column=bigint(null=True))
    key: str = Field(sa_column=uuid())
    content_hash: str = Field(sa_column=uuid())
    account: int = Field(sa_column=integer(primary_key=True, autoincrement=False))
    type: str = Field(sa_column=one_of("message_type", *MESSAGE_TYPES))
    outcome: str = Field(sa_column=one_of("message_outcome", "applied", "refused", default="applied"))
    used_seconds: int | None = Field(default=None, sa_column=integer(null=True))
    policy: str | None = Field(default=None, sa_column=one_of("burn_policy", *BurnPolicy, null=True))
    debt_seconds: int | None = Field(default=None, sa_column=integer(null=True))
    forgiven_seconds: int | None = Field(default=None, sa_column=integer(null=True))
    source: str = Field(sa_column=string())
    event_id: str = Field(sa_column=string())
    session_id: str | None = Field(default=None, sa_column=string(null=True))
    feature: str | None = Field(default=None, sa_column=string(null=True))
    extra: dict[str, Any] | None = Field(default=None, sa_column=document())
    answer: dict[str, Any] | None = Field(default=None, sa_column=document())
    traceparent: str | None = Field(default=None, sa_column=string(null=True))


class OutboxRow(SQLModel, table=True):
    """
    A message to be sent, written in the transaction it tells of; deleted once confirmed.

    The bytes are ready for the wire, so a repeated sending is the same message. `refused_at`: it can never be
    published, so it is left alone and the doctor counts it.
    """

    __tablename__ = "outbox"
    # Rows come and go all day long; if autovacuum waited until a fifth of them is dead, the table would bloat.
    __table_args__ = (
        Index("outbox_refused", "id", postgresql_where=text("refused_at IS NOT NULL")),
        {
            "postgresql_with": {
                "autovacuum_vacuum_scale_factor": "0.0",
                "autovacuum_vacuum_threshold": "5000",
            }
        },
    )

    id: int | None = Field(default=None, sa_column=identity())
    exchange: str = Field(sa_column=string())
    routing_key: str = Field(sa_column=string())
    message_id: str = Field(sa_column=string())
    body: bytes = Field(sa_column=raw_bytes())
    traceparent: str | None = Field(default=None, sa_column=string(null=True))
    created_at: datetime = Field(sa_column=moment(now=True))
    refused_at: datetime | None = Field(default=None, sa_column=moment(null=True))


class DeadLetterRow(SQLModel, table=True):
    """
    A message that was dead-lettered, with its bytes and the reason, until a person decides.

    `via` says who gave it up: a worker that could not accept it (`quarantined`), or the broker
    after the last attempt (`dead_lettered`). `exchange` is the one it came through. The same bytes with the same
    headers again only raise `seen`; `content_sha256` is of both. `headers` and `properties` are AMQP's, as the
    producer wrote them. `replayed_key` is the inbox key of what a replay published, where the message names one:
    what became of it is found by it.
    """

    __tablename__ = "dead_letter"
    __table_args__ = (
        CheckConstraint("(state = 'waiting') = (resolved_at IS NULL)", name="dead_letter_resolution"),
        CheckConstraint("state <> 'discarded' OR coalesce(resolution, '') <> ''", name="dead_letter_discard_reason"),
        Index(
            "dead_letter_waiting",
            "queue",
            "exchange",
            "content_sha256",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("dead_letter_by_state", "state", "id"),
    )

    id: int | None = Field(default=None, sa_column=identity())
    via: str = Field(sa_column=one_of("dead_letter_via", "quarantined", "dead_lettered"))
    queue: str = Field(sa_column=string())
    exchange: str = Field(sa_column=string(default=""))
    code: str = Field(sa_column=string())
    reason: str = Field(sa_column=string())
    source: str | None = Field(default=None, sa_column=string(null=True))
    event_id: str | None = Field(default=None, sa_column=string(null=True))
    body: bytes = Field(sa_column=raw_bytes())
    content_sha256: bytes = Field(sa_column=raw_bytes())
    headers: dict[str, Any] | None = Field(default=None, sa_column=document())
    properties: dict[str, Any] | None = Field(default=None, sa_column=document())
    traceparent: str | None = Field(default=None, sa_column=string(null=True))
    seen: int = Field(sa_column=integer(default=1))
    state: str = Field(sa_column=one_of("dead_letter_state", "waiting", "replayed", "discarded", default="waiting"))
    first_seen_at: datetime = Field(sa_column=moment(now=True))
    last_seen_at: datetime = Field(sa_column=moment(now=True))
    resolved_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    resolved_by: str | None = Field(default=None, sa_column=string(null=True))
    resolution: str | None = Field(default=None, sa_column=string(null=True))
    replayed_key: str | None = Field(default=None, sa_column=uuid(null=True))


class LetterDecisionRow(SQLModel, table=True):
    """
    A decision about many dead letters at once, which workers carry out some at a time.

    `letters` are the numbers of those that the preview showed, in the order in which they are looked at; `wanted` are
    the filters that meant them. `done` of the `looked_at` ones waited and were decided about. `moved_at` is when the
    last of them were.
    """

    __tablename__ = "letter_decision"
    __table_args__ = (
        CheckConstraint("total > 0 AND jsonb_array_length(letters) = total", name="letter_decision_total"),
        CheckConstraint("done >= 0 AND done <= looked_at AND looked_at <= total", name="letter_decision_progress"),
        CheckConstraint("(ended_at IS NOT NULL) = (looked_at = total)", name="letter_decision_ended"),
        UniqueConstraint("message_id", name="letter_decision_message"),
        Index("letter_decision_open", "id", postgresql_where=text("ended_at IS NULL")),
    )

    id: int | None = Field(default=None, sa_column=number(primary_key=True))
    does: str = Field(sa_column=one_of("letter_decision_kind", "replay", "discard"))
    wanted: dict[str, Any] = Field(sa_column=document(null=False))
    letters: list[int] = Field(sa_column=document(null=False))
    total: int = Field(sa_column=integer())
    looked_at: int = Field(sa_column=integer(default=0))
    done: int = Field(sa_column=integer(default=0))
    reason: str = Field(sa_column=string())
    decided_by: str = Field(sa_column=string())
    message_id: int = Field(sa_column=bigint())
    created_at: datetime = Field(sa_column=moment())
    moved_at: datetime = Field(sa_column=moment())
    ended_at: datetime | None = Field(default=None, sa_column=moment(null=True))
