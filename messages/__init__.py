"""Contracts: what travels on the wire, as frozen, versioned models. Strangers to the domain."""
