"""Networks from ONNX files: our own small converter to the operators that effdash knows one by one."""

from effdash.loading.onnx.reading import OnnxNetwork, read_onnx

__all__ = ["OnnxNetwork", "read_onnx"]
