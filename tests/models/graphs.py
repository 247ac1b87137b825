"""What must hold of the graph of any network, and networks that do one thing to an image each."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from effdash.models.graph import Graph, GraphModel, evaluating, node_shapes, trace_graph
from effdash.models.linked import lk_relu
from effdash.observe import find_layers


def is_the_same(model: nn.Module, x: Tensor) -> Graph:
    """The graph computes, holds and shows what the model does, also after a way through text."""
    graph = trace_graph(model, x)
    assert Graph.from_json(graph.to_json()) == graph
    twin = GraphModel(graph, model.state_dict())
    with evaluating(model):
        assert torch.equal(twin(x), model(x))
        shape = (1, *model(x).shape[1:])
    assert sorted(twin.state_dict()) == sorted(model.state_dict())
    assert find_layers(twin, x) == find_layers(model, x)
    assert node_shapes(graph, tuple(x.shape[1:]))[graph.output] == shape
    assert trace_graph(twin, x) == graph
    return graph


class Spelt(nn.Module):
    """What `steps` do to an image between a convolution and a linear layer."""

    def __init__(self, steps: Callable[[Tensor], Tensor], reads: int = 4) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.out = nn.Linear(reads, 2)
        self.steps = steps

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.steps(self.conv(x)))


def swapped(halves: tuple[Tensor, ...]) -> Tensor:
    return torch.cat([halves[1], halves[0]], 1)


STEPS: dict[str, tuple[int, Callable[[Tensor], Tensor]]] = {
    "upsample": (576, lambda h: functional.interpolate(h.relu(), scale_factor=2, mode="nearest").flatten(1)),
    "pad": (256, lambda h: functional.pad(h.relu(), (1, 1, 0, 2)).flatten(1)),
    "index": (36, lambda h: h.relu()[:, 1, None, ...].flatten(1)),
    "chunk": (144, lambda h: swapped(h.relu().chunk(2, 1)).flatten(1)),
    "split": (72, lambda h: h.relu().split([2, 2], dim=1)[1].flatten(1)),
    "permute": (144, lambda h: h.relu().permute(0, 2, 3, 1).flatten(1)),
    "transpose": (144, lambda h: h.relu().transpose(1, -1).flatten(1)),
    "matmul": (144, lambda h: (h.relu() @ h.sigmoid()).flatten(1)),
    "avg pool": (36, lambda h: functional.avg_pool2d(h.relu(), 2, ceil_mode=True).flatten(1)),
    "adaptive pool": (4, lambda h: functional.adaptive_max_pool2d(h.relu(), 1).squeeze(-1).squeeze(-1)),
    "softmax": (144, lambda h: torch.softmax(h.relu(), dim=1).flatten(1)),
    "maximum": (144, lambda h: torch.maximum(h, torch.zeros_like(h)).flatten(1)),
    "maximum of a constant": (144, lambda h: torch.max(h, torch.tensor(0.0)).flatten(1)),
    "mask": (144, lambda h: (h * (h > 0)).flatten(1)),
    "by hand": (144, lambda h: (h * h.sigmoid()).flatten(1)),
    "linked by hand": (288, lambda h: torch.cat([h.relu(), (-h).relu()], 1).flatten(1)),
    "powers": (144, lambda h: (2.0 ** h.relu() + h.abs() ** 0.5 + h**2).flatten(1)),
    "by steps": (144, lambda h: (h.relu().exp().log() * h.abs().sqrt() + torch.erf(h)).flatten(1)),
    "smallest": (4, lambda h: h.relu().amin((2, 3))),
    "where": (144, lambda h: torch.where(h > 0, h, torch.zeros_like(h)).flatten(1)),
    "where as a method": (144, lambda h: h.where(h > 0, h * 0.1).flatten(1)),
    "transposed": (
        484,
        nn.Sequential(
            nn.ReLU(),
            nn.ConvTranspose2d(4, 4, 3, stride=2, padding=1, dilation=2, groups=2, bias=False),
            nn.ReLU(),
            nn.Conv2d(4, 4, 3),
            nn.ReLU(),
            nn.Flatten(),
        ),
    ),
    "clamp": (144, lambda h: h.clamp(0, 6).flatten(1)),
    "shuffle": (
        144,
        lambda h: h.relu().view(h.size(0), 2, h.size(1) // 2, 6, 6).transpose(1, 2).reshape(h.size(0), -1),
    ),
    "written over": (144, lambda h: (h.relu_() + h).flatten(1)),
    "modules": (
        36,
        nn.Sequential(
            nn.GroupNorm(2, 4),
            nn.PReLU(4),
            nn.ZeroPad2d(1),
            nn.AvgPool2d(3, 3, 1),
            nn.Dropout2d(0.2),
            nn.Flatten(),
        ),
    ),
    "upsampling module": (576, nn.Sequential(nn.Softplus(), nn.Upsample(scale_factor=2), nn.Flatten())),
    "layer norm": (144, nn.Sequential(nn.LayerNorm([6, 6]), lk_relu(), nn.MaxPool2d((2, 1)), nn.Flatten())),
}
