"""All slices of up to three columns with their statistics, side by side with the finders and group-bys of others.

Run `.venv/bin/python benchmarks/finder_peers.py [--rows 10000 100000] [--repeats 3] [--sides evallib polars …]`.
Sixteen columns of 2 to 20 values, slices of at least 0.5 % of the rows; the files in `finder_sides/` say which call is
measured of each. evallib, pandas, Polars and DuckDB count the errors of two models, the others of one; the group-bys
only count. The data are in memory and the packages imported before the clock starts, and evallib, Polars and DuckDB
have done it once.
"""

from pathlib import Path

from side_by_side import Side, compare

PANDAS = ("pandas==2.3.3", "pyarrow==21.0.0", "numpy==2.2.6")
OLD_PANDAS = ("pandas==2.2.3", "pyarrow==21.0.0", "numpy==1.26.4")

SIDES = (
    Side("evallib"),
    Side("pandas"),
    Side("polars", ("polars==2.1.0", *PANDAS)),
    Side("duckdb", ("duckdb==2.0.1", *PANDAS)),
    Side("pysubgroup", ("pysubgroup==0.9.0", *OLD_PANDAS), most_rows=100_000),
    Side("sliceline", ("sliceline==0.3.0", *OLD_PANDAS), most_rows=10_000),
    Side("divexplorer", ("divexplorer==0.2.6", *OLD_PANDAS), most_rows=100_000),
    Side("fairlearn", ("fairlearn==0.15.0", *PANDAS), most_rows=10_000),
)

if __name__ == "__main__":
    compare(SIDES, Path(__file__).with_name("finder_sides"), __doc__, [10_000, 100_000])
