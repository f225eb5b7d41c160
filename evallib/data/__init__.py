"""Files to tables to an evaluation set: readers with limits, profiling, guessing, assembling, exports, demo data."""

from evallib.data.answers import ColumnAnswers, answers_from_columns
from evallib.data.assembly import as_predictions, evaluation_set
from evallib.data.demos import DEMOS, Demo, prepare_demo
from evallib.data.endpoint import Endpoint
from evallib.data.export import plain, to_csv
from evallib.data.guess import guess_source
from evallib.data.guess_systems import guess_systems
from evallib.data.labels import Labelled, class_names, label_rows, label_training
from evallib.data.limits import Limits
from evallib.data.profile import TableProfile, column_kinds, profile_table
from evallib.data.reading import read_table
from evallib.data.sniffing import EXTENSIONS
from evallib.data.source import DataSource, System
from evallib.data.storage import checked_shape, fingerprint, read_arrow, write_arrow

__all__ = [
    "DEMOS",
    "EXTENSIONS",
    "ColumnAnswers",
    "DataSource",
    "Demo",
    "Endpoint",
    "Labelled",
    "Limits",
    "System",
    "TableProfile",
    "answers_from_columns",
    "as_predictions",
    "checked_shape",
    "class_names",
    "column_kinds",
    "evaluation_set",
    "fingerprint",
    "guess_source",
    "guess_systems",
    "label_rows",
    "label_training",
    "plain",
    "prepare_demo",
    "profile_table",
    "read_arrow",
    "read_table",
    "to_csv",
    "write_arrow",
]
