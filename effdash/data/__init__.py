"""Data sets by name, and a user's own data, as one kind of thing."""

from effdash.data.dataset import Dataset, as_dataset
from effdash.data.registry import DATASETS, from_config, is_path, load_data

__all__ = ["DATASETS", "Dataset", "as_dataset", "from_config", "is_path", "load_data"]
