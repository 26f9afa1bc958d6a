"""Contracts: what travels on the wire, as frozen, versioned models. This room does not import the domain."""
