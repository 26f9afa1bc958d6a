"""Second chapter: a package is bought, its webhook comes three times, and a part of the money goes back."""

from boot.wiring import Wiring
from cli.commands.ledger_tables import print_packages
from cli.output import length, out
from demo.days import Days
from demo.people import BUYER
from demo.shop import COPIES, Shop
from domain.ids import package_id_of_order
from domain.money import Money
from store.minutes.read import account_packages
from store.reading import reading

PRODUCT = "standard"
BACK_MINOR = 20_000


def buy(wiring: Wiring, days: Days, shop: Shop) -> None:
    """Buy a package in the sandbox, hear of it several times, and give a part of the money back."""
    account_id = BUYER.account_id
    answer = shop.buy(account_id, PRODUCT)
    order_id = answer["order_id"]
    shop.pay(answer["url"])
    shop.wait_until_paid(order_id)
    days.settle()
    refund = shop.refund(account_id, order_id, BACK_MINOR)
    days.settle()
    with reading(wiring.engine) as session:
        packages = account_packages(session, account_id).packages
    bought = [one for one in packages if one.id == package_id_of_order(order_id)]
    price, back = Money(answer["amount_minor"], "RUB"), Money(refund["amount_minor"], "RUB")
    out.print(
        f"{account_id} buys [bold]{PRODUCT}[/] for {price} through the sandbox; its webhook comes {COPIES}\n"
        f"times and grants {len(packages)} package; then {back} go back, and "
        f"{length(refund['void_seconds'])} with them\n"
    )
    print_packages(f"The package that {account_id} has bought", bought)
    out.print()
