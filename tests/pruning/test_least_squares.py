"""Least squares against numpy's own, from moments in parts; patches against the convolution itself."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from effdash.pruning.least_squares import NormalEquations
from effdash.pruning.patches import batches, channels_first, evenly, patches, zero_padded

rows_of_data = st.integers(12, 40)
seeds = st.integers(0, 2**32 - 1)


def drawn(seed: int, n: int, columns: int, outputs: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    shifted = rng.normal(size=(n, columns)) + 3
    return (
        torch.from_numpy(shifted),
        torch.from_numpy(rng.normal(size=(n, outputs))),
        torch.from_numpy(rng.uniform(0.2, 5, n)),
    )


def gathered(H: torch.Tensor, Z: torch.Tensor, s: torch.Tensor, parts: int) -> NormalEquations:
    equations = NormalEquations(H.shape[1], Z.shape[1])
    for rows in torch.arange(len(H)).chunk(parts):
        equations.add(H[rows].T, Z[rows].T, s[rows])
    return equations


def by_numpy(H: torch.Tensor, Z: torch.Tensor, s: torch.Tensor, intercept: bool) -> np.ndarray:
    """The coefficients (column, output), the intercept's last."""
    design = np.column_stack([H, np.ones(len(H))]) if intercept else H.numpy()
    root = np.sqrt(s.numpy())[:, None]
    return np.linalg.lstsq(root * design, root * Z.numpy(), rcond=None)[0]


@settings(derandomize=True, deadline=None)
@given(
    seed=seeds, n=rows_of_data, columns=st.integers(1, 6), parts=st.integers(1, 4), intercept=st.booleans()
)
def test_solution_is_numpys(seed: int, n: int, columns: int, parts: int, intercept: bool) -> None:
    H, Z, s = drawn(seed, n, columns, outputs=3)
    solution = gathered(H, Z, s, parts).solve(ridge=1e-13, intercept=intercept)
    expected = by_numpy(H, Z, s, intercept)
    np.testing.assert_allclose(solution.weight.T, expected[:columns], rtol=1e-6, atol=1e-7)
    bias = expected[columns] if intercept else np.zeros(3)
    np.testing.assert_allclose(solution.bias, bias, rtol=1e-6, atol=1e-6)


@settings(derandomize=True, deadline=None)
@given(seed=seeds, columns=st.integers(2, 6))
def test_ridge_draws_to_the_prior(seed: int, columns: int) -> None:
    H, Z, s = drawn(seed, 30, columns, outputs=2)
    prior = torch.from_numpy(np.random.default_rng(seed).normal(size=(2, columns)))
    solution = gathered(H, Z, s, 1).solve(prior, ridge=0.3)
    centred = H - (s @ H) / s.sum()
    gram = (centred * s[:, None]).T @ centred
    load = 0.3 * gram.diagonal().mean() * torch.eye(columns, dtype=torch.float64)
    target = Z - (s @ Z) / s.sum()
    expected = torch.linalg.solve(gram + load, (centred * s[:, None]).T @ target + load @ prior.T).T
    torch.testing.assert_close(solution.weight, expected, rtol=1e-9, atol=1e-10)


def test_what_data_leave_open_stays_as_in_the_prior() -> None:
    """Two samples cannot say more than one direction of five; the solution fits them, and is the nearest."""
    H, Z, s = drawn(0, 2, 5, outputs=3)
    prior = torch.ones(3, 5, dtype=torch.float64)
    weight, bias = gathered(H, Z, s, 1).solve(prior)
    torch.testing.assert_close(H @ weight.T + bias, Z, rtol=1e-4, atol=1e-4)
    moved = weight - prior
    direction = (H[1] - H[0]) / (H[1] - H[0]).norm()
    torch.testing.assert_close(moved, torch.outer(moved @ direction, direction), rtol=1e-6, atol=1e-6)


def test_dead_columns_get_no_weight_and_the_bias_is_the_weighted_mean() -> None:
    H = torch.zeros(3, 2, dtype=torch.float64)
    Z = torch.tensor([[0.0], [3.0], [9.0]], dtype=torch.float64)
    weight, bias = gathered(H, Z, torch.tensor([1.0, 2.0, 1.0], dtype=torch.float64), 1).solve()
    assert weight.tolist() == [[0.0, 0.0]]
    assert bias.tolist() == [3.75]


@settings(derandomize=True, deadline=None)
@given(seed=seeds)
def test_part_is_what_the_data_would_have_given(seed: int) -> None:
    H, _, s = drawn(seed, 20, 6, outputs=1)
    rng = np.random.default_rng(seed)
    W, b = torch.from_numpy(rng.normal(size=(4, 6))), torch.from_numpy(rng.normal(size=4))
    kept = torch.tensor([0, 2, 5])
    Z = H @ W.T + b
    whole = gathered(H, Z, s, 1).part(kept, W, b)
    expected = gathered(H[:, kept], Z, s, 1)
    for name in ("gram", "cross", "column_sum", "output_sum", "total"):
        torch.testing.assert_close(getattr(whole, name), getattr(expected, name), rtol=1e-10, atol=1e-10)


CONVOLUTIONS = {
    "plain 1d": (lambda: nn.Conv1d(3, 4, 3), (5, 3, 9)),
    "padded 2d": (lambda: nn.Conv2d(3, 4, 3, padding=1), (5, 3, 6, 7)),
    "strided": (lambda: nn.Conv2d(3, 4, 3, stride=2, padding=1), (5, 3, 7, 7)),
    "dilated": (lambda: nn.Conv2d(2, 4, 3, dilation=2, padding=2), (5, 2, 8, 8)),
    "same": (lambda: nn.Conv2d(2, 3, (4, 3), padding="same"), (2, 2, 8, 8)),
    "circular": (lambda: nn.Conv2d(2, 3, 3, padding=1, padding_mode="circular"), (2, 2, 8, 8)),
    "oblong 3d": (lambda: nn.Conv3d(2, 3, (1, 2, 3), stride=(1, 2, 1), padding=(0, 1, 1)), (2, 2, 4, 5, 6)),
}


@pytest.mark.parametrize("kind", CONVOLUTIONS)
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
def test_patches_times_weights_is_the_convolution(kind: str) -> None:
    make, shape = CONVOLUTIONS[kind]
    torch.manual_seed(0)
    convolution = make().double()
    x = torch.randn(shape, dtype=torch.float64)
    with torch.no_grad():
        outputs = channels_first(convolution(x))
        columns = patches(convolution, x)
        found = convolution.weight.flatten(1) @ columns + convolution.bias[:, None]
    torch.testing.assert_close(found, outputs)


def test_only_padding_with_zeros_makes_a_constant_vary() -> None:
    assert zero_padded(nn.Conv2d(1, 1, 3, padding=1))
    assert not zero_padded(nn.Conv2d(1, 1, 3))
    assert not zero_padded(nn.Conv2d(1, 1, 1, padding="same"))
    assert not zero_padded(nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular"))


@pytest.mark.parametrize("samples", [1, 7, 10])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_batches_hold_every_sample_once(samples: int, size: int) -> None:
    slices = list(batches(samples, size, elements=9))
    assert [row for part in slices for row in range(*part.indices(samples))] == list(range(samples))


def test_evenly_takes_at_most_so_many() -> None:
    assert list(range(*evenly(10, 4).indices(10))) == [0, 3, 6, 9]
    assert list(range(*evenly(10, 10).indices(10))) == list(range(10))


def test_columns_that_hardly_vary_next_to_their_size_are_no_trouble():
    """Taking the means out leaves rounding, of any sign, on the diagonal."""
    generator = torch.Generator().manual_seed(0)
    columns = 1e3 + 1e-12 * torch.randn(6, 50, generator=generator, dtype=torch.float64)
    outputs = torch.randn(2, 50, generator=generator, dtype=torch.float64)
    equations = NormalEquations(6, 2)
    equations.add(columns, outputs, torch.full((50,), 1 / 50, dtype=torch.float64))
    solution = equations.solve()
    assert solution.weight.abs().max() < 1e-6
    torch.testing.assert_close(
        (solution.weight @ columns).T + solution.bias, outputs.mean(1).expand(50, 2), rtol=0, atol=1e-3
    )
