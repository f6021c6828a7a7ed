"""Measures the budgets that the project promises to keep."""
