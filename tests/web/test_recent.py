"""What is remembered of tokens, for how long, and of how many."""

from domain.access.scope import TokenKind
from store.access.read import BearerToken
from web.api.token_cache import TokenCache

TOKEN = BearerToken(1, TokenKind.USER, frozenset(), "anna", None, None, None, None)


class TestTokenCache:
    def test_forgets_after_some_seconds_from_the_beginning_of_the_look_up(self) -> None:
        moments = iter([10.0, 14.9, 15.0, 14.0])
        cache = TokenCache(clock=lambda: next(moments))

        cache.put(b"one", TOKEN, since=cache.now())

        assert [cache.get(b"one") for _ in range(2)] == [TOKEN, None]
        assert cache.get(b"one") is None

    def test_forgets_the_oldest_beyond_its_size(self) -> None:
        cache = TokenCache(tokens=2, clock=lambda: 0.0)

        for name in (b"one", b"two", b"one", b"three"):
            cache.put(name, TOKEN, since=0.0)

        assert [cache.get(name) for name in (b"one", b"two", b"three")] == [TOKEN, None, TOKEN]
