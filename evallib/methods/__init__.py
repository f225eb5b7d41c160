"""The registry: every evaluation method, in the order of its page."""

from evallib.core.method import Method

METHODS: dict[str, Method] = {method.key: method for method in ()}
"""Every method by its key."""
