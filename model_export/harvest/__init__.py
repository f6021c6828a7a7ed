"""Parallel functions of public projects as self-contained programs, a second source of data."""
