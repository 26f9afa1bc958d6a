"""The address of the broker: read before anything connects, so that a typing error is one sentence."""

import pika

from broker.url import connection_url

SCHEMES = ("amqp://", "amqps://")


class WrongAddress(ValueError):
    """An address that no broker can have; the text says which part is wrong, without the password."""


def check_address(url: str) -> None:
    """
    Check the address of a broker, or of several nodes separated by `;`.

    Raises:
        WrongAddress: one of them cannot be read.
    """
    if not [one for one in url.split(";") if one.strip()]:
        raise WrongAddress(f"no address, but one such as {_EXAMPLE} is wanted")
    urls = connection_url(url)
    for number, one in enumerate([urls] if isinstance(urls, str) else urls, 1):
        if not one.startswith(SCHEMES):
            raise WrongAddress(f"address {number} does not begin with amqp:// or amqps://, as {_EXAMPLE} does")
        try:
            pika.URLParameters(one)
        except (ValueError, TypeError, SyntaxError) as error:
            raise WrongAddress(f"address {number} cannot be read: {error}; one such as {_EXAMPLE} is wanted") from error


_EXAMPLE = "amqp://user:password@host:5672/%2F"
