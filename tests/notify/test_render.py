"""Every notice in every language: complete, consistent, safe."""

import re
from dataclasses import MISSING, fields, replace
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from domain.minutes.package import PackageKind
from domain.money import Money
from domain.notices.content import LowBalance, PurchaseReceipt, Renewed, TopupFailed
from domain.notices.notice import CONTENT, NoticeContent, NoticeKind
from i18n.formats import Formats
from i18n.language import LANGUAGES
from notify.names import Names
from notify.render import MAX_HTML_BYTES, TEMPLATES, Links, Rendered, UnableToRender, render
from notify.samples import NOW, sample
from notify.tokens import DARK, LIGHT

PORTAL = "https://pay.screph.example"
LINKS = Links(PORTAL, f"{PORTAL}/unsubscribe/token")
ZONE = "Europe/Moscow"
EVERY = [(kind, language) for kind in NoticeKind for language in LANGUAGES]
PATHS = (
    "/buy",
    "/packages",
    "/subscription",
    "/subscription/method",
    "/settings/notices",
    "/unsubscribe/token",
    "/enter/code",
)


class Page(HTMLParser):
    """What a reader of a mail gets: its words, its links, its tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.unclosed: list[str] = []
        self.attributes: list[dict[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.attributes.append({name: value or "" for name, value in attrs})
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unclosed.append(tag)

    def handle_data(self, data: str) -> None:
        # The line of preheader and padding is for lists of mails.
        if self.open and self.open[-1] not in ("style", "title") and "\u034f" not in data and data.strip():
            self.words.append(seen(data))


def seen(text: str) -> str:
    """A text as a person sees it: every white space is one."""
    return " ".join(text.split())


def rendered(kind: NoticeKind, language: str, data: NoticeContent | None = None, links: Links = LINKS) -> Rendered:
    """A notice in a language, by its sample."""
    return render(kind, language, ZONE, data or sample(kind, language), links)


def variants(content: Any) -> list[NoticeContent]:
    """A notice with all its optional fields, and without each of them, and without any."""
    optional = {field.name for field in fields(content) if field.default is not MISSING}
    # These come and go together.
    known_pairs = (
        ("empty_from", "empty_until"),
        ("unused_seconds", "unused_on"),
        ("price", "retry"),
        ("trial_ends_at", "trial_seconds"),
        ("method_label", "gateway"),
    )
    pairs = [pair for pair in known_pairs if optional >= set(pair)]
    each = [*pairs, *((name,) for name in optional - {name for pair in pairs for name in pair}), tuple(optional)]
    return [content, *(replace(content, **dict.fromkeys(names)) for names in each)]


def numbers(text: str) -> set[str]:
    """Every number of a text, without links."""
    return set(re.findall(r"\d+", re.sub(r"https?://\S+", "", text)))


class TestEveryNotice:
    def test_has_its_three_files_and_there_is_nothing_else(self) -> None:
        folders = {
            folder.name: {file.name for file in folder.iterdir()} for folder in TEMPLATES.iterdir() if folder.is_dir()
        }

        assert folders == {kind: {"subject.txt", "body.txt", "body.html"} for kind in CONTENT}

    @pytest.mark.parametrize(("kind", "language"), EVERY)
    def test_is_complete(self, kind: NoticeKind, language: str) -> None:
        notice = rendered(kind, language)

        for words in (notice.subject, notice.preheader, notice.text, notice.html):
            assert words.strip()
            assert not re.search(r"\{\{|\}\}|\{%|%\}|%\(|None|Undefined", words)
            assert "  " not in re.sub(r"(?m)^ +", "", words.split("<style>")[0])
        assert len(notice.html.encode()) <= MAX_HTML_BYTES
        assert "\n" not in notice.subject + notice.preheader

    @pytest.mark.parametrize(("kind", "language"), EVERY)
    def test_says_the_same_in_text_and_html(self, kind: NoticeKind, language: str) -> None:
        notice = rendered(kind, language)
        page = Page(notice.html)

        for line in filter(None, notice.text.splitlines()):
            label, _, value = seen(line).partition(": ")
            assert (
                seen(line) in page.words or (label in page.words and value in page.words + page.links) or line == "--"
            )
        assert numbers(notice.text) == numbers(" ".join(page.words))

    @pytest.mark.parametrize(("kind", "language"), EVERY)
    def test_is_well_formed_and_names_its_language(self, kind: NoticeKind, language: str) -> None:
        notice = rendered(kind, language)
        page = Page(notice.html)

        assert page.unclosed == []
        assert page.open == []
        assert f'<html lang="{language}"' in notice.html
        assert f"<title>{notice.subject}</title>" in unescape(notice.html)

    @pytest.mark.parametrize(("kind", "language"), EVERY)
    def test_leads_to_pages_of_the_portal_and_nowhere_else(self, kind: NoticeKind, language: str) -> None:
        notice = rendered(kind, language)

        assert notice.task_url in Page(notice.html).links
        for link in [*Page(notice.html).links, *re.findall(r"https?://\S+", notice.text)]:
            path = link.removeprefix(PORTAL)
            assert path in PATHS or path.startswith("/receipts/")

    @pytest.mark.parametrize("kind", NoticeKind)
    def test_has_a_dark_colour_for_every_light_one(self, kind: NoticeKind) -> None:
        html = rendered(kind, "en").html
        dark = set(
            re.findall(r"\.([a-z-]+) \{", html.partition("prefers-color-scheme: dark")[2].partition("</style>")[0])
        )

        coloured = [each for each in Page(html).attributes if re.search(r"#[0-9a-f]{6}", each.get("style", ""))]

        assert len(coloured) > 5
        assert [each for each in coloured if not dark & set(each.get("class", "").split())] == []
        assert set(re.findall(r"#[0-9a-f]{6}\b", html)) <= {*LIGHT.values(), *DARK.values()}

    @pytest.mark.parametrize("kind", NoticeKind)
    def test_has_one_button(self, kind: NoticeKind) -> None:
        assert rendered(kind, "en").html.count('<a class="button-text"') == 1

    @pytest.mark.parametrize("kind", NoticeKind)
    def test_has_its_own_words_in_each_language(self, kind: NoticeKind) -> None:
        english = sample(kind, "en")

        texts = {language: rendered(kind, language, english) for language in LANGUAGES}

        assert len({notice.subject for notice in texts.values()}) == len(LANGUAGES)
        assert len({notice.preheader for notice in texts.values()}) == len(LANGUAGES)
        assert len({notice.text for notice in texts.values()}) == len(LANGUAGES)

    @pytest.mark.parametrize(("kind", "language"), EVERY)
    def test_needs_none_of_its_optional_fields(self, kind: NoticeKind, language: str) -> None:
        for content in variants(sample(kind, language)):
            notice = rendered(kind, language, content)

            assert "None" not in notice.subject + notice.preheader + notice.text + notice.html

    @pytest.mark.parametrize("kind", NoticeKind)
    def test_uses_every_field_that_a_person_can_read(self, kind: NoticeKind) -> None:
        ids = {"refund_id", "dispute_ref", "package_id", "referral_id", "subscription_id", "method_id"}
        templates = "".join(file.read_text(encoding="utf-8") for file in sorted((TEMPLATES / kind).iterdir()))

        assert {f.name for f in fields(CONTENT[kind])} - ids == set(re.findall(r"notice\.(\w+)", templates)) - ids

    @pytest.mark.parametrize("kind", NoticeKind)
    def test_can_be_unsubscribed_from_unless_it_is_a_receipt_or_asked_for(self, kind: NoticeKind) -> None:
        notice = rendered(kind, "en")

        for words in (notice.text, notice.html):
            assert (str(LINKS.unsubscribe) in words) is not (kind.is_receipt or kind.is_asked_for)
            assert (f"{PORTAL}/settings/notices" in words) is not (kind.is_receipt or kind.is_asked_for)

    @pytest.mark.parametrize("kind", NoticeKind)
    def test_has_no_link_to_unsubscribe_where_there_is_none(self, kind: NoticeKind) -> None:
        notice = rendered(kind, "ru", links=Links(PORTAL))

        assert "unsubscribe" not in notice.text + notice.html
        assert rendered(kind, "ru", links=Links(PORTAL + "/")) == notice


class TestRender:
    def test_shows_the_whole_receipt(self) -> None:
        notice = rendered(NoticeKind.PURCHASE_RECEIPT, "ru")

        for words in (
            "Заказ: 9c2f7a10-5f0e-5d6b-8a41-3e1d2b7c9f06",
            "Продукт: Стандартный",
            "Минуты: 5\u00a0ч",
            "Цена без скидки: 373,75\u00a0₽",
            "Оплачено: 299,00\u00a0₽",
            "Оплачено через: Stripe",
            "14:01\u00a0(UTC+3)",
            "Действует до: ",
        ):
            assert words in notice.text

    def test_says_in_the_receipt_of_a_start_what_has_begun_and_what_is_charged_next(self) -> None:
        started = replace(receipt(), subscription_id="s", period="month", is_start=True, renews_at=receipt().paid_at)
        ended = replace(started, is_start=False, renews_at=None)

        one, other = (rendered(NoticeKind.PURCHASE_RECEIPT, "en", content) for content in (started, ended))

        for words in ("has started", "It renews by itself.", "Next payment: ", "Price: US$6.23 a month"):
            assert words in seen(one.text)
        assert one.subject == other.subject == "Receipt: Standard, US$4.99"
        assert "Subscription: Standard" in other.text
        for words in ("has started", "renews by itself", "Next payment"):
            assert words not in seen(other.text)

    def test_says_in_the_receipt_of_a_change_what_was_before_and_what_is_credited(self) -> None:
        renewed = sample(NoticeKind.RENEWED, "en")
        assert isinstance(renewed, Renewed)
        changed = replace(
            renewed,
            old_title="Small",
            list_price=Money(1_699, "USD"),
            credit=Money(500, "USD"),
            price=Money(1_199, "USD"),
        )

        plain, notice = (rendered(NoticeKind.RENEWED, "en", content) for content in (renewed, changed))
        late = rendered(NoticeKind.RENEWED, "en", replace(renewed, has_ended=True))

        for words in (
            "Your new subscription: “Monthly”",
            "Before: Small",
            "Price: US$16.99",
            "minutes: US$5.00",
            "Paid: US$11.99",
        ):
            assert words in seen(notice.text)
        assert "is renewed" in plain.text
        for other in (notice, late):
            assert "You paid US$11.99 for “Monthly”." in seen(other.text)
            assert "is renewed" not in other.text + other.preheader

    def test_says_when_the_balance_runs_out_if_that_is_known(self) -> None:
        known = rendered(NoticeKind.LOW_BALANCE, "ru")
        unknown = rendered(NoticeKind.LOW_BALANCE, "ru", LowBalance(577, 600))

        assert "Хватит примерно до 28\u00a0ноября\u00a0– 2\u00a0декабря" in known.text.replace("хватит", "Хватит")
        assert "примерно" not in unknown.text
        assert known.subject == unknown.subject == "В Screph осталось 9\u00a0мин"

    def test_says_of_a_trial_what_is_free_and_what_is_charged_when(self) -> None:
        started = rendered(NoticeKind.SUBSCRIPTION_STARTED, "ru")
        coming = replace(sample(NoticeKind.RENEWAL_COMING, "en"), ends_trial=True)  # type: ignore[call-arg]
        cancelled = replace(sample(NoticeKind.SUBSCRIPTION_CANCELLED, "de"), is_on_trial=True)  # type: ignore[call-arg]

        assert "После этого мы впервые спишем 699,00\u00a0₽." in started.text
        assert "Минуты до первого платежа: 1\u00a0ч" in started.text
        assert "Первый платёж: " in started.text
        assert "Следующий платёж" not in started.text
        end = rendered(NoticeKind.RENEWAL_COMING, "en", coming)
        assert end.preheader == "The free days of “Monthly” end."
        assert "If you cancel before, nothing is charged." in seen(end.text)
        assert "renews then" not in end.text
        kept = rendered(NoticeKind.SUBSCRIPTION_CANCELLED, "de", cancelled)
        assert "Ihre kostenlosen Tage laufen bis" in kept.text
        assert "Was Sie bezahlt haben" not in kept.text

    def test_says_of_a_card_what_it_pays_for(self) -> None:
        card = sample(NoticeKind.CARD_EXPIRING, "en")

        said = {
            (subscription, topup): seen(
                rendered(
                    NoticeKind.CARD_EXPIRING,
                    "en",
                    replace(card, pays_subscription=subscription, pays_topup=topup),  # type: ignore[call-arg]
                ).text
            )
            for subscription, topup in ((True, False), (False, True), (True, True))
        }

        assert {
            who: ("for your subscription" in text, "for automatic top-up" in text) for who, text in said.items()
        } == {
            (True, False): (True, False),
            (False, True): (False, True),
            (True, True): (True, True),
        }

    def test_says_of_a_burst_that_money_has_moved(self) -> None:
        burst = rendered(NoticeKind.TOPUP_FAILED, "en", TopupFailed("Standard", NOW, is_burst=True))

        assert "No money has moved" not in burst.preheader + burst.text
        assert burst.task_url == f"{PORTAL}/history"

    def test_says_of_a_renewal_by_which_method_it_is_paid_or_that_none_is_saved(self) -> None:
        coming = sample(NoticeKind.RENEWAL_COMING, "en")
        without = replace(coming, method_label=None, lacks_method=True)  # type: ignore[call-arg]

        known, unknown = (rendered(NoticeKind.RENEWAL_COMING, "en", one) for one in (coming, without))

        assert "Payment method: Visa" in known.text
        assert "You need not do anything" not in unknown.text
        assert "we will charge" not in unknown.subject + seen(unknown.text)
        assert unknown.task_url == f"{PORTAL}/subscription/method"

    def test_does_not_say_that_a_renewal_that_waits_for_its_buyer_ends_it_by_then(self) -> None:
        needed = rendered(NoticeKind.ACTION_NEEDED, "en")

        assert "After that the subscription ends" not in seen(needed.text)
        assert "Until: 13 December 2026, 14:01 (UTC+3)" in seen(needed.text)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_says_of_no_bank_what_the_contract_forbids(self, language: str) -> None:
        asked = sample(NoticeKind.ACTION_NEEDED, language)
        confirm, pay = (
            rendered(NoticeKind.ACTION_NEEDED, language, replace(asked, is_paid_by_hand=by_hand))  # type: ignore[call-arg]
            for by_hand in (False, True)
        )

        words = {"en": "your bank", "de": "Ihre Bank", "es": "su banco", "ru": "банк"}[language]
        assert words in seen(confirm.text)
        assert words not in seen(pay.text + " ".join(Page(pay.html).words))
        assert confirm.subject != pay.subject
        assert Page(pay.html).unclosed == []

    @pytest.mark.parametrize("with_trial", [False, True])
    def test_says_of_a_subscription_that_the_buyer_pays_by_hand_nothing_of_charges(self, with_trial: bool) -> None:
        trial = {} if with_trial else {"trial_ends_at": None, "trial_seconds": None}
        started = replace(sample(NoticeKind.SUBSCRIPTION_STARTED, "en"), is_paid_by_hand=True, **trial)  # type: ignore[call-arg]

        notice = rendered(NoticeKind.SUBSCRIPTION_STARTED, "en", started)

        for words in map(seen, (notice.text, " ".join(Page(notice.html).words))):
            assert ("After that we ask you to pay US$11.99." in words) is with_trial
            assert "when a payment is due, we write to you and you pay on our page" in words
            for untrue in ("renews by itself", "we will charge", "If you cancel before"):
                assert untrue not in words
        assert Page(notice.html).unclosed == []

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("is_paid_by_hand", [False, True])
    def test_says_which_method_is_charged_from_now_on(self, language: str, is_paid_by_hand: bool) -> None:
        changed = sample(NoticeKind.SUBSCRIPTION_CHANGED, language)
        method = replace(changed, method_label="Visa *4242", gateway="paypal", is_paid_by_hand=is_paid_by_hand)

        of_product, notice = (rendered(NoticeKind.SUBSCRIPTION_CHANGED, language, one) for one in (changed, method))

        assert "4242" in notice.preheader
        assert notice.subject != of_product.subject
        for words in (notice.text, seen(" ".join(Page(notice.html).words))):
            assert "4242" in words
            assert "PayPal" in words
            assert changed.old_title not in words
        by_hand = rendered(NoticeKind.SUBSCRIPTION_CHANGED, language, replace(method, is_paid_by_hand=True))
        assert (notice.text == by_hand.text) is is_paid_by_hand
        assert "4242" not in of_product.text
        assert Page(notice.html).unclosed == []

    def test_names_no_gateway_where_nothing_was_paid(self) -> None:
        free = replace(receipt(), gateway="none", price=Money(0, receipt().price.currency))

        paid, notice = (rendered(NoticeKind.PURCHASE_RECEIPT, "en", one) for one in (receipt(), free))

        assert "Paid with" in paid.text
        for words in (notice.text, notice.html):
            assert "Paid with" not in words
            assert "None" not in words

    def test_escapes_in_html_what_a_product_is_called(self) -> None:
        content = replace(receipt(), title='<b>Minutes</b> & "more" {{ 7 * 7 }} %(price)s')

        notice = rendered(NoticeKind.PURCHASE_RECEIPT, "en", content)

        assert "<b>" not in notice.html
        assert "&lt;b&gt;Minutes&lt;/b&gt; &amp; &#34;more&#34; {{ 7 * 7 }} %(price)s" in notice.html
        assert content.title in notice.text

    @pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\0"])
    def test_lets_no_name_add_a_line_to_the_subject(self, break_: str) -> None:
        content = replace(receipt(), title=f"Minutes{break_}Bcc: everybody@example.com")

        notice = rendered(NoticeKind.PURCHASE_RECEIPT, "en", content)

        assert len((notice.subject + notice.preheader).splitlines()) == 1
        assert "Minutes Bcc:" in notice.subject

    def test_refuses_data_of_another_kind(self) -> None:
        with pytest.raises(UnableToRender, match="notice refund: its data is PurchaseReceipt, not RefundNotice"):
            rendered(NoticeKind.REFUND, "en", receipt())

    def test_names_kind_and_field_if_one_is_missing(self) -> None:
        content = receipt()
        object.__delattr__(content, "paid_at")

        with pytest.raises(UnableToRender, match="notice purchase_receipt lacks paid_at"):
            rendered(NoticeKind.PURCHASE_RECEIPT, "en", content)

    def test_refuses_what_gmail_would_cut(self) -> None:
        with pytest.raises(UnableToRender, match=r"notice purchase_receipt: its HTML has \d+ bytes, and 100000 are"):
            rendered(NoticeKind.PURCHASE_RECEIPT, "en", replace(receipt(), title="x" * 40_000))

    def test_is_english_and_utc_for_an_account_that_has_said_nothing(self) -> None:
        notice = render(NoticeKind.PURCHASE_RECEIPT, None, None, receipt(), LINKS)

        assert notice.subject == "Receipt: Standard, US$4.99"
        assert "27\u00a0November\u00a02026, 11:01\u00a0(UTC)" in notice.text


class TestNames:
    def test_are_those_that_people_know(self) -> None:
        names = Names(Formats("ru", None))

        assert [names.gateway(name) for name in ("stripe", "paypal", "yookassa")] == ["Stripe", "PayPal", "ЮKassa"]
        assert [names.package(kind) for kind in PackageKind] == [
            "Купленный",
            "Подписка",
            "Промокод",
            "Бонус",
            "От поддержки",
        ]
        assert names.price(Money(69_900, "RUB"), "month") == "699,00\u00a0₽ в месяц"

    def test_leave_out_what_a_newer_release_says(self) -> None:
        names = Names(Formats("ru", None))

        assert names.gateway("fifth") == "Fifth"
        assert names.package("gift") == "Gift"
        assert names.price(Money(69_900, "RUB"), "quarter") == "699,00\u00a0₽"


class TestTokens:
    @pytest.mark.parametrize("tokens", [LIGHT, DARK])
    @pytest.mark.parametrize("ground", ["bg", "surface"])
    @pytest.mark.parametrize("ink", ["ink", "muted", "accent", "good", "warn", "bad"])
    def test_are_easy_to_read(self, tokens: dict[str, str], ground: str, ink: str) -> None:
        assert contrast(tokens[ink], tokens[ground]) >= 4.5

    @pytest.mark.parametrize("tokens", [LIGHT, DARK])
    def test_make_a_button_that_is_easy_to_read(self, tokens: dict[str, str]) -> None:
        assert contrast(tokens["accent_ink"], tokens["accent"]) >= 4.5


def receipt() -> PurchaseReceipt:
    """A receipt in English."""
    content = sample(NoticeKind.PURCHASE_RECEIPT, "en")
    assert isinstance(content, PurchaseReceipt)
    return content


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21. Source: WCAG 2.2, "contrast ratio"."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of #rrggbb. Source: WCAG 2.2, "relative luminance"."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
