"""Names and rules of the bins of numbers."""

import numpy as np

from evallib.core.slice_bins import bin_numbers


def test_names_are_short_and_rules_exact():
    single = np.float32([4.3, 3.1]).astype(float)
    found = bin_numbers(np.repeat(single, 3), 5)
    assert found.names == ["3.1", "4.3"]
    assert found.rules("x") == ["x == 3.0999999046325684", "x == 4.300000190734863"]
    close = bin_numbers(np.repeat([1.0000001, 1.0000002], 3), 5)
    assert close.names == ["1.0000001", "1.0000002"]
