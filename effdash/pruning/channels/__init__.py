"""Channels: followed through a graph from where they are made to where they are read."""

from effdash.pruning.channels.book import Book, Channels, Step
from effdash.pruning.channels.rules import RULES

__all__ = ["RULES", "Book", "Channels", "Step"]
