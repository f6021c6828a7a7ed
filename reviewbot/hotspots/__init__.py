"""What a profiler would report of a parallel construct: balance, bottleneck, cost of its loops."""
