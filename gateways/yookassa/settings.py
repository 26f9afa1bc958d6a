"""YooKassa's variables."""

from ipaddress import IPv4Network, IPv6Network, ip_network

from yookassa.domain.models.currency import Currency
from yookassa.domain.models.receipt_data.receipt_item import PaymentMode, PaymentSubject, ReceiptItemMeasure

from gateways.settings import GatewaySettings, UnableToOpen
from gateways.yookassa.receipts import ReceiptRules

IS_FOR_DEVELOPMENT = False

VARIABLES = {
    "SHOP_ID": "the shop's id, a number, from YooKassa's dashboard",
    "SECRET_KEY": "the shop's secret key, from the dashboard, Integration, API keys",
    "API_BASE": "where the API is; https://api.yookassa.ru/v3 unless set",
    "CURRENCY": "the one currency that the shop takes; RUB unless set",
    "NETWORKS": "networks that notifications come from, separated by commas; those that YooKassa publishes unless set",
    "RECEIPTS": "none, or yookassa if receipts of 54-FZ are made through YooKassa; none unless set",
    "VAT_CODE": "the receipts' VAT code, 1 to 12 (1: without VAT); wanted with receipts",
    "PAYMENT_SUBJECT": "the receipts' subject; service unless set",
    "PAYMENT_MODE": "the receipts' mode, such as full_payment or full_prepayment; full_payment unless set",
    "MEASURE": "the receipts' unit; piece unless set",
    "TAX_SYSTEM_CODE": "the receipts' tax system, 1 to 6; left out unless set",
}

API_BASE = "https://api.yookassa.ru/v3"


def _constants(group: type) -> tuple[str, ...]:
    """Return the values that a class of the SDK lists."""
    return tuple(value for name, value in vars(group).items() if name.isupper())


CURRENCIES = _constants(Currency)
"""What YooKassa's API can name; a shop has one of them."""

PAYMENT_SUBJECTS, PAYMENT_MODES, MEASURES = map(_constants, (PaymentSubject, PaymentMode, ReceiptItemMeasure))
"""What a receipt may say that was paid for, how, and by which unit."""

NETWORKS = (
    "185.71.76.0/27",
    "185.71.77.0/27",
    "77.75.153.0/25",
    "77.75.154.128/25",
    "77.75.156.11/32",
    "77.75.156.35/32",
    "2a02:5180::/32",
)
"""Where notifications come from, as YooKassa publishes it."""


def credentials(settings: GatewaySettings) -> tuple[str, str]:
    """
    Return the shop's id and its secret key.

    Raises:
        UnableToOpen: one of them is missing, or the id is not a number.
    """
    shop_id = settings.required("SHOP_ID", VARIABLES["SHOP_ID"])
    if not (shop_id.isascii() and shop_id.isdecimal()):
        raise UnableToOpen(f"{settings.prefix}SHOP_ID is {shop_id!r}; it is {VARIABLES['SHOP_ID']}")
    return shop_id, settings.required("SECRET_KEY", VARIABLES["SECRET_KEY"])


def api_base(settings: GatewaySettings) -> str:
    """
    Return where the API is, without a slash at its end.

    Raises:
        UnableToOpen: the address would carry the secret key unencrypted.
    """
    return settings.address("API_BASE", API_BASE)


def currency(settings: GatewaySettings) -> str:
    """
    Return the shop's one currency.

    Raises:
        UnableToOpen: YooKassa does not have it.
    """
    return settings.one_of("CURRENCY", "RUB", CURRENCIES)


def networks(settings: GatewaySettings) -> tuple[IPv4Network | IPv6Network, ...]:
    """
    Return where notifications come from.

    Raises:
        UnableToOpen: one of the networks is malformed.
    """
    return tuple(_network(settings, text) for text in settings.listed("NETWORKS") or NETWORKS)


def receipt_rules(settings: GatewaySettings) -> ReceiptRules | None:
    """
    Return what receipts say, or None where YooKassa makes none for the shop.

    Raises:
        UnableToOpen: a code of the receipts is missing or wrong.
    """
    if settings.one_of("RECEIPTS", "none", ("none", "yookassa")) == "none":
        return None
    settings.required("VAT_CODE", VARIABLES["VAT_CODE"])
    has_tax_system = bool(settings.optional("TAX_SYSTEM_CODE", ""))
    return ReceiptRules(
        vat_code=_code(settings, "VAT_CODE", most=12),
        payment_subject=settings.one_of("PAYMENT_SUBJECT", "service", PAYMENT_SUBJECTS),
        payment_mode=settings.one_of("PAYMENT_MODE", "full_payment", PAYMENT_MODES),
        measure=settings.one_of("MEASURE", "piece", MEASURES),
        tax_system_code=_code(settings, "TAX_SYSTEM_CODE", most=6) if has_tax_system else None,
    )


def _code(settings: GatewaySettings, name: str, *, most: int) -> int:
    code = settings.whole_number(name, 0)
    if not 1 <= code <= most:
        raise UnableToOpen(f"{settings.prefix}{name} is {code}; a code from 1 to {most} is wanted")
    return code


def _network(settings: GatewaySettings, text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise UnableToOpen(
            f"{settings.prefix}NETWORKS has {text!r}; a network such as 185.71.76.0/27 or an address is wanted"
        ) from error
