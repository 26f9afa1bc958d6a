"""
A Django project's database, as the old backend has it: `python -m tests.doubles.old_backend.project ENGINE NAME COUNT`.

ENGINE is `sqlite3` or `postgresql`, NAME a file or a URL. COUNT 0 makes the people of the tests; any other number so many
users with a token, a purchase and something left of it.
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
BOUGHT_AT = datetime(2025, 3, 1, 12, tzinfo=UTC)


def configure(engine: str, name: str) -> None:
    """Set Django up for one database."""
    database: dict[str, Any] = {"ENGINE": f"django.db.backends.{engine}", "NAME": name}
    if engine == "postgresql":
        url = urlsplit(name)
        database |= {"NAME": url.path[1:], "USER": url.username, "PASSWORD": url.password or ""}
        database |= {"HOST": url.hostname, "PORT": url.port}
    settings.configure(
        DATABASES={"default": database},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework.authtoken"],
        USE_TZ=True,
        SECRET_KEY="of the tests",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()


def make_models() -> tuple[Any, Any, Any]:
    """Return the models of offers, packages and transactions, whose tables Django names and makes."""
    from django.contrib.auth.models import User
    from django.db import connection, models

    class MinutePackage(models.Model):
        name = models.CharField(max_length=100, unique=True)
        description = models.TextField(blank=True)
        minutes_amount = models.IntegerField()
        price = models.DecimalField(max_digits=10, decimal_places=2)
        is_active = models.BooleanField(default=True)

        class Meta:
            app_label = "minute_package_management"

    class UserPackage(models.Model):
        user = models.ForeignKey(User, on_delete=models.CASCADE)
        package = models.ForeignKey(MinutePackage, on_delete=models.PROTECT)
        purchase_date = models.DateTimeField(default=BOUGHT_AT)
        minutes_remaining = models.IntegerField()
        is_active = models.BooleanField(default=True)

        class Meta:
            app_label = "minute_package_management"

    class PaymentTransaction(models.Model):
        user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
        package_purchased = models.ForeignKey(MinutePackage, null=True, on_delete=models.SET_NULL)
        user_package_created = models.OneToOneField(UserPackage, null=True, on_delete=models.SET_NULL)
        transaction_id_gateway = models.CharField(max_length=255, unique=True)
        payment_system = models.CharField(max_length=50)
        amount = models.DecimalField(max_digits=10, decimal_places=2)
        currency = models.CharField(max_length=3, default="RUB")
        status = models.CharField(max_length=20)
        created_at = models.DateTimeField(default=BOUGHT_AT)
        updated_at = models.DateTimeField(default=BOUGHT_AT)
        raw_response_gateway = models.JSONField(null=True)

        class Meta:
            app_label = "payment_gateway_integration"

    with connection.schema_editor() as editor:
        for model in (MinutePackage, UserPackage, PaymentTransaction):
            editor.create_model(model)
    return MinutePackage, UserPackage, PaymentTransaction


def fill_for_tests(offers: Any, packages: Any, payments: Any) -> None:
    """Make a few people, with everything that can be odd about them."""
    from django.contrib.auth.models import User
    from rest_framework.authtoken.models import Token

    starter = offers.objects.create(
        id=11, name="Стартовый", description="100 минут", minutes_amount=100, price="299.00"
    )
    standard = offers.objects.create(id=12, name="Стандартный", minutes_amount=300, price="699.00", is_active=False)
    offers.objects.create(id=13, name="Пустой", minutes_amount=0, price="1.00")
    names = ("anna", "boris", "vera", "gleb", "dina", "egor", "zoya")
    mails = {"anna": "anna@example.org", "vera": "not an address"}
    people = {name: User.objects.create(username=name, email=mails.get(name, "")) for name in names}
    User.objects.filter(username="gleb").update(is_active=False)
    for number, name in enumerate(("anna", "boris", "gleb"), 10):
        Token.objects.create(user=people[name], key=f"{number:040x}")
    # Django writes moments of whole seconds without a fraction, and others with one.
    Token.objects.update(created=BOUGHT_AT)

    def pay(name: str | None, offer: Any, ref: str, status: str = "completed", days: int = 0, **more: Any) -> None:
        payments.objects.create(
            user=people.get(name or ""),
            package_purchased=offer,
            transaction_id_gateway=ref,
            payment_system="yookassa",
            amount=Decimal("0.10") if offer is None else offer.price,
            status=status,
            created_at=BOUGHT_AT + timedelta(days=days),
            raw_response_gateway={"paid": True},
            **more,
        )

    def own(name: str, offer: Any, minutes: int, **more: Any) -> Any:
        return packages.objects.create(user=people[name], package=offer, minutes_remaining=minutes, **more)

    pay("anna", starter, "a-1", user_package_created=own("anna", starter, 40))
    pay("boris", standard, "b-1", user_package_created=own("boris", standard, 350))
    pay("boris", standard, "b-2", days=10)
    own("vera", starter, 25)
    own("gleb", starter, 10)
    pay("dina", starter, "d-1", user_package_created=own("dina", starter, 0))
    for status in ("pending", "failed", "refunded"):
        pay("egor", starter, f"e-{status}", status)
    own("zoya", starter, 15, is_active=False)
    own("zoya", standard, -5)
    pay(None, starter, "nobody")
    pay("egor", None, "nothing")


def fill_with(count: int, offers: Any, packages: Any, payments: Any) -> None:
    """Make many users, each with a token, a purchase and something left of it."""
    from django.contrib.auth.models import User
    from rest_framework.authtoken.models import Token

    offer = offers.objects.create(id=1, name="Стартовый", minutes_amount=100, price="299.00")
    people = [
        User(id=number, username=f"user{number}", email=f"u{number}@example.org") for number in range(1, count + 1)
    ]
    User.objects.bulk_create(people, batch_size=5_000)
    Token.objects.bulk_create((Token(user=one, key=f"{one.id:040x}") for one in people), batch_size=5_000)
    owned = [packages(id=one.id, user=one, package=offer, minutes_remaining=one.id % 101) for one in people]
    packages.objects.bulk_create(owned, batch_size=5_000)
    paid = (
        payments(
            user_id=one.user_id,
            package_purchased=offer,
            user_package_created=one,
            transaction_id_gateway=f"ref-{one.id}",
            payment_system="yookassa",
            amount=offer.price,
            status="completed",
        )
        for one in owned
    )
    payments.objects.bulk_create(paid, batch_size=5_000)


def main() -> None:
    """Make the database."""
    engine, name, count = sys.argv[1:]
    configure(engine, name)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    models = make_models()
    if int(count):
        fill_with(int(count), *models)
    else:
        fill_for_tests(*models)


if __name__ == "__main__":
    main()
