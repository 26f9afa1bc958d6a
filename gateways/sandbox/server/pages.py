"""The sandbox's pages: one file of HTML each, with nothing to fetch."""

from html import escape

from domain.gateway.payment import PaymentStatus
from domain.gateway.setup import SetupStatus
from domain.money import Money
from gateways.sandbox.server.records import PaymentRecord, SetupRecord
from gateways.sandbox.server.texts import amount_text, words

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
"""Without `form-action`: browsers would apply it to the way back to the shop as well."""

ENDED = (PaymentStatus.PAID, PaymentStatus.FAILED, PaymentStatus.EXPIRED)

STYLE = """
:root { color-scheme: light dark; --ground: #eef1f6; --card: #fff; --ink: #172033; --quiet: #5c677d;
  --line: #dfe4ec; --main: #2f5bea; --main-ink: #fff; --hover: #f4f6fb; --note: #fff4d6; --note-ink: #6b4a00;
  --good: #12805c; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ground: #10141d; --card: #1a2030; --ink: #eef1f6; --quiet: #a3adc2;
  --line: #2e374b; --main: #6d8dff; --main-ink: #0b1020; --hover: #222a3d; --note: #3b2f10; --note-ink: #ffd980;
  --good: #58d3a8; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px 16px;
  background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 440px; background: var(--card); border-radius: 18px; overflow: hidden;
  box-shadow: 0 1px 2px rgb(20 30 60 / .08), 0 16px 40px rgb(20 30 60 / .12); }
.mark { display: flex; gap: 10px; align-items: center; justify-content: center; padding: 11px 20px;
  background: var(--note); color: var(--note-ink); font-weight: 600; font-size: 14px; }
.mark::before { content: ""; width: 9px; height: 9px; border-radius: 50%; background: currentcolor; }
section { padding: 28px 28px 24px; }
.label { margin: 0; color: var(--quiet); font-size: 14px; }
.amount { margin: 2px 0 4px; font-size: 40px; line-height: 1.15; font-weight: 700; letter-spacing: -.02em;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.title { margin: 0; font-size: 17px; font-weight: 600; overflow-wrap: anywhere; }
.lead { margin: 20px 0 16px; padding-top: 20px; border-top: 1px solid var(--line); color: var(--quiet); }
h1 { margin: 20px 0 0; padding-top: 20px; border-top: 1px solid var(--line); font-size: 20px; }
h1 + .lead { margin: 4px 0 16px; padding: 0; border: 0; }
h1.good { color: var(--good); } h1.bad { color: var(--bad); }
form { display: grid; gap: 10px; }
button, a.button { display: grid; gap: 1px; width: 100%; padding: 11px 18px; border-radius: 12px; text-align: left;
  border: 1px solid var(--line); background: none; color: inherit; font: inherit; font-weight: 600;
  cursor: pointer; text-decoration: none; }
button small { font-weight: 400; font-size: 14px; color: var(--quiet); }
button:hover, a.button:hover { background: var(--hover); }
button.main { background: var(--main); border-color: var(--main); color: var(--main-ink); }
button.main small { color: inherit; opacity: .85; }
button.main:hover { filter: brightness(1.07); background: var(--main); }
button:focus-visible, a.button:focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
footer { padding: 14px 28px; border-top: 1px solid var(--line); color: var(--quiet); font-size: 13px;
  overflow-wrap: anywhere; }
"""


def pay_page(payment: PaymentRecord, language: str) -> str:
    """Return the page on which the buyer chooses; a payment that has ended gets the page that says so."""
    if payment.state in ENDED:
        return _ended_page(payment, language)
    say = words(language)
    buttons = "".join(
        f'<button class="{"main" if action == "pay" else ""}" formaction="/pay/{escape(payment.ref)}/{action}">'
        f"{say[action]}<small>{say[f'{action}_note']}</small></button>"
        for action in ("pay", "decline", "3ds", "expire")
    )
    saves = f" {say['saves_method']}" if payment.saves_method else ""
    return _page(
        payment,
        language,
        f'<p class="lead">{say["lead"]}{saves}</p><form method="post">{buttons}</form>',
        say["to_pay"],
    )


def confirm_page(payment: PaymentRecord, language: str) -> str:
    """Return the page on which the buyer's bank asks; a payment that has ended gets the page that says so."""
    if payment.state is not PaymentStatus.ACTION_REQUIRED:
        return pay_page(payment, language)
    say = words(language)
    path = f"/pay/{escape(payment.ref)}/3ds"
    return _page(
        payment,
        language,
        f'<h1>{say["3ds_title"]}</h1><p class="lead">{say["3ds_lead"]}</p><form method="post">'
        f'<button class="main" formaction="{path}/confirm">{say["confirm"]}</button>'
        f'<button formaction="{path}/fail">{say["fail"]}</button></form>',
        say["3ds_title"],
    )


def missing_page(language: str) -> str:
    """Return the page for a payment that does not exist."""
    say = words(language)
    return _document(language, say["missing"], f'<p class="title">{say["missing"]}</p><p>{say["missing_lead"]}</p>', "")


def save_page(setup: SetupRecord, language: str) -> str:
    """Return the page on which a card is saved, or how that ended."""
    say = words(language)
    if setup.state is SetupStatus.PENDING:
        buttons = "".join(
            f'<button class="{"main" if action == "save" else ""}" formaction="/save/{escape(setup.ref)}/{action}">'
            f"{say[action]}<small>{say[note]}</small></button>"
            for action, note in (("save", "save_note"), ("refuse", "refuse_note"), ("expire", "leave_note"))
        )
        rest = f'<p class="lead">{say["save_lead"]}</p><form method="post">{buttons}</form>'
    else:
        shop = setup.return_url if setup.state is SetupStatus.SAVED else setup.cancel_url
        rest = (
            f'<h1 class="{"good" if setup.state is SetupStatus.SAVED else "bad"}">{say[setup.state.value]}</h1>'
            f'<p class="lead">{say["setup_over"]}</p><a class="button" href="{escape(shop)}">{say["back"]}</a>'
        )
    return _document(language, say["save_title"], f'<p class="title">{say["save_title"]}</p>{rest}', "")


def _ended_page(payment: PaymentRecord, language: str) -> str:
    say = words(language)
    is_paid = payment.state is PaymentStatus.PAID
    shop = payment.return_url if is_paid else payment.cancel_url
    back = f'<a class="button" href="{escape(shop)}">{say["back"]}</a>' if shop else ""
    state = payment.state.value
    return _page(
        payment,
        language,
        f'<h1 class="{"good" if is_paid else "bad"}">{say[state]}</h1><p class="lead">{say[f"{state}_lead"]}</p>{back}',
        say[state],
    )


def _page(payment: PaymentRecord, language: str, rest: str, heading: str) -> str:
    say = words(language)
    amount = amount_text(Money(payment.amount_minor, payment.currency), language)
    label = say["amount" if payment.state in ENDED else "to_pay"]
    top = (
        f'<p class="label">{label}</p><p class="amount">{escape(amount)}</p>'
        f'<p class="title">{escape(payment.title)}</p>'
    )
    footer = f"<footer>{say['order']} {escape(payment.order_id)}</footer>"
    return _document(language, f"{heading}: {payment.title}", top + rest, footer)


def _document(language: str, title: str, inner: str, footer: str) -> str:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>"
        f'<div class="mark">{words(language)["sandbox"]}</div><section>{inner}</section>{footer}</main></body></html>'
    )
