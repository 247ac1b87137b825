"""Small runs that train in a blink."""

import pytest

from effdash.config import DataConfig, JumpstartConfig, NetworkConfig, RunConfig


@pytest.fixture
def moons() -> RunConfig:
    """Full batch, no schedule surprises: 3 layers of 6 units, 12 epochs."""
    return RunConfig(
        network=NetworkConfig(depth=3, width=6),
        jumpstart=JumpstartConfig(weight=0.1),
        epochs=12,
        device="cpu",
    )


@pytest.fixture
def batches() -> RunConfig:
    """Three batches an epoch, with batch normalization: everything that has a state."""
    return RunConfig(
        data=DataConfig(name="moons", samples=60),
        network=NetworkConfig(depth=2, width=5, batch_norm=True),
        jumpstart=JumpstartConfig(weight=0.1, schedule="cosine"),
        epochs=10,
        batch_size=20,
        device="cpu",
    )
