"""Statistics: adding to the sums, closing days, proving them."""
