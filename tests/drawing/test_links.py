"""Where points of charts lead."""

from hypothesis import given
from hypothesis import strategies as st

from evallib.drawing.links import settings_of, to_rows

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(texts, texts, texts)
def test_settings_come_out_as_they_went_in(model, truth, predicted):
    settings = {"model": model, "truth": truth, "predicted": predicted}
    assert settings_of(to_rows(**settings)) == settings


def test_a_rule_is_no_settings():
    assert settings_of("age < 30 and job == '?'") is None
    assert settings_of("") is None
