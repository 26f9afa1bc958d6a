"""The admin pages, as an operator's browser sees them."""
