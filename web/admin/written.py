"""Values of figures as people read them."""

from domain.money import Money
from web.admin.figures import Unit, Value


def write(formats: object, value: Value, unit: Unit, currency: str | None) -> str:
    """Return a value for people."""
    if value is None:
        return "not yet" if unit is Unit.HEAT else "–"
    match unit:
        case Unit.MONEY:
            return str(formats.money(Money(int(value), currency or "")))  # type: ignore[attr-defined]
        case Unit.SECONDS:
            sign = "−" if int(value) < 0 else ""
            return sign + str(formats.duration(abs(int(value))))  # type: ignore[attr-defined]
        case Unit.SHARE | Unit.HEAT:
            return f"{100 * float(value):.0f} %"
        case Unit.TEXT:
            return str(value)
        case Unit.COUNT:
            return f"{int(value):,}".replace(",", "\u202f")
