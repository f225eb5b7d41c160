"""Numbers in sentences."""

from __future__ import annotations

from collections.abc import Hashable, Mapping


def number(value: float, spec: str = ".4g") -> str:
    """The number as `spec` says; from 1,000 on in whole units with separators, instead of as a power of ten."""
    if 1000 <= abs(value) < 1e15:
        spec = f"{'+' if spec.startswith('+') else ''},.0f"
    return f"{value:{spec}}".replace("-", "−")


def false_rate(q: float) -> str:
    """A false discovery rate, in words."""
    return "false discovery rate below 0.001" if q < 0.001 else f"false discovery rate {q:.3f}"


def interval(row: Mapping[Hashable, float], names: tuple[str, str, str] = ("difference", "lower", "upper")) -> str:
    """A signed difference with its limits, which stand in the row under these names."""
    middle, lower, upper = (number(row[name], "+.3g") for name in names)
    return f"{middle} ({lower} to {upper})"
