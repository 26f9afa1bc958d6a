"""The endpoint of Prometheus in each process of an installation, where METRICS_PORT asks for one."""

from asgi.metrics import serve_metrics
from asgi.serving import UnableToListen
from boot.settings import Settings, UnableToStart


def serve_own_metrics(settings: Settings, *, otherwise: int | None = None) -> int | None:
    """
    Serve what this process counts, if the settings name a port.

    Args:
        settings: of this process.
        otherwise: the port where they name none; None: nothing is served then.

    Returns:
        The port.

    Raises:
        UnableToStart: the address cannot be listened at.
    """
    port = otherwise if settings.metrics_port is None else settings.metrics_port
    if port is None:
        return None
    try:
        return serve_metrics(host=settings.metrics_host, port=port)
    except UnableToListen as error:
        raise UnableToStart(f"{error}; METRICS_PORT names another port") from error
