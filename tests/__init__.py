"""The tests: the same rooms as the house, plus journeys, failures and the servers they need."""
