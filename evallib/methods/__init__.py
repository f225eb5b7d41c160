"""The registry: every evaluation method, in the order of its page."""

from evallib.core.method import Method
from evallib.methods.baselines import METHOD as BASELINES
from evallib.methods.errors import METHOD as ERRORS
from evallib.methods.finder import METHOD as FINDER
from evallib.methods.performance import METHOD as PERFORMANCE
from evallib.methods.perturbation import METHOD as PERTURBATION
from evallib.methods.reliability import METHOD as RELIABILITY
from evallib.methods.reversals import METHOD as REVERSALS
from evallib.methods.rows import METHOD as ROWS
from evallib.methods.slices import METHOD as SLICES
from evallib.methods.thresholds import METHOD as THRESHOLDS

METHODS: dict[str, Method] = {
    method.key: method
    for method in (
        PERFORMANCE,
        BASELINES,
        RELIABILITY,
        THRESHOLDS,
        PERTURBATION,
        SLICES,
        FINDER,
        ERRORS,
        REVERSALS,
        ROWS,
    )
}
"""Every method by its key."""
