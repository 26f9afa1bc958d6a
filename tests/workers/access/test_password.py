"""What is stored of an operator's password: slow to guess, and made again when it was made with less."""

import argon2

from workers.access.factor import hash_password, is_password, wants_new_hash

PASSWORD = "four words nobody expects together"


class TestAHash:
    def test_costs_whoever_guesses_time_and_memory(self) -> None:
        parameters = argon2.extract_parameters(hash_password(PASSWORD))

        assert parameters.type is argon2.Type.ID
        assert parameters.memory_cost >= 64 * 1024
        assert parameters.time_cost >= 3

    def test_is_of_that_password_alone(self) -> None:
        password_hash = hash_password(PASSWORD)

        assert is_password(password_hash, PASSWORD)
        assert not is_password(password_hash, PASSWORD + " ")
        assert not is_password(None, PASSWORD)

    def test_that_was_made_with_less_counts_and_is_to_be_made_again(self) -> None:
        weak = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)

        assert is_password(weak, PASSWORD)
        assert wants_new_hash(weak)
        assert not wants_new_hash(hash_password(PASSWORD))
