"""The registry: every evaluation method, in the order of its page."""

from evallib.core.method import Method
from evallib.methods.perturbation import METHOD as PERTURBATION
from evallib.methods.reliability import METHOD as RELIABILITY

METHODS: dict[str, Method] = {
    method.key: method
    for method in (
        RELIABILITY,
        PERTURBATION,
    )
}
"""Every method by its key."""
