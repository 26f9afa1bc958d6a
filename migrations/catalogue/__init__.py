"""What is on offer: how its prices have changed."""
