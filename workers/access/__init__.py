"""Applied: accounts and who may see them."""
