"""`billing demo`: a file for each chapter of the story."""
