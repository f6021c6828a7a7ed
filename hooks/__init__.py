"""Thin hook entries for pre-commit and plain git."""
