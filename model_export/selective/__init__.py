"""When the model's word is enough and when a run must decide: thresholds with guarantees."""
