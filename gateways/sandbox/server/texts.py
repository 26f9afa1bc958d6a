"""The words of the sandbox's pages, in English and Russian."""

from domain.money import Money, decimal_text

ENGLISH = {
    "sandbox": "Sandbox: no money moves",
    "to_pay": "To pay",
    "amount": "Amount",
    "lead": "This page replaces a real payment page. Choose what the buyer does.",
    "pay": "Pay",
    "pay_note": "The payment succeeds",
    "decline": "Decline",
    "decline_note": "The bank says no",
    "3ds": "3-D Secure",
    "3ds_note": "The bank asks the buyer to confirm",
    "expire": "Let it expire",
    "expire_note": "The buyer never pays",
    "saves_method": "The card will be saved for later payments.",
    "order": "Order",
    "3ds_title": "Your bank asks",
    "3ds_lead": "Do you confirm this payment?",
    "confirm": "Confirm",
    "fail": "Do not confirm",
    "paid": "Paid",
    "paid_lead": "This payment has been made. Nothing more is to be done here.",
    "failed": "Declined",
    "failed_lead": "This payment was declined. Go back to the shop and begin a new one.",
    "expired": "Expired",
    "expired_lead": "The time for this payment is over. Go back to the shop and begin a new one.",
    "save_lead": "This page replaces a real page that saves a card. Choose what the buyer does.",
    "save_title": "Save a card",
    "save": "Save the card",
    "save_note": "It may be charged later; nothing is paid now",
    "refuse": "Refuse",
    "refuse_note": "The bank says no",
    "leave_note": "The buyer goes away",
    "saved": "Saved",
    "setup_over": "This page has done its work. Go back to the shop.",
    "back": "Back to the shop",
    "missing": "No such payment",
    "missing_lead": "The address is wrong, or the sandbox was restarted meanwhile.",
}

RUSSIAN = {
    "sandbox": "Песочница: деньги не списываются",
    "to_pay": "К оплате",
    "amount": "Сумма",
    "lead": "Эта страница заменяет настоящую страницу оплаты. Выберите, что сделает покупатель.",
    "pay": "Оплатить",
    "pay_note": "Платёж пройдёт",
    "decline": "Отклонить",
    "decline_note": "Банк откажет",
    "3ds": "3-D Secure",
    "3ds_note": "Банк попросит подтверждения",
    "expire": "Дать истечь сроку",
    "expire_note": "Покупатель не заплатит",
    "saves_method": "Карта будет сохранена для следующих платежей.",
    "order": "Заказ",
    "3ds_title": "Вопрос от вашего банка",
    "3ds_lead": "Подтверждаете ли вы этот платёж?",
    "confirm": "Подтвердить",
    "fail": "Не подтверждать",
    "paid": "Оплачено",
    "paid_lead": "Платёж прошёл. Больше здесь ничего делать не нужно.",
    "failed": "Отклонено",
    "failed_lead": "Платёж отклонён. Вернитесь в магазин и начните новый.",
    "expired": "Срок истёк",
    "expired_lead": "Время для оплаты вышло. Вернитесь в магазин и начните новый платёж.",
    "save_lead": "Эта страница заменяет настоящую страницу привязки карты. Выберите, что сделает покупатель.",
    "save_title": "Привязка карты",
    "save": "Привязать карту",
    "save_note": "С неё можно будет списывать позже; сейчас ничего не списывается",
    "refuse": "Отказать",
    "refuse_note": "Банк откажет",
    "leave_note": "Покупатель уйдёт",
    "saved": "Карта привязана",
    "setup_over": "Эта страница своё сделала. Вернитесь в магазин.",
    "back": "Вернуться в магазин",
    "missing": "Такого платежа нет",
    "missing_lead": "Адрес неверен, или песочницу с тех пор перезапустили.",
}

SYMBOLS = {"RUB": "₽", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "KZT": "₸"}


def language_of(locale: str | None, accepted: str) -> str:
    """Return `ru` or `en`: by the buyer's locale, and without one by the browser's first choice."""
    preferred = locale or accepted.split(",")[0]
    return "ru" if preferred.strip().lower().startswith("ru") else "en"


def words(language: str) -> dict[str, str]:
    """Return the words of a language."""
    return RUSSIAN if language == "ru" else ENGLISH


def amount_text(money: Money, language: str) -> str:
    """Return an amount as people of a language write it: `$1,299.00`, `1 299,00 ₽`."""
    whole, point, fraction = decimal_text(money).partition(".")
    symbol = SYMBOLS.get(money.currency, money.currency)
    if language == "ru":
        return (
            f"{int(whole):,}".replace(",", "\N{NO-BREAK SPACE}")
            + f"{point and ','}{fraction}\N{NO-BREAK SPACE}{symbol}"
        )
    space = "" if len(symbol) == 1 else "\N{NO-BREAK SPACE}"
    return f"{symbol}{space}{int(whole):,}{point}{fraction}"
