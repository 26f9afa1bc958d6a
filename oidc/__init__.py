"""Asks an organisation's own provider of identities who somebody is: OpenID Connect over HTTPS."""
