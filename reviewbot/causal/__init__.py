"""World models that write their trace: fine-tuned causal language models behind `Predictor`."""
