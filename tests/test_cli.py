from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import joblib
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from evallib.__main__ import main
from evallib.methods import METHODS
from evallib.models import drop_workers
from evallib.runs import Run

EXAMPLES = Path(__file__).parents[1] / "examples"
ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": "error"}


@pytest.fixture(autouse=True)
def as_it_was():
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)
    drop_workers()


@pytest.fixture
def evallib(monkeypatch, capsys):
    """Runs the command line in this process; its exit code, and what it wrote to stdout and stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["evallib", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        written = capsys.readouterr()
        return ended.value.code or 0, written.out, written.err

    return run


def check_folder(out: Path) -> dict:
    """What every finished folder of results holds; the content of run.json."""
    text = (out / "run.json").read_text()
    assert "NaN" not in text
    assert "Infinity" not in text
    content = json.loads(text)
    assert content["state"] == "done"
    assert content["plan"]
    assert content["fingerprints"].keys() == {"data", "evaluation_set"}
    assert content["methods"].keys() == METHODS.keys()
    for key, method in content["methods"].items():
        assert method["outcome"] in {"issue", "tip", "passed", "not applicable", "skipped"}
        assert method["error_id"] is None, method["reason"]
        tables = sorted(path.name for path in (out / "tables").glob(f"{key}.*.parquet"))
        assert bool(tables) == (method["basis"] is not None)
        if tables:
            assert tables == sorted(f"{key}.{name}.parquet" for name in METHODS[key].result.schemas())
    for path in (out / "tables").glob("*.parquet"):
        assert pq.read_table(path).num_columns > 0
    return content


@pytest.mark.parametrize("example", ["berkeley_admissions", "kidney_stones"])
def test_an_example_from_its_evaluation_yaml(evallib, tmp_path, example):
    code, out, err = evallib("run", EXAMPLES / example / "evaluation.yaml", "--out", tmp_path / "out")
    assert (code, err) == (0, "")
    content = check_folder(tmp_path / "out")
    assert content["rows"] == {"berkeley_admissions": 4526, "kidney_stones": 700}[example]
    assert content["plan"]["name"] in out
    code, *_ = evallib("run", tmp_path / "out" / "evaluation.yaml", "--out", tmp_path / "again")
    assert code == 0
    again = check_folder(tmp_path / "again")
    assert again["fingerprints"] == content["fingerprints"]


def test_models_and_columns_from_flags(evallib, tmp_path):
    table = load_breast_cancer(as_frame=True).frame
    features = table.drop(columns="target")
    joblib.dump(
        make_pipeline(StandardScaler(), LogisticRegression()).fit(features, table["target"]), tmp_path / "m.joblib"
    )
    table["doctor"] = (table["mean area"] < 700).astype(int)
    table["score"] = 1 - table["mean area"] / table["mean area"].max()
    table.to_csv(tmp_path / "cancer.csv", index=False)
    flags = ["--data", tmp_path / "cancer.csv", "--target", "target", "--positive", "0", "--out", tmp_path / "out"]
    systems = ["--model", f"new={tmp_path / 'm.joblib'}", "--labels", "doctor=doctor", "--probability", "vendor=score"]
    roles = ["--role", "doctor=human", "--role", "vendor=existing"]
    code, _, err = evallib("run", *flags, *systems, *roles, "--name", "Cancer", "--seed", 3, "--exclude", "mean radius")
    assert code == 2  # the model was trained on the column that no model may see
    assert err.startswith('Error: new needs "mean radius", set as no feature')
    code, _, err = evallib("run", *flags, *systems, *roles, "--name", "Cancer", "--seed", 3)
    assert (code, err) == (0, "")
    content = check_folder(tmp_path / "out")
    assert {s["name"]: s["role"] for s in content["systems"]} == {
        "new": "candidate",
        "doctor": "human",
        "vendor": "existing",
    }
    assert (content["positive"], content["seed"], content["plan"]["name"]) == ("0", 3, "Cancer")
    assert (tmp_path / "out" / "evaluation.yaml").read_text().count("../") == 2


def test_several_classes_and_numbers(evallib, tmp_path):
    iris = load_iris(as_frame=True).frame
    iris.assign(p0=0.2, p1=0.3, p2=0.5).to_parquet(tmp_path / "iris.parquet")
    flags = ["--data", tmp_path / "iris.parquet", "--target", "target", "--out", tmp_path / "iris"]
    code, _, err = evallib("run", *flags, "--probability", "same=p0,p1,p2")
    assert (code, err) == (0, "")
    assert check_folder(tmp_path / "iris")["classes"] == ["0", "1", "2"]
    diabetes = load_diabetes(as_frame=True).frame
    model = LinearRegression().fit(diabetes.drop(columns="target"), diabetes["target"])
    joblib.dump(model, tmp_path / "line.pkl")
    diabetes.to_csv(tmp_path / "diabetes.tsv", sep="\t", index=False)
    flags = ["--data", tmp_path / "diabetes.tsv", "--target", "target", "--out", tmp_path / "diabetes"]
    code, _, err = evallib("run", *flags, "--model", f"line={tmp_path / 'line.pkl'}")
    assert (code, err) == (0, "")
    assert check_folder(tmp_path / "diabetes")["task"] == "regression"


def test_the_classes_of_a_model_that_knows_codes(evallib, tmp_path):
    table = load_breast_cancer(as_frame=True).frame.iloc[:, [0, 1, 30]]
    model = LogisticRegression().fit(table.iloc[:, :2], table["target"])
    joblib.dump(model, tmp_path / "m.joblib")
    table.assign(target=table["target"].map({0: "sick", 1: "benign"})).to_csv(tmp_path / "cancer.csv", index=False)
    flags = ["--data", tmp_path / "cancer.csv", "--target", "target", "--model", f"m={tmp_path / 'm.joblib'}"]
    accuracy = {}
    for name, said in {"encoder": [], "said": ["--classes", "m=sick,benign"]}.items():
        code, _, err = evallib("run", *flags, *said, "--method", "performance", "--out", tmp_path / name)
        assert (code, err) == (0, "")
        content = json.loads((tmp_path / name / "run.json").read_text())
        scores = pd.read_parquet(tmp_path / name / "tables" / "performance.metrics.parquet")
        accuracy[name] = scores.loc[scores["metric"] == "accuracy", "value"].iloc[0]
        order = "0 = benign, 1 = sick: the order" if name == "encoder" else "0 = sick, 1 = benign, as its setting"
        assert any(order in warning for warning in content["warnings"])
    assert accuracy["said"] == pytest.approx(1 - accuracy["encoder"])
    assert accuracy["said"] > 0.8


def test_only_the_methods_that_were_asked_for(evallib, tmp_path):
    plan = EXAMPLES / "kidney_stones" / "evaluation.yaml"
    code, *_ = evallib("run", plan, "--method", "reliability", "--out", tmp_path / "out")
    assert code == 0
    assert json.loads((tmp_path / "out" / "run.json").read_text())["methods"].keys() == {"reliability"}


def test_settings_of_methods(evallib, tmp_path):
    plan = EXAMPLES / "kidney_stones" / "evaluation.yaml"
    said = ["--set", "finder.metric=recall", "--set", "finder.most=3", "--method", "performance"]
    code, *_ = evallib("run", plan, *said, "--out", tmp_path / "out")
    assert code == 0
    written = yaml.safe_load((tmp_path / "out" / "evaluation.yaml").read_text())
    assert written["methods"]["finder"] == {"metric": "recall", "most": 3}
    assert written["methods"].keys() == {"finder", "performance"}


GOOD = pd.DataFrame(
    {"a": [1, 2, 3, 4], "p": [0.1, 0.9, 0.4, 0.8], "said": ["n", "y", "n", "y"], "y": ["n", "y", "y", "n"]}
)


def changed(**columns: object) -> str:
    return GOOD.assign(**columns).to_csv(index=False)


BAD: dict[str, tuple[str | bytes, list[str], str]] = {
    "empty file": ("", [], "bad.csv is empty"),
    "header only": ("a,p,said,y\n", [], "bad.csv"),
    "not the format": (b"PAR1 but not really", [], "bad.csv"),
    "wrong encoding": (GOOD.assign(said="ü").to_csv(index=False).encode("latin-1"), [], "bad.csv"),
    "duplicated column": ("a,a,y\n1,2,n\n3,4,y\n", [], "bad.csv"),
    "target missing": (changed(), ["--target", "why"], "bad.csv has no column 'why'"),
    "target constant": (changed(y="n"), [], "y of bad.csv"),
    "target with gaps": (changed(y=["n", None, "y", "n"]), [], "missing in 1 of 4 rows, first in row 2"),
    "task that does not fit": (changed(), ["--task", "regression"], "y"),
    "unknown task": (changed(), ["--task", "ranking"], "data.task is 'ranking'"),
    "unknown class": (changed(), ["--positive", "maybe"], "maybe"),
    "unknown label": (
        changed(said=["n", "y", "n", "perhaps"]),
        ["--labels", "s=said"],
        "said of bad.csv holds perhaps",
    ),
    "outside 0 to 1": (changed(p=[0.1, 1.9, 0.4, 0.8]), ["--probability", "s=p"], "holds 1.9 in row 2"),
    "infinite": (changed(p=[0.1, float("inf"), 0.4, 0.8]), ["--probability", "s=p"], "p of bad.csv"),
    "not adding up": (changed(q=0.5), ["--probability", "s=p,q"], "add up to"),
    "no such answers": (changed(), ["--labels", "s=sait"], "did you mean said"),
    "negative weight": (changed(w=[1, 1, -1, 1]), ["--weight", "w"], "weight w of bad.csv is negative"),
    "broken rule": (changed(), ["--where", "a >"], "rule"),
    "python in a rule": (changed(), ["--where", "__import__('os').system('true')"], "rule"),
    "rule without rows": (changed(), ["--where", "a > 9"], "No row of bad.csv has a > 9"),
    "no pair": (changed(), ["--labels", "said"], "write it as NAME=VALUE"),
    "role of nobody": (changed(), ["--role", "s=human"], "there is no system 's'"),
    "classes of nobody": (changed(), ["--classes", "s=n,y"], "there is no system 's'"),
    "classes of a column": (changed(), ["--labels", "s=said", "--classes", "s=n,y"], "s is no model file"),
    "unknown role": (changed(), ["--labels", "s=said", "--role", "s=boss"], "role is 'boss'"),
    "same name": (changed(), ["--labels", "s=said", "--probability", "s=p"], "two systems are named 's'"),
    "unknown method": (changed(), ["--method", "reliabilty"], "did you mean reliability"),
    "no setting": (changed(), ["--set", "finder=log_loss"], "write it as METHOD.NAME=VALUE"),
    "no value": (changed(), ["--set", "finder.metric=[a"], "the value cannot be read"),
    "unknown setting": (changed(), ["--set", "finder.metrik=f1"], "metrik"),
    "unknown metric": (changed(), ["--set", "finder.metric=roc_auc"], "it should be 'automatic', 'accuracy'"),
    "no model file": (changed(), ["--model", "m=none.pkl"], "none.pkl cannot be read"),
    "unknown flag": (changed(), ["--colour", "red"], "No such option: --colour"),
    "no number": (changed(), ["--seed", "x"], "Invalid value for '--seed'"),
    "a plan and flags": (changed(), [str(EXAMPLES / "kidney_stones" / "evaluation.yaml")], "not both"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_exit_code_2(evallib, tmp_path, monkeypatch, case):
    content, flags, said = BAD[case]
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "bad.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    target = [] if "--target" in flags else ["--target", "y"]
    code, out, err = evallib("run", "--data", path, *target, "--out", tmp_path / "results" / "out", *flags)
    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert said in err
    left = [entry.name for entry in tmp_path.rglob("*") if entry.is_file()]
    assert left == ["bad.csv"]


def test_what_is_missing_is_named(evallib, tmp_path):
    assert evallib("run", "--target", "y", "--out", tmp_path)[::2] == (
        2,
        "Error: --data is missing; give it, or an evaluation.yaml.\n",
    )
    code, _, err = evallib("run")
    assert (code, err) == (2, "Error: Missing option '--out'.\n")
    code, _, err = evallib("run", tmp_path / "none.yaml", "--out", tmp_path / "out")
    assert (code, err.count("\n")) == (2, 1)


def test_an_older_run_is_replaced_and_nothing_else(evallib, tmp_path):
    plan, out = EXAMPLES / "kidney_stones" / "evaluation.yaml", tmp_path / "out"
    assert evallib("run", plan, "--out", out)[0] == 0
    (out / "variations").mkdir()
    assert evallib("run", EXAMPLES / "berkeley_admissions" / "evaluation.yaml", "--out", out)[0] == 0
    assert Run.open(out).details.rows == 4526
    assert not (out / "variations").exists()
    (out / "notes.txt").write_text("mine")
    code, _, err = evallib("run", plan, "--out", out)
    assert code == 2
    assert "holds notes.txt" in err
    assert Run.open(out).details.rows == 4526
    (tmp_path / "file").write_text("x")
    assert "is a file" in evallib("run", plan, "--out", tmp_path / "file")[2]
    assert evallib("run", "--data", "none.csv", "--target", "y", "--out", tmp_path / "out2")[0] == 2
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "out"]


def test_help_says_what_there_is(evallib):
    code, out, _ = evallib("--help")
    assert code == 0
    assert "run" in out
    assert evallib()[1].split() == out.split()
    code, out, _ = evallib("run", "--help")
    assert "--probability" in out
    code, out, _ = evallib("methods")
    assert all(key in out for key in METHODS)


def test_the_module_runs_as_a_program(tmp_path):
    command = [sys.executable, "-m", "evallib", "run", EXAMPLES / "kidney_stones" / "evaluation.yaml", "--out", "out"]
    done = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    check_folder(tmp_path / "out")


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_an_interrupted_command_leaves_nothing(tmp_path, sent, code):
    table = load_breast_cancer(as_frame=True).frame
    model = make_pipeline(StandardScaler(), LogisticRegression())
    joblib.dump(model.fit(table.drop(columns="target"), table["target"]), tmp_path / "m.pkl")
    table.to_parquet(tmp_path / "rows.parquet")
    flags = ["--data", "rows.parquet", "--target", "target", "--model", "m=m.pkl", "--out", "results"]
    command = [sys.executable, "-m", "evallib", "run", *flags]
    process = subprocess.Popen(command, cwd=tmp_path, env=ENVIRONMENT, stderr=subprocess.DEVNULL)
    while not list(tmp_path.glob(".results.*/run.json")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(sent)
    assert process.wait(60) == code
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["m.pkl", "rows.parquet"]


def test_own_slices_from_a_set(evallib, tmp_path):
    rows = pd.DataFrame({"truth": ["a", "b"] * 30, "said": ["a", "b", "b"] * 20, "size": range(60)})
    rows.to_csv(tmp_path / "rows.csv", index=False)
    (tmp_path / "set.yaml").write_text("name: Mine\nslices:\n- Size / Large: size > 40\n- size < 3\n")
    chosen = ["--slices", tmp_path / "set.yaml", "--method", "slices"]
    source = ["--data", tmp_path / "rows.csv", "--target", "truth", "--labels", "m=said"]
    assert evallib("run", *source, *chosen, "--out", tmp_path / "out")[::2] == (0, "")
    run = Run.open(tmp_path / "out")
    own = run.result("slices").slices.query("column == 'own rule' and metric == 'accuracy'")
    assert own[["slice", "n"]].to_numpy().tolist() == [["Size / Large", 19], ["size < 3", 3]]
    again = ["run", tmp_path / "out" / "evaluation.yaml", *chosen, "--out", tmp_path / "again"]
    assert evallib(*again)[::2] == (0, "")
    assert Run.open(tmp_path / "again").plan.methods == run.plan.methods
    (tmp_path / "set.yaml").write_text("- A: b")
    code, _, stderr = evallib("run", *source, *chosen, "--out", tmp_path / "none")
    assert (code, stderr.count("\n"), "set.yaml must hold the keys" in stderr) == (2, 1, True)
