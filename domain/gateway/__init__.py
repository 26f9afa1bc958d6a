"""The port to payment gateways, and the words that we and the gateways share."""
