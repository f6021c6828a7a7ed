"""The words for what costs parallel time; their order is that of the model's outputs."""

BOTTLENECKS = (
    "none",
    "imbalance",
    "contention",
    "false-sharing",
    "fork-join",
    "serial",
    "strided",
)
