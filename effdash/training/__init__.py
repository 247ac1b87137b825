"""From a configuration to a run: the loop (`session`, `trainer`), and the process it lives in (`process`).

Imports nothing, so that a trainer's process can begin before torch is loaded.
"""
