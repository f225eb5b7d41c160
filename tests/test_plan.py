from pathlib import Path

import pytest

from evallib.core.errors import BadInput
from evallib.core.evaluation_set import Role
from evallib.data import DataSource, System
from evallib.plan import EvaluationPlan, plan_from, plan_text, read_plan, write_plan

FULL = EvaluationPlan(
    name="Löhne: 2026",
    data=DataSource(
        path=Path("/srv/data/rows.csv"),
        target="income",
        task="binary",
        positive=">50K",
        weight="w",
        time="day",
        id="row",
        group="person",
        sensitive=("sex", "age"),
        exclude=("later",),
        training=Path("/srv/data/train.csv"),
    ),
    systems=(
        System(name="a", model=Path("/srv/models/a.skops"), classes=("<=50K", ">50K")),
        System(name="b", role=Role.HUMAN, label="said"),
        System(name="c", role=Role.EXISTING, probability=("p",)),
        System(name="d", role=Role.BASELINE, probability=("p0", "p1")),
    ),
    methods={"reliability": {"bins": 10}},
    where="age < 30",
    seed=7,
)


def test_a_plan_survives_the_file(tmp_path):
    path = tmp_path / "evaluation.yaml"
    write_plan(FULL, path)
    assert read_plan(path) == FULL


def test_the_file_reads_well():
    assert plan_text(FULL, Path("/srv/runs")) == (
        "# Evaluate again with: python -m evallib run evaluation.yaml --out DIR\n"
        "version: 1\n"
        "name: 'Löhne: 2026'\n"
        "data:\n"
        "  path: ../data/rows.csv\n"
        "  target: income\n"
        "  task: binary\n"
        "  positive: '>50K'\n"
        "  weight: w\n"
        "  time: day\n"
        "  id: row\n"
        "  group: person\n"
        "  sensitive: [sex, age]\n"
        "  exclude: [later]\n"
        "  training: ../data/train.csv\n"
        "systems:\n"
        "- name: a\n"
        "  role: candidate\n"
        "  model: ../models/a.skops\n"
        "  classes: [<=50K, '>50K']\n"
        "- name: b\n"
        "  role: human\n"
        "  label: said\n"
        "- name: c\n"
        "  role: existing\n"
        "  probability: p\n"
        "- name: d\n"
        "  role: baseline\n"
        "  probability: [p0, p1]\n"
        "methods:\n"
        "  reliability:\n"
        "    bins: 10\n"
        "where: age < 30\n"
        "seed: 7\n"
    )


def test_paths_are_relative_to_the_file(tmp_path):
    (tmp_path / "sub").mkdir()
    path = tmp_path / "sub" / "evaluation.yaml"
    path.write_text("data: {path: ../rows.csv, target: y}\nsystems: [{name: m, model: m.skops}]")
    plan = read_plan(path)
    assert plan.data.path == tmp_path / "rows.csv"
    assert plan.systems[0].model == tmp_path / "sub" / "m.skops"
    assert plan.title == "rows"


def test_a_path_with_nothing_in_common_stays_absolute():
    text = plan_text(FULL, Path("/elsewhere/run"))
    assert "path: /srv/data/rows.csv" in text


def test_a_moved_folder_takes_its_files_along(tmp_path):
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    plan = plan_from({"data": {"path": "rows.csv", "target": "y"}}, before, "")
    write_plan(plan, before / "evaluation.yaml")
    before.rename(after)
    assert read_plan(after / "evaluation.yaml").data.path == after / "rows.csv"


@pytest.mark.parametrize("methods", ["[reliability]", "{reliability: }", "{reliability: {}}"])
def test_methods_may_be_listed_by_key(tmp_path, methods):
    path = tmp_path / "evaluation.yaml"
    path.write_text(f"data: {{path: a.csv, target: y}}\nmethods: {methods}")
    assert read_plan(path).methods == {"reliability": {}}


def test_yaml_values_are_class_names(tmp_path):
    path = tmp_path / "evaluation.yaml"
    path.write_text("data: {path: a.csv, target: y, positive: 1}")
    assert read_plan(path).data.positive == "1"


BAD = {
    "empty": ("", "must hold keys"),
    "a list": ("- a", "must hold keys"),
    "no yaml": ("data: [", "not valid YAML: line 1"),
    "a tab": ("data:\n\tpath: a", "not valid YAML: line 2"),
    "no data": ("name: x", "data is missing"),
    "no target": ("data: {path: a.csv}", r"data\.target is missing"),
    "unknown key": ("data: {path: a, target: y}\ncolour: red", "There is no setting colour; there are version, name"),
    "misspelt": ("data: {path: a, target: y, wieght: w}", r"There is no setting data\.wieght; did you mean weight"),
    "misspelt role": ("data: {path: a, target: y}\nsystems: [{name: a, label: b, rol: human}]", "did you mean role"),
    "wrong type": ("data: {path: a, target: [y]}", r"data\.target is \['y'\]; it should be a valid string"),
    "wrong role": (
        "data: {path: a, target: y}\nsystems: [{name: a, label: b, role: boss}]",
        r"systems\[0\]\.role is 'boss'",
    ),
    "two sources": (
        "data: {path: a, target: y}\nsystems: [{name: a, label: b, model: c}]",
        "a needs exactly one of model, label, probability and endpoint",
    ),
    "same name": (
        "data: {path: a, target: y}\nsystems: [{name: a, label: b}, {name: a, label: c}]",
        "Two systems are named 'a'",
    ),
    "unknown method": (
        "data: {path: a, target: y}\nmethods: [relability]",
        "no method 'relability'; did you mean reliability",
    ),
    "unknown parameter": (
        "data: {path: a, target: y}\nmethods: {reliability: {bin: 3}}",
        r"no setting methods\.reliability\.bin; did you mean bins",
    ),
    "wrong parameter": (
        "data: {path: a, target: y}\nmethods: {reliability: {bins: 0}}",
        r"methods\.reliability\.bins is 0; it should be greater",
    ),
    "negative seed": ("data: {path: a, target: y}\nseed: -1", "seed is -1"),
    "later version": ("version: 2\ndata: {path: a, target: y}", "version is 2"),
    "key twice": ("data: {path: a, target: y}\nname: a\nname: b", "a key is given twice"),
    "aliases": ("a: &a [x, x]\nb: [*a, *a]", "aliases"),
    "number without end": (f"seed: {'9' * 5000}", "cannot be read"),
    "date that is none": ("name: 2024-99-99", "cannot be read"),
    "deep": ("[" * 3000, "cannot be read"),
    "list as a method": ("data: {path: a, target: y}\nmethods: [[]]", "There is no method"),
    "python": ("data: !!python/object/apply:os.system ['true']", "not valid YAML"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path, case):
    text, said = BAD[case]
    path = tmp_path / "evaluation.yaml"
    path.write_text(text)
    with pytest.raises(BadInput, match=said) as error:
        read_plan(path)
    assert str(error.value).startswith("evaluation.yaml")
    assert "\n" not in str(error.value)
    assert str(error.value).endswith((".", "?"))


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(BadInput, match=r"none\.yaml cannot be read: No such file"):
        read_plan(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes("name: Löhne".encode("latin-1"))
    with pytest.raises(BadInput, match="UTF-8"):
        read_plan(tmp_path / "latin.yaml")
    with pytest.raises(BadInput, match=r"^mine\.yaml is no text"):
        read_plan(tmp_path / "latin.yaml", "mine.yaml")
    (tmp_path / "large.yaml").write_text("# " + "x" * 1_000_000)
    with pytest.raises(BadInput, match="larger than"):
        read_plan(tmp_path / "large.yaml")
