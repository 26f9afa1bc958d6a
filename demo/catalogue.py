"""What is on offer in a demonstration: Screph's four packages, with prices of their own in each currency."""

from domain.catalogue.product import Product, ProductKind, Wording
from domain.money import money_of


def _offer(product_id: str, minutes: int, names: tuple[str, str], roubles: str, dollars_and_euros: str) -> Product:
    russian, english = names
    return Product(
        product_id,
        ProductKind.ONE_OFF,
        minutes * 60,
        valid_days=None,
        prices={
            "RUB": money_of(roubles, "RUB"),
            "USD": money_of(dollars_and_euros, "USD"),
            "EUR": money_of(dollars_and_euros, "EUR"),
        },
        wordings={
            "ru": Wording(russian, f"{minutes} минут, без срока"),
            "en": Wording(english, f"{minutes} minutes, without an end"),
        },
    )


PRODUCTS = (
    _offer("starter", 100, ("Стартовый", "Starter"), "299.00", "3.99"),
    _offer("standard", 300, ("Стандартный", "Standard"), "699.00", "7.99"),
    _offer("premium", 600, ("Премиум", "Premium"), "1199.00", "13.99"),
    _offer("professional", 1200, ("Профессиональный", "Professional"), "1999.00", "22.99"),
)
"""The offers that Screph's purchase dialog shows, in its order."""
