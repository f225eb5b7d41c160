"""Nothing; the table and the model lie as files in the folder that the driver names."""

import sys
from pathlib import Path

import joblib
from workload import make_model, make_table, rows_asked_for

folder = Path(sys.argv[2])
table, event = make_table(rows_asked_for())
table.assign(event=event).to_parquet(folder / "rows.parquet")
joblib.dump(make_model(), folder / "model.joblib")
