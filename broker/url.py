"""The address of the broker, with the time-outs that money wants."""


def connection_url(url: str) -> str | list[str]:
    """
    Return the AMQP URL with the time-outs that money wants, unless it names its own.

    pika's defaults wait for ever for a blocked broker and for a confirm. Several nodes are
    separated by `;`.
    """
    urls = [_with_defaults(one.strip()) for one in url.split(";") if one.strip()]
    return urls if len(urls) > 1 else urls[0]


_DEFAULTS = {
    "heartbeat": "15",
    "blocked_connection_timeout": "30",
    "socket_timeout": "5",
    "stack_timeout": "10",
    "connection_attempts": "1",
}


def _with_defaults(url: str) -> str:
    base, _, query = url.partition("?")
    given = {part.split("=", 1)[0] for part in query.split("&") if part}
    missing = [f"{name}={value}" for name, value in _DEFAULTS.items() if name not in given]
    return base + "?" + "&".join([part for part in query.split("&") if part] + missing)
