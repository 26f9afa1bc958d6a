"""What the statistics need: sums by quarter of an hour and by day, and the changes that are to be counted."""
