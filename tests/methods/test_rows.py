"""The row browser: the rows of the largest loss, and what is faulty about rows and labels, worked out by hand."""

from dataclasses import replace
from math import log

import numpy as np
import pandas as pd
import pytest
from made_sets import build, drawn, drawn_classes, drawn_values, forecast, labels, scores
from scipy import stats

from evallib.core.errors import NotApplicable
from evallib.core.evaluation_set import Columns, Predictions, Role
from evallib.core.finding import Outcome, Severity
from evallib.core.multiplicity import q_values
from evallib.core.progress import no_progress
from evallib.core.result import Basis
from evallib.data import to_csv
from evallib.drawing.colours import colours_of
from evallib.methods.rows import METHOD
from evallib.methods.rows import unusual as unusual_values
from evallib.methods.rows.compute import FEWEST, MOST_VALUES, RowsParams, compute_rows
from evallib.methods.rows.findings import find_faulty_rows
from evallib.methods.rows.judged import Judged
from evallib.methods.rows.rarity_chart import rarity_chart
from evallib.methods.rows.suspects import so_many, suspected_labels
from evallib.methods.rows.twins import twins
from evallib.methods.rows.unusual import tails, unusualness
from evallib.methods.rows.values import texts
from evallib.methods.rows.view import RowsView
from evallib.methods.rows.worst import worst_rows, worst_share

SHOWS = ("errors", "all", "disagreements", "label suspects", "twins")


def found_in(data, **params):
    return compute_rows(data, RowsParams(**params), no_progress)


def seen(result, **view):
    """The displays of a view."""
    return METHOD.look(result, RowsView(**view), colours_of(result.summary["model"]))


def table_of(result, **view):
    return seen(result, **view)[0].table


def with_table(data, features=None, **columns):
    """The same set with other columns than the target; all of them features where none are named."""
    table = pd.DataFrame({"y": data.y} | columns)
    return replace(data, table=table, columns=Columns("y", features=tuple(columns if features is None else features)))


def everything(n=400, seed=0):
    """A set of columns of every kind with missing values, twins, an id, weights, groups and two models."""
    random = np.random.default_rng(seed)
    data = drawn(n, seed, weighted=True, group=np.arange(n) // 3)
    table = data.table.assign(
        number=np.where(random.random(n) < 0.2, np.nan, random.normal(size=n)),
        whole=random.integers(0, 3, n),
        kind=pd.Categorical(random.choice(["a", "b", None], n)),
        flag=random.choice([True, False, None], n),
        day=pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 999, n), "D"),
        nothing=np.nan,
        key=pd.Series([f"u{place}" for place in range(n)], dtype="str"),
    )
    return replace(data, table=table, columns=Columns("y", ("whole", "kind", "flag"), group="group", id="key"))


class TestLoss:
    def test_rows_stand_in_the_order_of_their_log_loss(self):
        result = found_in(scores([0, 0, 1, 1, 1], [0.55, 0.9, 0.2, 0.4, 0.8]))
        shown = table_of(result)
        assert shown["row"].tolist() == [2, 3, 4, 1]
        assert shown["loss"].tolist() == pytest.approx([-log(0.1), -log(0.2), -log(0.4), -log(0.45)])
        assert shown["confidence"].tolist() == pytest.approx([0.9, 0.8, 0.6, 0.55])
        assert shown["truth"].tolist() == ["no", "yes", "yes", "no"]
        assert shown["predicted"].tolist() == ["yes", "no", "no", "yes"]
        assert table_of(result, show="all")["row"].tolist() == [2, 3, 4, 1, 5]
        row = result.summary.iloc[0]
        assert (row["measure"], row["n"], row["errors"], row["kept"]) == ("log loss", 5, 4, 5)
        assert row["mean_loss"] == pytest.approx(-(log(0.1) + log(0.2) + log(0.4) + log(0.45) + log(0.8)) / 5)

    def test_labels_alone_are_wrong_or_not(self):
        result = found_in(labels([0, 1, 1, 0], [1, 1, 0, 0]))
        assert result.summary["measure"].tolist() == ["error"]
        assert result.rows["loss"].tolist() == [1, 0, 1, 0]
        assert result.rows["confidence"].isna().all()
        assert result.labels.empty
        assert "confidence" not in table_of(result)

    def test_a_regression_has_squared_errors_on_two_sides(self):
        answers = {"m": Predictions(value=np.array([2.0, 2.0, 0.0, 5.0]), name="m")}
        result = found_in(build(np.array([1.0, 2.0, 3.0, 4.5]), answers, task="regression"))
        assert result.rows["loss"].tolist() == [1, 0, 9, 0.25]
        assert table_of(result)["row"].tolist() == [3, 1, 4]
        assert table_of(result, side="too high")["row"].tolist() == [1, 4]
        assert table_of(result, side="too low")["residual"].tolist() == [-3]
        assert table_of(result)["truth"].tolist() == [3.0, 1.0, 4.5]

    def test_of_each_cell_the_worst_are_kept_and_of_equal_ones_the_first(self):
        truth, said = [0] * 6 + [1] * 3, [1, 1, 1, 0, 0, 0, 1, 1, 0]
        kept = worst_rows(Judged(labels(truth, said), "model"), 2, 100)
        assert sorted(kept) == [0, 1, 3, 4, 6, 7, 8]

    def test_too_many_rows_lose_the_least_bad_of_every_cell(self):
        data = scores([0, 0, 0, 1, 1, 1], [0.6, 0.95, 0.9, 0.45, 0.3, 0.4])
        assert worst_rows(Judged(data, "model"), 100, 2).tolist() == [1, 4]
        assert worst_rows(Judged(data, "model"), 100, 4).tolist() == [1, 4, 2, 5]

    def test_withheld_rows_are_left_out(self):
        result = found_in(scores([0, 1, 1], [0.9, np.nan, 0.2]))
        assert result.rows["row"].tolist() == [1, 3]
        assert result.summary["n"].tolist() == [2]

    def test_the_worst_hundredth_is_one_row_at_least(self):
        assert worst_share(np.array([1.0, 2.0, 5.0])) == pytest.approx(5 / 8)
        assert worst_share(np.repeat([1.0, 10.0], [198, 2])) == pytest.approx(20 / 218)
        assert np.isnan(worst_share(np.zeros(3)))

    def test_gathered_loss_is_told(self):
        truth = np.zeros(1000, np.int32)
        truth[:10] = 1
        finding = next(one for one in find_faulty_rows(found_in(scores(truth, np.full(1000, 0.01)))) if one.model)
        share = 10 * log(0.01) / (10 * log(0.01) + 990 * log(0.99))
        assert (finding.code, finding.outcome) == ("ROW005", Outcome.TIP)
        assert dict(finding.evidence)["worst_share"] == pytest.approx(share)


class TestUnusual:
    def test_numbers_are_unusual_far_out(self):
        column = pd.Series([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 9])
        found = tails(column, np.array([0, 1, 4, 8]), np.arange(10))
        assert found.tolist() == pytest.approx([2 * 1 / 10, 2 * 2 / 10, 1.0, 2 * 2 / 10])

    def test_other_values_are_unusual_where_rare(self):
        column = pd.Series(list("aaaaaabbcd"))
        for kind in (column.astype("str"), column.astype("category"), column.astype(object)):
            found = tails(kind, np.array([0, 6, 8, 9]), np.arange(10))
            assert found.tolist() == pytest.approx([1.0, 4 / 10, 2 / 10, 2 / 10])

    def test_identifiers_are_never_unusual(self):
        column = pd.Series([f"u{place}" for place in range(10)], dtype="str")
        assert tails(column, np.array([0, 9]), np.arange(10)).tolist() == [1, 1]
        assert tails(column, np.array([9]), np.arange(9)).tolist() == [1]

    def test_missing_is_as_unusual_as_it_is_rare(self):
        number = pd.Series([np.nan, 1.0, 2.0, 3.0])
        assert tails(number, np.array([0, 2]), np.arange(4)).tolist() == pytest.approx([1 / 4, 1.0])
        text = pd.Series([None, "a", "a", "b", "b"], dtype="str")
        assert tails(text, np.array([0, 1]), np.arange(5)).tolist() == pytest.approx([1 / 5, 1.0])
        assert tails(pd.Series([np.nan] * 3), np.array([1]), np.arange(3)).tolist() == [1]

    def test_dates_are_numbers_and_truth_values_are_not(self):
        days = pd.Series(pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03", None]))
        assert tails(days, np.array([0, 1, 3]), np.arange(4)).tolist() == pytest.approx([2 / 3, 1.0, 1 / 4])
        assert tails(pd.Series([True, False, False, False]), np.array([0, 1]), np.arange(4)).tolist() == [1 / 4, 1]

    def test_what_no_compared_row_has_counts_as_one_row(self):
        assert tails(pd.Series(list("aaaab"), dtype="str"), np.array([4]), np.arange(4)).tolist() == [1 / 4]
        assert tails(pd.Series([1.0, 2, 3, 4, 99]), np.array([4]), np.arange(4)).tolist() == [1 / 4]

    def test_a_row_adds_up_its_columns(self):
        assert unusualness(np.array([[0.5, 0.1], [1.0, 1.0]])).tolist() == pytest.approx([-log(0.05), 0.0])
        data = with_table(labels([0, 1, 0, 1], [1, 1, 0, 0]), a=[1, 2, 3, 4], b=list("xxxy"))
        rows = found_in(data).rows.set_index("row")
        assert rows.at[4, "unusual"] == pytest.approx(-log(2 / 4) - log(1 / 4))
        assert rows.at[2, "unusual"] == 0

    def test_many_rows_are_held_against_a_sample(self, monkeypatch):
        monkeypatch.setattr(unusual_values, "SAMPLE", 2_000)
        data = with_table(drawn(20_000, digits=2), x=np.random.default_rng(0).normal(size=20_000))
        values = found_in(data).values.query("column == 'x'")
        exact = 2 * stats.norm.sf(np.abs(values["value"].astype(float)))
        assert np.abs(values["tail"] - exact).max() < 0.05
        assert values["tail"].min() >= 1 / 2_000

    def test_the_page_says_that_a_sample_was_compared(self):
        result = found_in(labels([0, 1], [1, 0]))
        assert all("of all rows" in one.caption for one in seen(result))
        many = replace(result, basis=Basis(20_001, 20_001))
        assert all("of 20,000 drawn rows" in one.caption for one in seen(many))

    def test_rare_values_are_named(self):
        data = with_table(labels([0] * 100, [1] * 100), x=[99, *[1] * 98, 0], z=["same"] * 100)
        shown = table_of(found_in(data)).set_index("row")
        assert shown.at[1, "rare_values"] == "x 99 (2 %)"
        assert shown.at[50, "rare_values"] == ""


class TestValues:
    def test_they_are_texts_as_a_reader_knows_them(self):
        assert texts(pd.Series([1.0, 2.5, np.nan])).tolist() == ["1", "2.5", None]
        assert texts(pd.Series([4.3], dtype=np.float32)).tolist() == ["4.3"]
        assert texts(pd.Series([True, False])).tolist() == ["True", "False"]
        assert texts(pd.Series(["=1+1", None], dtype="str")).tolist() == ["=1+1", None]
        assert texts(pd.Series(["a", None], dtype="category")).tolist() == ["a", None]
        assert texts(pd.Series(pd.to_datetime(["2020-01-02", "2020-01-02 03:04:05"], format="mixed"))).tolist() == [
            "2020-01-02",
            "2020-01-02 03:04:05",
        ]
        (long,) = texts(pd.Series(["x" * 300], dtype="str"))
        assert len(long) == 200
        assert long.endswith("…")

    def test_what_is_no_feature_is_shown_but_never_unusual(self):
        columns = {"x": [1.0] * 49 + [9.0], "answer": [0.0] * 49 + [9.0]}
        data = with_table(labels([0] * 50, [1] * 50), ("x",), **columns)
        result = found_in(data)
        tail = result.values.query("row == 50").set_index("column")["tail"]
        assert tail.to_dict() == pytest.approx({"x": 2 / 50, "answer": 1})
        assert "answer" in table_of(result)
        hidden = with_table(data, ("x",), x=[1.0] * 50, answer=[np.nan] * 25 + [1.0] * 25)
        assert found_in(hidden, minimum=2).missing.empty

    def test_every_column_but_target_and_id_is_shown(self):
        data = everything()
        shown = table_of(found_in(data), show="all")
        columns = [name for name in data.table.columns if name not in {"y", "key", "group"}]
        assert list(shown.columns[-len(columns) - 1 :]) == ["group", *columns]
        assert shown["id"].tolist() == [f"u{row - 1}" for row in shown["row"]]
        first = shown.iloc[0]
        assert first["whole"] == str(data.table["whole"].iloc[first["row"] - 1])

    def test_the_download_runs_no_formula(self):
        data = with_table(labels([0, 1], [1, 0]), text=["=cmd()", "b"])
        content = to_csv(table_of(found_in(data))).decode()
        assert "'=cmd()" in content
        assert len(content.splitlines()) == 3

    def test_rows_keep_their_numbers_under_a_filter(self):
        data = scores([0, 1, 0, 1], [0.1, 0.2, 0.7, 0.4])
        part = data.take(np.array([False, True, False, True]), where="a rule")
        assert table_of(found_in(part))["row"].tolist() == [2, 4]

    def test_many_columns_keep_fewer_rows(self):
        wide = pd.DataFrame(np.random.default_rng(0).normal(size=(3000, 150))).add_prefix("x")
        data = drawn_classes(3000, 8)
        data = replace(data, table=pd.concat([data.table[["y"]], wide], axis=1), columns=Columns("y", tuple(wide)))
        result = found_in(data)
        assert result.summary["kept"].tolist() == [MOST_VALUES // 150 // 2] * 2
        assert len(result.values) == 150 * result.rows["row"].nunique() < MOST_VALUES + 200 * 150
        assert FEWEST < MOST_VALUES // 150 // 2
        assert len(table_of(result, show="all")) == 500

    def test_very_many_columns_show_fewer_rows(self):
        wide = pd.DataFrame(np.random.default_rng(0).normal(size=(600, 1000))).add_prefix("x")
        data = drawn(600)
        data = replace(data, table=pd.concat([data.table[["y"]], wide], axis=1), columns=Columns("y", tuple(wide)))
        assert len(table_of(found_in(data), show="all")) == 100


class TestSuspects:
    truth = (0, 0, 0, 1, 1, 1)
    first = (0.1, 0.2, 0.9, 0.9, 0.8, 0.1)
    second = (0.3, 0.1, 0.8, 0.7, 0.9, 0.4)

    def test_thresholds_are_mean_probabilities_of_the_own_class(self):
        found = suspected_labels(scores(self.truth, {"a": self.first, "b": self.second}), 10)
        assert found.thresholds["label"].tolist() == ["no", "yes", "no", "yes"]
        assert found.thresholds["threshold"].tolist() == pytest.approx(
            [(0.9 + 0.8 + 0.1) / 3, (0.9 + 0.8 + 0.1) / 3, (0.7 + 0.9 + 0.2) / 3, (0.7 + 0.9 + 0.4) / 3]
        )

    def test_one_model_suspects_what_it_is_confident_of(self):
        # Confident of "no" from 0.6 on, of "yes" from 0.6 on: all rows, and rows 3 and 6 are labelled otherwise.
        found = suspected_labels(scores(self.truth, self.first), 10)
        assert found.listed["row"].tolist() == [3, 6]
        assert found.listed["suggested"].tolist() == ["yes", "no"]
        assert found.labels["n"].tolist() == [3, 3]
        assert found.labels["contradicted"].tolist() == [1, 1]
        assert found.labels["expected"].tolist() == pytest.approx([0.1 + 0.2 + 0.1, 0.1 + 0.1 + 0.2])

    def test_all_models_must_be_confident_of_the_same_class(self):
        # The second model is confident of "no" from 0.6 and of "yes" from 0.667 on: it gives row 6 exactly 0.6.
        found = suspected_labels(scores(self.truth, {"a": self.first, "b": self.second}), 10)
        assert found.listed["row"].tolist() == [3, 6]
        assert found.listed["confidence"].tolist() == pytest.approx([0.8, 0.6])
        turned = suspected_labels(scores(self.truth, {"b": self.second, "a": self.first}), 10)
        pd.testing.assert_frame_equal(found.listed, turned.listed)
        doubtful = (*self.second[:5], 0.41)
        found = suspected_labels(scores(self.truth, {"a": self.first, "b": doubtful}), 10)
        assert found.listed["row"].tolist() == [3]

    def test_models_that_are_sure_of_different_classes_suspect_nothing(self):
        opposite = (0.1, 0.2, 0.1, 0.9, 0.8, 0.9)
        found = suspected_labels(scores(self.truth, {"a": self.first, "b": opposite}), 10)
        assert found.listed.empty
        # The second one is sure from 0.867 on: of rows 1 and 3 of "no", of rows 4 and 6 of "yes"; they agree on two.
        assert found.labels["n"].tolist() == [1, 1]

    def test_of_two_classes_the_likelier_counts_and_withheld_rows_do_not(self):
        p = np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2], [0.3, 0.6, 0.1], [np.nan] * 3])
        label = np.array([0, 0, 1, -1], np.int32)
        data = build(np.array([0, 1, 2, 1], np.int32), {"m": Predictions(label, p, name="m")}, classes=("x", "y", "z"))
        # Thresholds: x 0.5, y 0.3, z 0.1; rows 1 and 2 reach those of x, y and z, row 3 those of y and z.
        found = suspected_labels(data, 10)
        assert found.listed["row"].tolist() == [3, 2]
        assert found.listed["suggested"].tolist() == ["y", "x"]
        assert found.labels["label"].tolist() == ["x", "y"]

    def test_so_many_is_poissons_tail(self):
        counts, expected = np.array([0, 1, 5, 40]), np.array([2.0, 0.5, 5.0, 20.0])
        np.testing.assert_allclose(so_many(counts, expected), stats.poisson.sf(counts - 1, expected))

    @pytest.mark.parametrize("noise", [0.0, 0.1])
    def test_relabelling_is_advised_where_labels_were_turned_and_only_there(self, noise):
        random = np.random.default_rng(3)
        n = 4000
        p = random.beta(0.3, 0.3, n)
        y = (random.random(n) < p).astype(np.int32)
        turned = random.random(n) < noise
        data = scores(np.where(turned, 1 - y, y), {"a": p, "b": np.clip(p + random.normal(0, 0.01, n), 0, 1)})
        found = [one for one in find_faulty_rows(found_in(data)) if one.code == "ROW001"]
        assert len(found) == (noise > 0)
        suspects = suspected_labels(data, 10_000)
        if noise:
            assert turned[suspects.rows].mean() > 0.6
            assert (
                dict(found[0].evidence)["contradicted"] == len(suspects.rows) == suspects.labels["contradicted"].sum()
            )
            assert "relabelled" in found[0].sentence
            assert found[0].severity is Severity.MEDIUM

    @pytest.mark.parametrize(
        ("contradicted", "expected", "told"),
        [(1200, 1000.0, False), (9, 1.0, False), (12, 7.9, False), (40, 10.0, True), (0, 0.0, False)],
    )
    def test_relabelling_needs_many_times_the_expected_number_beyond_chance(self, contradicted, expected, told):
        result = found_in(drawn(50))
        labelled = result.labels.assign(n=50_000, contradicted=[contradicted, 0], expected=[expected, 0.0])
        codes = [one.code for one in find_faulty_rows(replace(result, labels=labelled))]
        assert ("ROW001" in codes) == told

    def test_a_regression_has_none(self):
        result = found_in(drawn_values(50))
        assert result.labels.empty
        assert result.suspects.empty
        assert (result.rows["suggested"] == "").all()


class TestTwins:
    def test_the_ceiling_is_what_the_most_frequent_class_of_each_group_leaves(self):
        data = with_table(labels([0, 0, 1, 1, 0, 1, 1], [0] * 7), a=[1, 1, 1, 2, 2, 3, 3], b=list("xxxyyzz"))
        found = twins(data, 10)
        row = found.ceilings.iloc[0]
        assert row["ceiling"] == pytest.approx(1 - (1 + 1) / 7)
        assert (row["groups"], row["twins"], row["contradicting_groups"], row["contradicting"]) == (3, 7, 2, 5)
        assert found.listed["truths"].tolist() == ["no: 2, yes: 1", "no: 1, yes: 1"]
        assert found.listed["rows"].tolist() == ["1, 2, 3", "4, 5"]
        assert found.listed["values"].tolist() == ["a 1, b x", "a 2, b y"]
        assert found.group.tolist() == [1, 1, 1, 2, 2]

    def test_it_weighs_rows_as_accuracy_does(self):
        data = with_table(labels([0, 0, 1], [0] * 3, weight=[1, 1, 3]), a=[1, 1, 1])
        assert twins(data, 10).ceilings["ceiling"].tolist() == pytest.approx([1 - 2 / 5])

    def test_a_regression_leaves_the_distances_to_the_means(self):
        answers = {"m": Predictions(value=np.zeros(4), name="m")}
        data = with_table(build(np.array([1.0, 3.0, 5.0, 5.0]), answers, task="regression"), a=[1, 1, 2, 2])
        found = twins(data, 10)
        mean = (1 + 3 + 5 + 5) / 4
        total = sum((value - mean) ** 2 for value in (1, 3, 5, 5))
        assert found.ceilings["ceiling"].tolist() == pytest.approx([1 - 2 / total])
        assert found.ceilings["contradicting_groups"].tolist() == [1]
        assert found.listed["truths"].tolist() == ["1 to 3"]

    def test_missing_values_are_equal(self):
        data = with_table(labels([0, 1, 0], [0] * 3), a=[np.nan, np.nan, 1.0], b=pd.Categorical([None, None, "x"]))
        assert twins(data, 10).listed["rows"].tolist() == ["1, 2"]

    @pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
    def test_they_are_those_of_a_group_by(self, task):
        data = {"binary": drawn, "multiclass": drawn_classes, "regression": drawn_values}[task](3000)
        random = np.random.default_rng(1)
        columns = {f"c{place}": random.integers(0, 3, 3000) for place in range(5)}
        columns |= {"text": random.choice(list("ab"), 3000), "number": random.choice([0.5, np.nan], 3000)}
        data = with_table(data, **columns)
        row = twins(data, 10).ceilings.iloc[0]
        groups = data.table.groupby(list(columns), dropna=False)["y"]
        sizes, differ = groups.size(), groups.nunique() > 1
        lost = groups.apply(
            lambda y: ((y - y.mean()) ** 2).sum() if task == "regression" else len(y) - y.value_counts().max()
        )
        possible = ((data.y - data.y.mean()) ** 2).sum() if task == "regression" else 3000
        assert (row["groups"], row["twins"]) == ((sizes > 1).sum(), sizes[sizes > 1].sum())
        assert (row["contradicting_groups"], row["contradicting"]) == (differ.sum(), sizes[differ].sum())
        assert row["ceiling"] == pytest.approx(1 - lost.sum() / possible)

    def test_rows_of_one_hash_are_no_twins_unless_they_are_equal(self, monkeypatch):
        data = with_table(labels([0, 1, 0, 1], [0] * 4), a=[1, 2, 1, 1])
        monkeypatch.setattr(pd.util, "hash_pandas_object", lambda column, index: np.zeros(len(column), np.uint64))
        assert twins(data, 10).listed["rows"].tolist() == ["1, 3, 4"]

    def test_examples_show_every_truth(self):
        data = with_table(labels([0] * 20 + [1], [0] * 21), a=[1] * 21)
        assert twins(data, 10).listed["rows"].tolist() == ["1, 2, 3, 4, 21 and 16 more"]

    def test_without_features_there_are_none(self):
        data = with_table(labels([0, 1], [0, 0]), features=(), a=[1, 1])
        found = twins(data, 10)
        assert found.ceilings.empty
        assert found.listed.empty

    def test_they_are_an_issue_where_they_bound_the_score(self):
        data = with_table(labels([0, 0, 1] * 20, [0] * 60), a=[1] * 60)
        finding = next(one for one in find_faulty_rows(found_in(data)) if one.code == "ROW002")
        assert (finding.outcome, finding.severity) == (Outcome.ISSUE, Severity.MEDIUM)
        assert "0.667 in Accuracy" in finding.sentence
        rare = with_table(labels([0] * 999 + [1], [0] * 1000), a=[*range(999), 0])
        finding = next(one for one in find_faulty_rows(found_in(rare)) if one.code == "ROW002")
        assert finding.outcome is Outcome.TIP


class TestMissing:
    def gaps(self, n=2000, extra=0.3, **changed):
        """A model that is wrong in a tenth of the rows, and more often where `a` is missing."""
        random = np.random.default_rng(0)
        missing, y = random.random(n) < 0.1, random.integers(0, 2, n)
        wrong = random.random(n) < 0.1 + extra * missing
        columns = {
            "a": np.where(missing, np.nan, random.normal(size=n)),
            "b": np.where(random.random(n) < 0.1, None, "x"),
            "few": np.where(np.arange(n) < 20, np.nan, 1.0),
        }
        data = with_table(labels(y, np.where(wrong, 1 - y, y)), **columns)
        return replace(data, **changed), missing, wrong

    def test_accuracy_is_compared_with_the_rows_that_have_a_value(self):
        data, missing, wrong = self.gaps()
        table = found_in(data).missing.set_index("column")
        assert list(table.index) == ["a", "b"]
        row = table.loc["a"]
        assert row["n"] == missing.sum()
        assert row["value"] == pytest.approx(1 - wrong[missing].mean())
        assert row["other"] == pytest.approx(1 - wrong[~missing].mean())
        assert row["difference"] == pytest.approx(wrong[~missing].mean() - wrong[missing].mean())
        counts = [[wrong[rows].sum(), (~wrong[rows]).sum()] for rows in (missing, ~missing)]
        assert row["p_value"] == pytest.approx(stats.chi2_contingency(counts, correction=False).pvalue)
        np.testing.assert_allclose(table["q_value"], q_values(table["p_value"]))

    def test_only_what_is_beyond_noise_is_told(self):
        data, _, _ = self.gaps()
        found = [one for one in find_faulty_rows(found_in(data)) if one.code == "ROW003"]
        assert [one.slice for one in found] == ["a: missing"]
        assert found[0].severity is Severity.HIGH
        assert "a is missing" in found[0].sentence
        calm, _, _ = self.gaps(extra=0.0)
        assert find_faulty_rows(found_in(with_table(calm, (), a=calm.table["a"])))[0].code == "ROW004"

    def test_a_certain_but_small_difference_is_not_told(self):
        data, _, _ = self.gaps()
        result = found_in(data)
        small = result.missing.assign(value=0.895, other=0.9, q_value=1e-9)
        assert "ROW003" not in {one.code for one in find_faulty_rows(replace(result, missing=small))}
        large = small.assign(value=0.88)
        assert "ROW003" in {one.code for one in find_faulty_rows(replace(result, missing=large))}

    def test_weights_and_groups_widen_the_interval(self):
        data, _, _ = self.gaps()
        plain = found_in(data).missing.iloc[0]
        weight = np.random.default_rng(1).gamma(1, 1, len(data))
        weighted = found_in(replace(data, weight=weight)).missing.iloc[0]
        assert weighted["upper"] - weighted["lower"] > plain["upper"] - plain["lower"]

    def test_a_regression_is_judged_by_its_absolute_error(self):
        data = drawn_values(600)
        missing = np.arange(600) % 3 == 0
        answers = {"m": Predictions(value=data.y + np.where(missing, 10.0, 1.0), name="m")}
        data = with_table(replace(data, predictions=answers), x=np.where(missing, np.nan, data.y))
        (row,) = found_in(data).missing.to_dict("records")
        assert (row["metric"], row["value"], row["other"]) == ("mae", pytest.approx(10), pytest.approx(1))


class TestViews:
    def test_a_cell_of_the_confusion_matrix(self):
        result = found_in(drawn_classes(500))
        shown = table_of(result, show="all", model="b", truth="class 1", predicted="class 2")
        assert set(shown["truth"]) == {"class 1"}
        assert set(shown["predicted"]) == {"class 2"}
        assert len(shown) > 1

    def test_what_the_models_disagree_on(self):
        result = found_in(labels([0, 0, 1], {"a": [0, 1, 1], "b": [0, 0, 0], "c": [0, 0, -1]}))
        assert result.rows.query("model == 'a'")["apart"].tolist() == [0, 2, 1]
        assert result.rows.query("model == 'c'")["apart"].tolist() == [0, 1]
        assert table_of(result, model="b", show="disagreements")["row"].tolist() == [3, 2]

    def test_values_are_as_far_apart_as_the_farthest(self):
        answers = {name: Predictions(value=np.array(value), name=name) for name, value in (("a", [1.0]), ("b", [4.0]))}
        result = found_in(build(np.array([2.0]), answers, task="regression"))
        assert result.rows["apart"].tolist() == [3, 3]

    def test_orders(self):
        result = found_in(everything())
        for sort, name in (("loss", "loss"), ("confidence", "confidence"), ("most unusual", "unusual")):
            assert table_of(result, show="all", sort=sort)[name].is_monotonic_decreasing

    def test_suspects_and_twins_are_among_the_rows(self):
        result = found_in(everything())
        assert set(table_of(result, show="label suspects")["row"]) == set(result.suspects["row"])
        shown = table_of(result, show="twins")
        assert shown["twin_group"].is_monotonic_increasing
        assert shown["twin_group"].nunique() == len(result.twins)

    def test_a_candidate_comes_first(self):
        data = scores([0, 1], {"old": [0.6, 0.6], "new": [0.7, 0.2]})
        old = replace(data.predictions["old"], role=Role.INCUMBENT)
        result = found_in(replace(data, predictions=data.predictions | {"old": old}))
        assert "new" in seen(result)[0].title
        assert "old" in METHOD.look(result.only(["old"]), RowsView(model="new"), {})[0].title

    def test_columns_of_the_data_keep_apart_from_those_of_the_table(self):
        data = with_table(labels([0, 1], [1, 0]), row=["r", "s"], loss=["t", "u"])
        shown = table_of(found_in(data))
        assert shown["row (data)"].tolist() == ["r", "s"]
        assert shown["loss (data)"].tolist() == ["t", "u"]

    def test_the_coloured_chart_draws_the_first_rows(self):
        result = found_in(everything())
        table, coloured = seen(result)
        heat = coloured.chart.traces[0]
        assert heat["z"].shape == (20, 7)
        tail = coloured.table.set_index(["row", "column"])["tail"]
        row = table.table["row"].iloc[0]
        assert sorted(10.0 ** -heat["z"][0]) == pytest.approx(sorted(tail[row]))
        assert coloured.figure is not None

    def test_cells_of_the_chart_leave_out_decimals_and_cut_texts(self):
        data = with_table(labels([0], [1]), a=[0.123456789123], b=["a very long text indeed"], c=["1.2.3.4.5.6.7.8"])
        result = found_in(data)
        coloured = rarity_chart(result.rows, result.values, "all rows")
        assert sorted(coloured.chart.traces[1]["text"]) == ["0.123456", "1.2.3.…6.7.8", "a very…ndeed"]

    def test_values_that_are_all_alike_make_no_coloured_chart(self):
        data = with_table(labels([0, 1], [1, 1]), text=["one text", "another text"])
        assert [one.key for one in seen(found_in(data))] == ["rows"]

    def test_the_chart_of_missing_values_draws_the_table(self):
        result = found_in(everything())
        display = METHOD.displays(result, colours_of(["a", "b"]))[0]
        drawn_ones = [x for trace in display.chart.traces for x in trace["x"]]
        assert sorted(drawn_ones) == sorted(result.missing["difference"])
        assert display.figure is not None


def test_the_order_of_the_rows_changes_nothing_but_their_numbers():
    data = everything()
    order = np.random.default_rng(1).permutation(len(data))
    turned = replace(
        data,
        y=data.y[order],
        weight=data.weight[order],
        table=data.table.iloc[order].reset_index(drop=True),
        predictions={name: one.take(order) for name, one in data.predictions.items()},
    )
    first, second = found_in(data), found_in(turned)
    for name in ("summary", "labels", "thresholds", "ceilings", "missing"):
        pd.testing.assert_frame_equal(first.tables()[name], second.tables()[name])
    kept = ["model", "id", "truth", "predicted", "loss", "unusual", "suggested"]
    without_twins = [one.rows[one.rows["group"] == 0][kept].sort_values(["model", "id"]) for one in (first, second)]
    common = [
        part[part["id"].isin(set(without_twins[0]["id"]) & set(without_twins[1]["id"]))] for part in without_twins
    ]
    assert len(common[0]) > 300
    pd.testing.assert_frame_equal(*(part.reset_index(drop=True) for part in common))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(everything(), id="everything"),
        pytest.param(drawn_classes(300, weighted=True), id="classes"),
        pytest.param(drawn_values(300, weighted=True), id="values"),
        pytest.param(labels([0, 1, 1], [0, 1, 1]), id="all right"),
        pytest.param(labels([0, 1, 1], [1, 0, 0]), id="all wrong"),
        pytest.param(scores([1], [0.3]), id="one row"),
        pytest.param(drawn_values(1), id="one value"),
        pytest.param(scores([0, 1], {"a": [0.2, 0.3], "b": [np.nan, np.nan]}), id="withheld"),
        pytest.param(with_table(scores([0, 1], [0.9, 0.2]), a=[np.nan, np.nan], b=[None, None]), id="all null"),
        pytest.param(replace(scores([0, 1], [0.9, 0.2]), table=pd.DataFrame({"y": [0, 1]})), id="no column"),
    ],
)
def test_whatever_the_data_every_view_is_drawn(data):
    result = found_in(data)
    colours = colours_of(data.predictions)
    shown = METHOD.displays(result, colours)
    for show in SHOWS:
        shown += seen(result, show=show)
    assert all(one.figure is not None for one in shown if one.chart is not None)
    findings = find_faulty_rows(result)
    assert {one.code for one in findings} <= set(METHOD.codes)
    assert {table.columns[0] for table in result.tables().values()} <= {"model", "row", "label", "metric", "group"}


def test_nothing_faulty_is_said_with_what_was_looked_at():
    random = np.random.default_rng(0)
    p = random.random(500)
    data = scores((random.random(500) < p).astype(int), p)
    (finding,) = find_faulty_rows(found_in(with_table(data, x=np.arange(500))))
    assert (finding.code, finding.outcome) == ("ROW004", Outcome.PASSED)
    assert "contradict" in finding.sentence
    assert "equal in all features" in finding.sentence


def test_without_an_answer_it_does_not_apply():
    with pytest.raises(NotApplicable, match="any row"):
        found_in(scores([0, 1], [np.nan, np.nan]))


def test_a_model_alone_gives_the_same_rows():
    both = drawn(300)
    alone = replace(both, predictions={"a": both.predictions["a"]})
    first, second = (table_of(found_in(data), model="a")[["row", "loss", "confidence"]] for data in (both, alone))
    common = set(first["row"]) & set(second["row"])
    assert len(common) == len(second)
    kept = first[first["row"].isin(common)].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, second)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Predictions(np.array([1, 1, 1], np.int32), name="other", role=Role.HUMAN), id="no probabilities"),
        pytest.param(forecast(np.full(3, 0.6), "other", Role.BASELINE), id="baseline"),
        pytest.param(forecast(np.full(3, np.nan), "other"), id="withheld all"),
    ],
)
def test_who_knows_nothing_of_a_row_judges_no_label(other):
    data = scores([0, 1, 1], [0.9, 0.8, 0.7])
    with_other = replace(data, predictions=data.predictions | {"other": other})
    pd.testing.assert_frame_equal(found_in(with_other).labels, found_in(data).labels)
    assert len(found_in(data).labels) == 2
