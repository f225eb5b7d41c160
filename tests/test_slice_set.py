"""Sets of slices: what one may hold, its file, the plan that uses it, and the store below the workspace."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from evallib import slice_store
from evallib.core.errors import BadInput
from evallib.core.named_rules import NamedRule
from evallib.methods import METHODS
from evallib.plan import plan_from
from evallib.slice_set import SliceSet, read_slice_set, with_slices
from evallib.slice_store import SliceStore
from evallib.workspace import Workspace

MADE = SliceSet(name=" Board  review ", slices=("Age/Young:age < 30", "age > 80", "at == '12:00'", "age > 80"))


def test_a_set_is_written_as_it_is_read(tmp_path: Path) -> None:
    assert MADE.name == "Board review"
    assert MADE.slices == ("Age / Young: age < 30", "age > 80", "at == '12:00'")
    (tmp_path / "set.yaml").write_text(MADE.text())
    assert read_slice_set(tmp_path / "set.yaml") == MADE


def test_a_name_needs_no_quotes_in_yaml(tmp_path: Path) -> None:
    (tmp_path / "set.yaml").write_text(
        "name: Mine\nslices:\n- Age / Young: age < 30\n- Late: at >= '2024-01-01 12:00'\n"
    )
    assert read_slice_set(tmp_path / "set.yaml").slices == (
        "Age / Young: age < 30",
        "Late: at >= '2024-01-01 12:00'",
    )
    plan = {"data": {"path": "a.csv", "target": "y"}, "methods": {"slices": {"rules": [{"Young": "age < 30"}]}}}
    assert plan_from(plan, tmp_path, "test").params("slices").model_dump()["rules"] == ("Young: age < 30",)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[]", "set.yaml must hold the keys name and slices"),
        ("slices: []", "set.yaml: name is missing"),
        ("name: ''", "set.yaml: The set has no name"),
        (f"name: {'x' * 81}", "at most 80 characters"),
        ('name: "turned\\u202earound"', "all of which can be seen"),
        ("name: a\nrules: []", "There is no setting rules"),
        ("name: a\nversion: 2", "version is 2"),
        ("name: a\nslices: [1]", r"slices\[0\] is 1"),
        ("name: a\nslices: [{a: b, c: d}]", r"slices\[0\] is"),
        ("name: a\nslices: [{a: 1}]", r"slices\[0\] is"),
        ("name: a\nslices: ['A:']", "“A” has no rule"),
        ("name: a\nslices: ['']", "has no rule"),
        (f"name: a\nslices: ['{'x' * 2001}']", "2,001 characters; at most 2,000"),
        ('name: a\nslices: ["age >\\n3"]', "more than one line"),
        ("name: a\nslices: ['A: x > 1', 'A: x > 2']", "Two slices are called “A”"),
        (f"name: a\nslices: {[f'x > {n}' for n in range(101)]}", "101 slices; at most 100"),
        ("name: &a a\nslices: [*a]", "aliases"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_one_sentence(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "set.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=says) as error:
        read_slice_set(tmp_path / "set.yaml")
    assert "\n" not in str(error.value)
    assert str(error.value).startswith("set.yaml")


def test_a_plan_gets_the_slices_and_keeps_the_rest(tmp_path: Path) -> None:
    source = {"data": {"path": "a.csv", "target": "y"}}
    every = with_slices(plan_from(source, tmp_path, ""), MADE).methods
    assert every is not None
    assert set(every) == {key for key, method in METHODS.items() if not method.long}
    assert every["slices"] == {"rules": list(MADE.slices)}
    asked = {"performance": {}, "slices": {"rules": ["age > 80", "B: age > 1"], "bins": 3}}
    methods = with_slices(plan_from(source | {"methods": asked}, tmp_path, ""), MADE).methods
    assert methods == {
        "performance": {},
        "slices": {"rules": ["age > 80", "B: age > 1", "Age / Young: age < 30", "at == '12:00'"], "bins": 3},
    }
    clash = plan_from(source | {"methods": {"slices": {"rules": ["Age / Young: age < 1"]}}}, tmp_path, "")
    with pytest.raises(BadInput, match="Two slices are called “Age / Young”"):
        with_slices(clash, MADE)


@pytest.fixture
def store(tmp_path: Path) -> SliceStore:
    return SliceStore(Workspace(tmp_path / "home").slices)


def test_sets_are_kept_by_name_in_files_that_no_name_chooses(store: SliceStore) -> None:
    second = store.add(SliceSet(name="../../b"))
    first = store.add(SliceSet(name="A", slices=MADE.slices))
    assert [one.content.name for one in store.all()] == ["../../b", "A"]
    assert sorted(path.name for path in store.folder.iterdir()) == sorted([f"{first}.json", f"{second}.json"])
    assert stat.S_IMODE((store.folder / f"{first}.json").stat().st_mode) == 0o600
    assert SliceStore(store.folder).get(first).slices == MADE.slices
    store.change(first, lambda content: content.renamed("C"))
    assert store.get(first).name == "C"
    store.delete(second)
    assert [one.id for one in store.all()] == [first]


def test_a_workspace_has_its_own_sets_only(store: SliceStore, tmp_path: Path) -> None:
    kept = store.add(MADE)
    other = SliceStore(Workspace(tmp_path / "other").slices)
    assert other.all() == []
    with pytest.raises(BadInput, match="no longer there"):
        other.get(kept)


def test_one_name_is_one_set(store: SliceStore) -> None:
    store.add(SliceSet(name="Mine"))
    other = store.add(SliceSet(name="Other"))
    with pytest.raises(BadInput, match="There is a set “mine” already"):
        store.add(SliceSet(name="mine"))
    with pytest.raises(BadInput, match="There is a set “Mine” already"):
        store.change(other, lambda content: content.renamed("Mine"))
    store.change(other, lambda content: content.renamed("OTHER"))


@pytest.mark.parametrize("set_id", ["../runs/x", "0" * 32, "", "x" * 32])
def test_what_is_not_there_is_said(store: SliceStore, set_id: str) -> None:
    for work in (store.get, store.delete, lambda one: store.change(one, lambda content: content)):
        with pytest.raises(BadInput, match=r"no longer there|no such set"):
            work(set_id)


def test_a_damaged_file_spoils_nothing_else(store: SliceStore) -> None:
    kept = store.add(MADE)
    (store.folder / f"{'0' * 32}.json").write_text("{")
    (store.folder / f"{'1' * 32}.json").write_text('{"name": "", "slices": []}')
    assert [one.id for one in store.all()] == [kept]


def test_there_are_so_many_sets_and_no_more(store: SliceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slice_store, "MOST_SETS", 1)
    store.add(MADE)
    with pytest.raises(BadInput, match="delete one first"):
        store.add(SliceSet(name="b"))


def test_two_people_add_to_one_set_and_both_are_kept(store: SliceStore) -> None:
    kept = store.add(SliceSet(name="a"))

    def add(number: int) -> None:
        store.change(kept, lambda content: content.with_slice(NamedRule.of(f"N {number}", f"x > {number}")))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(24)))
    assert len(store.get(kept).slices) == 24
