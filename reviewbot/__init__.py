"""Predict data races in changed parallel C and C++ code, with the reasons."""

__version__ = "0.1.0"
