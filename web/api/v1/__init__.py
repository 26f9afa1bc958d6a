"""Version 1 of the API: what programs of buyers and servers of Screph's may ask; each family of resources is a file."""
