"""The page of queries: a list of ten thousand ids is no line that anybody reads."""

from bench.queries import shortened


class TestShortened:
    def test_cuts_long_lists_of_places_and_of_values(self) -> None:
        places = ", ".join(f"%(id_{number})s" for number in range(10_000))
        values = ",".join(map(str, range(10_000)))

        assert shortened(f"WHERE id IN ({places}) LIMIT %(most)s") == (
            "WHERE id IN (%(id_0)s, %(id_1)s, …, %(id_9999)s) LIMIT %(most)s"
        )
        assert shortened(f"(id = ANY ('{{{values}}}'::bigint[]))") == "(id = ANY ('{0,1,…,9999}'::bigint[]))"

    def test_leaves_short_ones(self) -> None:
        for text in ("WHERE a = %(a)s AND b IN (%(b_1)s, %(b_2)s)", "(account = ANY ('{1,0}'::integer[]))"):
            assert shortened(text) == text
