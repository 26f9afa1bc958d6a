"""The API for engineers: each family of operations, and what holds for all of them."""
