"""
Faults in the middle of a load, on servers of our own and with the product's real processes.

Each test publishes a seeded `load` with confirms, lets something die meanwhile, and then holds
what is stored against an `oracle` that knows nothing of the product's code.
"""
