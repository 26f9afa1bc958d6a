"""Reading a body up to a limit."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from asgi.body import DRAIN_BYTES, BodyTooLarge, read_capped


class TestReading:
    @pytest.mark.parametrize("declared", [None, "10", "3", "nonsense"])
    def test_up_to_the_limit(self, declared: str | None) -> None:
        assert _read([b"01234", b"", b"56789"], declared=declared) == b"0123456789"

    @pytest.mark.parametrize("chunks", [[b"01234567890"], [b"0123456789", b"0"], [b"0"] * 11])
    def test_one_byte_more_is_too_large(self, chunks: list[bytes]) -> None:
        with pytest.raises(BodyTooLarge):
            _read(chunks)

    def test_a_declared_length_is_enough_to_refuse(self) -> None:
        with pytest.raises(BodyTooLarge):
            _read([b"0"], declared="11")

    def test_an_endless_body_is_not_read_for_ever(self) -> None:
        received = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal received
            while True:
                received += 65_536
                yield b"0" * 65_536

        with pytest.raises(BodyTooLarge):
            asyncio.run(read_capped(endless(), declared=None, max_bytes=10))
        assert received <= DRAIN_BYTES + 2 * 65_536


def _read(chunks: list[bytes], *, declared: str | None = None) -> bytes:
    async def arriving() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return asyncio.run(read_capped(arriving(), declared=declared, max_bytes=10))
