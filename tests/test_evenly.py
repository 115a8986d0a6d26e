"""Some of many: each once or one out of each part, and of no class more than there is of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffviz.evenly import evenly


@settings(deadline=None)  # a busy machine says nothing of it
@given(st.integers(1, 3000), st.integers(0, 9000))
def test_each_as_often_as_it_goes(many: int, wanted: int) -> None:
    picked = evenly(many, wanted)
    times = np.bincount(picked, minlength=many)
    assert len(picked) == wanted and len(times) == many and (np.diff(picked) >= 0).all()
    assert set(times.tolist()) <= {wanted // many, wanted // many + 1}
    if 0 < wanted < many:
        gaps = np.diff(np.concatenate(([-1], picked, [many])))
        assert gaps.max() <= 2 * -(-many // wanted), "no part is passed over"


@pytest.mark.parametrize("period", [2, 3, 5, 8])
@pytest.mark.parametrize(("many", "wanted"), [(2000, 5000), (2000, 1000), (200_000, 100_000), (5000, 300), (999, 1000)])
def test_what_takes_turns_has_its_share(many: int, wanted: int, period: int) -> None:
    """1,000 of 2,000 were of one class of two, and 5,000 of them three of the one to two of the other."""
    shares = np.bincount(evenly(many, wanted) % period, minlength=period) / wanted
    assert np.abs(shares - 1 / period).max() <= max(0.001, 5 / wanted)
