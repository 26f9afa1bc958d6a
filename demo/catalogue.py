"""What is on offer in a demonstration: Screph's four packages and two subscriptions, with prices in each currency."""

from domain.catalogue.product import Product, ProductKind, Wording
from domain.money import money_of
from domain.periods import PeriodUnit

_TONGUES = ("ru", "en", "de", "es")
_MINUTES = ("минут", "minutes", "Minuten", "minutos")
_ENDINGS = {
    None: ("без срока", "without an end", "ohne Ablauf", "sin caducidad"),
    PeriodUnit.WEEK: ("на неделю", "for a week", "für eine Woche", "para una semana"),
    PeriodUnit.MONTH: ("на месяц", "for a month", "für einen Monat", "para un mes"),
}
"""period -> until when the minutes can be used, in each language."""


def _offer(
    product_id: str,
    minutes: int,
    names: tuple[str, str, str, str],
    roubles: str,
    dollars_and_euros: str,
    *,
    period: PeriodUnit | None = None,
) -> Product:
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
            language: Wording(name, f"{minutes} {unit}, {ending}")
            for language, name, unit, ending in zip(_TONGUES, names, _MINUTES, _ENDINGS[period], strict=True)
        },
        period=period,
    )


_STARTER = ("Стартовый", "Starter", "Starter", "Inicial")
_STANDARD = ("Стандартный", "Standard", "Standard", "Estándar")
_PREMIUM = ("Премиум", "Premium", "Premium", "Premium")
_PROFESSIONAL = ("Профессиональный", "Professional", "Professional", "Profesional")
_WEEKLY = ("Еженедельный", "Weekly", "Wöchentlich", "Semanal")
_MONTHLY = ("Ежемесячный", "Monthly", "Monatlich", "Mensual")

PRODUCTS = (
    _offer("starter", 100, _STARTER, "299.00", "3.99"),
    _offer("standard", 300, _STANDARD, "699.00", "7.99"),
    _offer("premium", 600, _PREMIUM, "1199.00", "13.99"),
    _offer("professional", 1200, _PROFESSIONAL, "1999.00", "22.99"),
    _offer("weekly", 60, _WEEKLY, "149.00", "1.99", period=PeriodUnit.WEEK),
    _offer("monthly", 300, _MONTHLY, "549.00", "5.99", period=PeriodUnit.MONTH),
)
"""The offers that Screph's purchase dialog shows, in its order, and two subscriptions."""
