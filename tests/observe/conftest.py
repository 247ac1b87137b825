"""Every specimen of the zoo, with what units may do planted into it."""

import pytest
import torch
from torch import nn

from tests.observe.zoo import ZOO, Specimen


def plant(model: nn.Module) -> nn.Module:
    """Units 0 to 4 of every layer: exactly 0; constant above; constant below; always below; always above."""
    with torch.no_grad():
        for module in model.modules():
            kinds = nn.Linear | nn.modules.conv._ConvNd | nn.modules.batchnorm._BatchNorm
            if isinstance(module, kinds) and len(module.bias) > 5:
                module.weight[:3] = 0
                module.bias[:5] = torch.tensor([0.0, 0.7, -0.7, -60.0, 60.0])
    return model


@pytest.fixture(params=list(ZOO))
def specimen(request: pytest.FixtureRequest) -> Specimen:
    torch.manual_seed(len(request.param))
    return ZOO[request.param]


@pytest.fixture
def network(specimen: Specimen) -> nn.Module:
    model = plant(specimen.make())
    if any(isinstance(module, nn.BatchNorm1d) for module in model.modules()):
        for _ in range(3):
            model(torch.randn(16, *specimen.input_shape))
    return model
