"""Codes of problems: each refusal that a caller can get has a code of its own, and each code its words in four languages."""

import ast
from pathlib import Path

import pytest

from i18n.formats import Formats
from i18n.language import LANGUAGES
from web.api.v1.problems import KINDS, name_of_code

REPOSITORY = Path(__file__).parents[4]

OF_OPERATORS = {
    "AlreadyBlocked",
    "NotBlocked",
    "RequestOver",
    "UnknownRequest",
    "CallUnderWay",
    "CodeExists",
    "EndsInThePast",
    "ExportedBefore",
    "LettersChanged",
    "LettersInWork",
    "LastPrice",
    "NobodyMeant",
    "NotWaiting",
    "NothingToAsk",
    "PriceChanged",
    "ProductExists",
    "ProgrammeExists",
    "PromotionExists",
    "SameIdOtherCampaign",
    "SamePerson",
    "UnknownBatch",
    "UnknownCampaign",
    "UnknownPromotion",
    "UnknownThere",
    "VoidedBefore",
}
"""No operation of the API leads to these."""

OF_TRIALS = {"MethodNotSaved", "TrialUsed"}
"""Notes beside an answer, never refusals."""

NOT_ASKED = {"OtherCharge", "OtherPrice"}
"""The API says nothing of what it expects to be charged."""


def refusals() -> set[str]:
    """The code of every refusal in what decides and what applies."""
    found = set()
    for file in (file for room in ("domain", "workers") for file in (REPOSITORY / room).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal":
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    found.add(code.value)
    return found


class TestCodes:
    def test_name_every_refusal(self) -> None:
        wanted = refusals() - OF_OPERATORS - OF_TRIALS - NOT_ASKED

        assert len(wanted) > 40
        assert {code for code in wanted if name_of_code(code) == "refused"} == set()

    def test_leave_out_no_code_of_operators_that_is_gone(self) -> None:
        assert refusals() >= OF_OPERATORS | OF_TRIALS | NOT_ASKED

    @pytest.mark.parametrize(
        ("code", "name"),
        [("NoPrice", "no_price"), ("OneOfAKind", "one_of_a_kind"), ("OtherAccount", "not_found"), ("Odd", "refused")],
    )
    def test_are_written_as_names(self, code: str, name: str) -> None:
        assert name_of_code(code) == name

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_have_words_in_every_language(self, language: str) -> None:
        formats = Formats(language, None)
        said = {kind.sentence: formats.gettext(kind.sentence) for kind in KINDS.values()}

        untranslated = {sentence for sentence, words in said.items() if words == sentence}
        assert untranslated == (set(said) if language == "en" else set())
