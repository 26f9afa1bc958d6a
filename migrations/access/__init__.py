"""Who runs the product: operators, how they sign in, and the log of what they did."""
