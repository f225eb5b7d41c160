"""The rows of `finder.py speed` as a file, with a second model that is wrong in a tenth of the rows."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from finder import planted_rows

columns, wrong = planted_rows(int(sys.argv[1]))
too = (np.random.default_rng(1).random(len(wrong)) < 0.1).astype(np.intp)
table = pd.DataFrame({one.column: one.codes for one in columns}).assign(wrong=wrong, wrong_too=too)
table.to_parquet(Path(sys.argv[2]) / "rows.parquet")
