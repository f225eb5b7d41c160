import pytest

from evallib.core.wording import number


@pytest.mark.parametrize(
    ("value", "spec", "said"),
    [
        (0.12345, ".4g", "0.1235"),
        (60_390.4, ".4g", "60,390"),
        (-3240.0, "+.3g", "−3,240"),
        (3240.0, "+.3f", "+3,240"),
        (999.4, ".4g", "999.4"),
        (float("nan"), ".3f", "nan"),
        (float("inf"), ".4g", "inf"),
        (1e20, ".3g", "1e+20"),
    ],
)
def test_numbers_read_as_people_write_them(value, spec, said):
    assert number(value, spec) == said
