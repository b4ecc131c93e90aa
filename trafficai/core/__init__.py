"""The Numba physics: pure functions over record arrays; no I/O, no files, no reinforcement learning."""
