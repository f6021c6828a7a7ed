"""Source to regions to slices."""
