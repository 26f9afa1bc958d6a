"""The sandbox: a gateway for a first look and for development; no money, and none of it in production."""
