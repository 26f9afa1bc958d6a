"""Gateway: the port to payment gateways and the words that both sides of it share."""
