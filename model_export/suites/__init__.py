"""Visible suites of other people's programs: for measuring and for mending, never for weights."""
