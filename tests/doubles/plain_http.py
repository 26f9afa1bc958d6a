"""Calls without TLS, to servers on the loopback."""

import ssl

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""
What httpx takes as `verify`; it trusts nobody.

Left out, each client reads the list of all authorities, which takes 40 ms, although no certificate is ever shown.
"""
