"""One layer at a time."""

import numpy as np
import pytest
import torch
from torch import nn

from effdash.pruning.solving import mixed


@pytest.mark.parametrize("padding", [0, 1])
def test_channels_are_mixed_with_a_constant_only_where_no_border_sees_zeros(padding: int) -> None:
    torch.manual_seed(0)
    convolution = nn.Conv2d(2, 3, 3, padding=padding).double()
    x = torch.randn(30, 2, 5, 5, dtype=torch.float64) + 1
    originals = torch.stack([x[:, 0], x[:, 1], 2 + x[:, 0] - x[:, 1]], dim=1)
    weight = torch.randn(3, 3, 3, 3, dtype=torch.float64)
    columns = x.transpose(0, 1).flatten(1).numpy()
    if not padding:
        columns = np.vstack([columns, np.ones(columns.shape[1])])
    told = originals.transpose(0, 1).flatten(1).numpy()
    mixture = np.linalg.lstsq(columns.T, told.T, rcond=None)[0][:2]
    expected = np.einsum("ouij,ku->okij", weight.numpy(), mixture)
    uniform = torch.ones(30, dtype=torch.float64)
    found = mixed(convolution, weight=weight, x=x, originals=originals, known=None, weights=uniform)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
