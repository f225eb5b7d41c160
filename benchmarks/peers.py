"""evallib side by side with explainerdashboard, shapash and Evidently: seconds, ratios and peak memory.

Run `.venv/bin/python benchmarks/peers.py [--rows 10000 50000 200000] [--repeats 3] [--sides evallib evidently …]`.
Each peer gets a virtual environment of its own with pinned versions below `--envs`, made when first needed; the files
in `sides/` say which call is measured of each. What is measured starts with the model and the data in memory and the
packages imported, and ends when everything that the peer shows is ready (evallib starts from files). The sides take
turns, so that a busy machine disturbs all of them.
"""

from pathlib import Path

from side_by_side import Side, compare

SIDES = (
    Side("floor"),
    Side("evallib"),
    Side(
        "evidently",
        ("evidently==0.7.21", "plotly==5.24.1", "scikit-learn==1.7.2", "pandas==2.3.3", "numpy==2.2.6"),
    ),
    Side(
        "explainerdashboard",
        (
            *("explainerdashboard==0.5.8", "dash==4.4.1", "plotly==7.1.0", "setuptools==75.8.0"),
            *("shap==0.46.0", "numba==0.60.0", "scikit-learn==1.5.2", "pandas==2.2.3", "numpy==1.26.4"),
        ),
    ),
    Side(
        "shapash",
        (
            *("shapash==2.7.9", "dash==4.4.1", "plotly==5.24.1"),
            *("shap==0.46.0", "numba==0.60.0", "scikit-learn==1.5.2", "pandas==2.2.3", "numpy==1.26.4"),
        ),
        most_rows=200_000,
    ),
)


if __name__ == "__main__":
    compare(SIDES, Path(__file__).with_name("sides"), __doc__, [10_000, 50_000, 200_000])
