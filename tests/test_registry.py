"""The promises that every card of the registry makes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import evallib.methods
from evallib.core.method import Method
from evallib.core.params import Params, View
from evallib.core.result import Result
from evallib.methods import METHODS

METHOD_TESTS = Path(__file__).parent / "methods"
CODE = re.compile(r"[A-Z]{3}[0-9]{3}")
FOLDERS = {path.parent.name for path in Path(evallib.methods.__path__[0]).glob("*/__init__.py")}


def test_every_folder_is_registered_under_its_own_name() -> None:
    assert {method.key for method in METHODS.values()} == FOLDERS == set(METHODS)


def test_no_code_is_used_twice() -> None:
    codes = [code for method in METHODS.values() for code in method.codes]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
class TestCard:
    def test_it_has_a_test_file(self, method: Method) -> None:
        assert (METHOD_TESTS / f"test_{method.key}.py").exists()

    def test_its_codes_look_like_codes_and_are_explained(self, method: Method) -> None:
        assert method.codes
        assert all(CODE.fullmatch(code) and meaning for code, meaning in method.codes.items())

    def test_it_asks_a_question_and_explains_itself(self, method: Method) -> None:
        assert method.question.endswith("?")
        assert len(method.help) > 300

    def test_its_knobs_have_titles_and_defaults(self, method: Method) -> None:
        assert issubclass(method.params, Params)
        for knobs in filter(None, (method.params, method.view)):
            assert knobs() is not None
            assert all(field.title and field.description for field in knobs.model_fields.values())

    def test_a_view_has_something_to_draw(self, method: Method) -> None:
        assert (method.view is None) == (method.look is None)
        assert method.view is None or issubclass(method.view, View)

    def test_every_table_about_models_starts_with_the_model(self, method: Method) -> None:
        assert issubclass(method.result, Result)
        schemas = method.result.schemas()
        assert schemas
        assert all(schema.columns[0] == "model" for schema in schemas.values() if "model" in schema.columns)
