"""One contract for every gateway: what the port promises, whoever keeps it."""
