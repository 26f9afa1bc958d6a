"""Delivers: notices become mails and web pushes, and go to the servers that carry them."""
