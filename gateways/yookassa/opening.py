"""Opening: a gateway and a reader from their settings."""

from ipaddress import IPv4Network, IPv6Network, ip_network

from gateways.settings import GatewaySettings, UnableToOpen
from gateways.transport import Transport
from gateways.yookassa.adapter import YooKassaGateway
from gateways.yookassa.receipts import ReceiptRules
from gateways.yookassa.webhooks import YooKassaReader

VARIABLES: dict[str, str] = {
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

CURRENCIES = ("RUB", "EUR", "USD", "KZT", "BYN", "UAH", "UZS", "TRY", "INR", "MDL", "AZN", "AMD", "CNY")
"""What YooKassa's API can name; a shop has one of them."""

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


def open_gateway(settings: GatewaySettings) -> YooKassaGateway:
    """
    Return the gateway of one shop.

    Raises:
        UnableToOpen: a secret is missing, or a setting is none that YooKassa knows.
    """
    auth = (
        settings.wanted("SHOP_ID", VARIABLES["SHOP_ID"]),
        settings.wanted("SECRET_KEY", VARIABLES["SECRET_KEY"]),
    )
    return YooKassaGateway(
        Transport(settings.given("API_BASE", API_BASE).rstrip("/")),
        auth=auth,
        currency=_one_of(settings, "CURRENCY", "RUB", CURRENCIES),
        receipts=_receipts(settings),
    )


def open_reader(settings: GatewaySettings) -> YooKassaReader:
    """
    Return the reader of YooKassa's notifications; it needs no secret.

    Raises:
        UnableToOpen: a network is none.
    """
    return YooKassaReader([_network(settings, text) for text in settings.listed("NETWORKS") or NETWORKS])


def _receipts(settings: GatewaySettings) -> ReceiptRules | None:
    if _one_of(settings, "RECEIPTS", "none", ("none", "yookassa")) == "none":
        return None
    settings.wanted("VAT_CODE", VARIABLES["VAT_CODE"])
    return ReceiptRules(
        vat_code=_code(settings, "VAT_CODE", most=12),
        payment_subject=settings.given("PAYMENT_SUBJECT", "service"),
        payment_mode=settings.given("PAYMENT_MODE", "full_payment"),
        measure=settings.given("MEASURE", "piece"),
        tax_system_code=_code(settings, "TAX_SYSTEM_CODE", most=6) if settings.given("TAX_SYSTEM_CODE", "") else None,
    )


def _one_of(settings: GatewaySettings, name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = settings.given(name, default)
    if value not in allowed:
        raise UnableToOpen(f"{settings.prefix}{name} is {value!r}; one of {', '.join(allowed)} is wanted")
    return value


def _code(settings: GatewaySettings, name: str, *, most: int) -> int:
    code = settings.whole(name, 0)
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
