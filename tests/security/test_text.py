"""Nothing that a rule, a name or a value says is run, followed or drawn as anything but text."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from markdown_it import MarkdownIt

from evallib.core.errors import BadInput
from evallib.core.rules import parse_rule
from evallib.data import plain, to_csv
from evallib.drawing.chart import Chart
from evallib.drawing.colours import colours_of
from evallib.methods import METHODS
from evallib.plan import plan_from
from evallib.run import evaluate
from evallib.runs import Run
from ui.text import escape, label, visible

ROWS = pd.DataFrame({"age": [20, 30], "sex": ["F", "M"]})

LINK = '<a href="http://a.example">x</a>'
IMAGE = "<img src=x onerror=alert(1)>"
PICTURE = "![m](http://a.example/x.png)"
TEX = r"$\href{javascript:alert(1)}{x}$"
TURNED = "\u202egnp.exe"


def test_t1_what_pandas_would_run_is_refused(tmp_path: Path) -> None:
    import os  # noqa: PLC0415 - what the payload names

    note = tmp_path / "note"
    payload = f"@os.system('touch {note}') == 0"
    ROWS.query(f"age > 1 and {payload}", engine="python", local_dict={"os": os})
    assert note.exists()
    note.unlink()
    with pytest.raises(BadInput, match="cannot be used, at character 1"):
        parse_rule(payload, ROWS.columns).mask(ROWS)
    assert not note.exists()


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        pytest.param("age.__class__.__mro__[1].__subclasses__() == 1", "the functions are", id="T2 attributes"),
        pytest.param("().__class__ == age", "a name with a dot", id="T2 of a tuple"),
        pytest.param("__builtins__ == 1", "there is no column '__builtins__'", id="T2 builtins"),
        pytest.param("__import__('os').system('id') == age", "the functions are", id="T2 import"),
        pytest.param("getattr(age, '__class__') == 1", "the functions are", id="T2 getattr"),
        pytest.param("(lambda: age)() == 1", "the functions are", id="T3 lambda called"),
        pytest.param("lambda: age", "no part of the rule language", id="T3 lambda"),
        pytest.param("[x for x in age] == 1", "no part of the rule language", id="T3 comprehension"),
        pytest.param("f'{age}' == 'a'", "without a letter before the quote", id="T3 f-string"),
        pytest.param("(a := age) > 1", "rules assign nothing", id="T3 walrus"),
        pytest.param("await age", "no part of the rule language", id="T3 await"),
        pytest.param("age > 9**9**9", "** is no part of the language", id="T4 powers"),
        pytest.param("age > 1 << 99999999", "no part of the rule language", id="T4 shift"),
        pytest.param("contains(sex, 'a' * 99999999)", "contains", id="T4 repeated text"),
        pytest.param("(" * 3000 + "age" + ")" * 3000, "at most 2,000 are read", id="T5 parentheses"),
        pytest.param("(" * 950 + "age" + ")" * 950, "this is not understood", id="T5 short enough"),
        pytest.param("-" * 1_900 + "age > 1", "nested more than 20 levels", id="T5 signs"),
        pytest.param("not " * 450 + "age > 1", "nested more than 20 levels", id="T5 nots"),
        pytest.param(" or ".join(["age > 1"] * 500), "at most 2,000 are read", id="T6 terms"),
        pytest.param("or".join(["(age)"] * 280), "at most 200 parts", id="T6 short terms"),
        pytest.param("age in [" + "1," * 990 + "1]", None, id="T6 a list that fits"),
        pytest.param("salary > 1", "there is no column 'salary'", id="T7 unknown"),
        pytest.param("ａge > 1", "there is no column 'ａge'; the nearest is age", id="T7 fullwidth"),
        pytest.param("\u0430ge > 1", "there is no column '\u0430ge'; the nearest is age", id="T7 Cyrillic"),
        pytest.param("sex == 'F' | age < 3", "write `or`", id="T8 or"),
        pytest.param("sex == 'F' & age < 3", "write `and`", id="T8 and"),
        pytest.param("~sex == 'F'", "write `not`", id="T8 not"),
    ],
)
def test_rules_that_are_refused(rule: str, says: str | None) -> None:
    if says is None:
        assert not parse_rule(rule, ROWS.columns).mask(ROWS).any()
        return
    with pytest.raises(BadInput, match=re.escape(says)) as caught:
        parse_rule(rule, ROWS.columns).mask(ROWS)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_t8_and_binds_more_tightly_than_or() -> None:
    rule = parse_rule("sex == 'F' or sex == 'M' and age < 25", ROWS.columns)
    assert rule.mask(ROWS).tolist() == [True, False]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """An evaluation whose columns, categories, classes and systems are all markup."""
    folder = tmp_path_factory.mktemp("markup")
    random = np.random.default_rng(0)
    rows = pd.DataFrame({LINK: random.normal(size=300), "truth": random.choice([IMAGE, "no"], 300)})
    rows[IMAGE] = random.choice([LINK, IMAGE, PICTURE, TEX], 300)
    rows[TURNED] = random.choice(["a", f"b{TURNED}"], 300)
    rows["p"] = np.where(rows["truth"] == IMAGE, random.beta(4, 2, 300), random.beta(2, 4, 300))
    rows[TEX] = random.choice([IMAGE, "no"], 300)
    rows.to_csv(folder / "rows.csv", index=False)
    systems = [{"name": LINK, "probability": "p"}, {"name": f"{IMAGE} %{{x}}", "label": TEX, "role": "incumbent"}]
    data = {"path": "rows.csv", "target": "truth", "positive": IMAGE}
    return evaluate(plan_from({"data": data, "systems": systems}, folder, "test"), folder / "run")


def charts(run: Run) -> Iterator[tuple[str, Chart]]:
    colours = colours_of(run.models)
    for key, method in METHODS.items():
        if run.methods[key].computed:
            result = run.result(key)
            displays = list(method.displays(result, colours))
            displays += method.look(result, method.view(), colours) if method.look and method.view else []
            yield from ((f"{key}.{one.key}", one.chart) for one in displays if one.chart is not None)


PLACES = {"x", "y", "tickvals", "categoryarray"}
"""Where a point or a tick stands. What is written there is said by `text`, `ticktext` and `hovertemplate`."""


def drawn(content: object, place: str = "") -> Iterator[str]:
    """Every text of a chart that is put on the screen."""
    if isinstance(content, str) and place not in PLACES:
        yield content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from drawn(value, key)
    elif isinstance(content, list):
        for value in content:
            yield from drawn(value, place)


def test_t9_charts_draw_markup_as_text(run: Run) -> None:
    looked_at = 0
    for name, chart in charts(run):
        content = json.loads(chart.to_json())
        texts = list(drawn(content))
        looked_at += any("&lt;" in text for text in texts)
        assert not [text for text in texts if re.search(r"<(?!/?(b|br|extra|i|sup|sub)\b)", text)], name
        for trace in content["data"]:
            assert trace.get("hovertemplate") or trace.get("hoverinfo") == "skip", name
    assert looked_at >= 5


def test_t9_findings_reach_the_page_as_text(run: Run) -> None:
    sentences = [finding.sentence for finding in run.found()]
    assert any("<" in sentence for sentence in sentences)
    for sentence in sentences:
        assert kinds(escape(sentence, 600)) <= {"text", "text_special"}


def kinds(markdown: str) -> set[str]:
    """The kinds of parts that Markdown finds in a text."""
    parser = MarkdownIt("commonmark", {"html": True, "linkify": False})
    return {part.type for token in parser.parse(markdown) for part in token.children or []}


@pytest.mark.parametrize(
    "text", [LINK, IMAGE, PICTURE, TEX, "[x](http://a.example)", "`code`", ":red[x]", "<b>", "a  \nb"]
)
def test_t10_markdown_is_text(text: str) -> None:
    for made in (escape(text), label(text)):
        assert kinds(made) <= {"text", "text_special"}
        assert not re.search(r"(?<!\\)[$`\[<:]", made)


FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1+1", "－1+1", "＠A"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_t11_exports_hold_no_formulae(formula: str) -> None:
    for kind in ("object", "str", "category"):
        table = pd.DataFrame({formula: pd.Series([formula, "x", None], dtype=kind)})
        assert formula in table.to_csv(index=False)
        rows = csv.reader(io.StringIO(to_csv(table).decode(), newline=""))
        assert [row[0] for row in rows if row][:2] == [f"'{formula}"] * 2


def test_t11_numbers_stay_numbers() -> None:
    assert to_csv(pd.DataFrame({"a": ["-5", "+1e3"], "b": [-1, 2]})) == b'"a","b"\n"-5",-1\n"+1e3",2\n'


def test_t11_tables_are_exported_by_us_alone() -> None:
    """Streamlit's own export and copy of a table write its cells as they are."""
    config = tomllib.loads(Path(__file__).parents[2].joinpath(".streamlit/config.toml").read_text("utf-8"))
    assert config["client"]["disableDataExport"] is True


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200f", "\u061c", "\u0000", "\u200b", "\u2028"])
def test_t12_marks_that_turn_or_hide_a_text_do_nothing(mark: str) -> None:
    name = f"a{mark}b"
    assert mark not in plain(name)
    assert mark not in escape(name)
    assert mark not in visible(name)
    assert visible(name) != visible("ab")
