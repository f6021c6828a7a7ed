"""Language models fine-tuned on traces in prose: their data, training, export and parity."""
