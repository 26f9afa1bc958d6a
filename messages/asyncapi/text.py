"""What the AsyncAPI document says in sentences. The limits in them are those of the code."""

from messages.fields import MAX_METADATA_BYTES
from messages.read import MAX_BODY_BYTES, MAX_EVENT_BYTES, MAX_EVENTS

_KIB = 1_024

INFO_DESCRIPTION = f"""\
Screph sells packages of minutes and counts them down. Usage, grants and corrections come in as messages;
what they change goes out as facts. Every message is a CloudEvents 1.0 event in structured JSON, UTF-8, so
any language with a JSON library and an AMQP 0-9-1 client can take part.

## For producers

Publish to a durable direct exchange with the name of the queue as routing key. The exchange decides what a message
may do, and RabbitMQ's rights who may publish there:

| exchange | for | queues | what counts |
| --- | --- | --- | --- |
| `screph` | programs that report usage | `minute-usage` | reported usage and requests to spend |
| `screph.sales` | Screph's own servers | `minute-usage`, `purchase` | every message of the queue |

What comes through another exchange than its own goes to the dead letters (`WrongExchange`) and is not applied. Publish:

* **persistent** (`delivery_mode` 2), or a restart of the broker loses the message;
* **mandatory**, so that a wrong routing key comes back to you instead of vanishing;
* with **publisher confirms**; only a confirmed message has arrived;
* until it is confirmed, **again with the same `id`**, after a pause that grows. Publishing twice is
  harmless, not publishing is not.

A message is one event, or a JSON array of 1 to {MAX_EVENTS} events, which is faster. Each event of an array
counts by itself: a bad one goes to the dead letters alone and the others are applied. The broker knows the
message as a whole: when one of its events has to be tried again, all of them are, and their ids make that
harmless.

Limits: {MAX_EVENT_BYTES // _KIB} KiB for one event, {MAX_BODY_BYTES // _KIB // _KIB} MiB for one message,
{MAX_METADATA_BYTES // _KIB} KiB for `metadata`. Texts hold printable characters only, no line breaks. Numbers
are whole, and written without a point. `time` carries an offset (`Z` or `+03:00`); a usage, or a request to
spend, that is stamped more than 5 minutes in the future goes to the dead letters.

**Identity.** `(source, id)` names an event for ever. The same again with the same content (`type`,
`subject`, `time`, `data`) changes nothing; with other content it goes to the dead letters and is never applied.

**Order.** Send in the order in which things happened, but do not rely on it: a correction that overtakes its
usage is tried again for a while, and usage counts by its `time`.

**Mistakes.** Nothing that we have confirmed is lost. What cannot be read or applied goes to the dead letters,
with its bytes and a sentence of reason, for an operator to see; nothing comes back to the producer. `data` is closed: a
field that is not in the schema is a mistake. Around it, CloudEvents' extension attributes are welcome.
`traceparent` (W3C Trace Context) names the trace that the event belongs to; a malformed one is ignored, and
so is every other extension attribute. None of them is part of the content.

**Asking first.** A `screph.spend.requested.v1`, unless it is a mistake, is answered by either
`screph.spend.accepted.v1` or `screph.spend.refused.v1`, which name it by `request_source` and `request_id`.
Asked again with the same `id`, it gets the first answer again, and that answer has the `id` it had.

**Buying.** A `screph.purchase.requested.v1` is answered by `screph.purchase.link_ready.v1` with the address
where the buyer pays, and later by `screph.purchase.completed.v1`, when money and minutes are there; or by
`screph.purchase.failed.v1`. Money is whole minor units (`69900` RUB is 699.00). After `failed` late money may
still complete an order.

## For listeners

Facts leave by the durable topic exchange `screph.facts`, routing key = `type`, persistent. Declare a durable
queue, bind it with the types you want, and acknowledge each fact when you have handled it. A fact for
which no queue is bound at that moment reaches nobody, so bind first. A producers' user may write to
its exchange and do nothing else: a listener needs a user of its own.

A fact may come more than once, with the same `id`, and facts may overtake one another; of `balance.changed`
the higher `sequence` is the newer. Ignore fields that you do not know.

## Versions

The version is part of the `type`. Inside one only optional fields are added; anything else is a `.v2` beside
the `.v1`. `screph.usage.reversed.v1` exists twice, with different payloads: what a producer asks for on
`minute-usage` (UsageReversed), and the fact that it has happened on `screph.facts` (UsageReversedFact).
"""

TAG_TEXTS = {
    "producers": "What producers publish to us.",
    "facts": "What we send to everybody who listens.",
    "internal": "Between our own processes; not for producers.",
}
