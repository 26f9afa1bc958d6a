"""The sandbox's server: an API, a payment page and webhooks, as a gateway has them; no money moves."""

from gateways.sandbox.server.serving import serve_in_thread

__all__ = ["serve_in_thread"]
