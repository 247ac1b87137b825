"""What each of ONNX's operators becomes in a graph of effdash's own."""

from typing import Final

from effdash.loading.onnx.rules.activations import ACTIVATION_RULES
from effdash.loading.onnx.rules.arithmetic import ARITHMETIC_RULES
from effdash.loading.onnx.rules.layers import LAYER_RULES
from effdash.loading.onnx.rules.layouts import LAYOUT_RULES
from effdash.loading.onnx.rules.pooling import POOLING_RULES
from effdash.loading.onnx.rules.resizing import RESIZING_RULES
from effdash.loading.onnx.rules.sizes import SIZE_RULES
from effdash.loading.onnx.step import Rule

RULES: Final[dict[str, Rule]] = {
    **LAYER_RULES,
    **ACTIVATION_RULES,
    **ARITHMETIC_RULES,
    **POOLING_RULES,
    **LAYOUT_RULES,
    **RESIZING_RULES,
    **SIZE_RULES,
}

__all__ = ["RULES"]
