"""Minutes: what a package is, what a debit takes from it, and what every second became."""
