"""The floor: the model's own `predict_proba`, and nothing else."""

from workload import make_model, make_table, measure, rows_asked_for

model, (table, event) = make_model(), make_table(rows_asked_for())
measure(lambda: model.predict_proba(table))
