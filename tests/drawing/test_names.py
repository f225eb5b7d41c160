"""Names where there is little room."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evallib.drawing.names import cut, short, short_names


def test_long_names_keep_both_ends() -> None:
    assert cut("short") == "short"
    assert cut("candidate forest, final version 2", 20) == "candidate…version 2"
    assert short("<b>") == "&lt;b&gt;"


@given(st.text(), st.integers(3, 50))
def test_a_cut_name_is_no_longer_than_allowed(name: str, most: int) -> None:
    assert len(cut(name, most)) <= max(most, 0)
    assert cut(name, most) == name or "…" in cut(name, most)


def test_names_that_become_the_same_are_told_apart() -> None:
    first, second = "a" * 40, "a" * 41
    assert short_names([first, second, first]) == {first: short(first), second: f"{short(first)} (2)"}


@given(st.lists(st.text(st.sampled_from("ab() 2<"), min_size=25, max_size=40), max_size=20))
def test_every_name_has_one_of_its_own(names: list[str]) -> None:
    found = short_names(names)
    assert len(set(found.values())) == len(set(names))
