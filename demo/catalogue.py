"""What is on offer in a demonstration: Screph's four packages and two subscriptions, with prices in each currency."""

from domain.catalogue.product import Product, ProductKind, Wording
from domain.money import money_of
from domain.periods import PeriodUnit

_ENDINGS = {
    None: ("без срока", "without an end"),
    PeriodUnit.WEEK: ("на неделю", "for a week"),
    PeriodUnit.MONTH: ("на месяц", "for a month"),
}
"""period -> until when the minutes can be used, in Russian and English."""


def _offer(
    product_id: str,
    minutes: int,
    names: tuple[str, str],
    roubles: str,
    dollars_and_euros: str,
    *,
    period: PeriodUnit | None = None,
) -> Product:
    russian, english = names
    endings = _ENDINGS[period]
    return Product(
        product_id,
        ProductKind.ONE_OFF if period is None else ProductKind.SUBSCRIPTION,
        minutes * 60,
        valid_days=None,
        prices={
            "RUB": money_of(roubles, "RUB"),
            "USD": money_of(dollars_and_euros, "USD"),
            "EUR": money_of(dollars_and_euros, "EUR"),
        },
        wordings={
            "ru": Wording(russian, f"{minutes} минут, {endings[0]}"),
            "en": Wording(english, f"{minutes} minutes, {endings[1]}"),
        },
        period=period,
    )


PRODUCTS = (
    _offer("starter", 100, ("Стартовый", "Starter"), "299.00", "3.99"),
    _offer("standard", 300, ("Стандартный", "Standard"), "699.00", "7.99"),
    _offer("premium", 600, ("Премиум", "Premium"), "1199.00", "13.99"),
    _offer("professional", 1200, ("Профессиональный", "Professional"), "1999.00", "22.99"),
    _offer("weekly", 60, ("Еженедельный", "Weekly"), "149.00", "1.99", period=PeriodUnit.WEEK),
    _offer("monthly", 300, ("Ежемесячный", "Monthly"), "549.00", "5.99", period=PeriodUnit.MONTH),
)
"""The offers that Screph's purchase dialog shows, in its order, and two subscriptions."""
