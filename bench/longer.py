"""What the full mode measures besides."""

from bench.servers import Servers


def run_longer(running: Servers) -> dict[str, float]:
    """Return the further figures."""
    return {}
