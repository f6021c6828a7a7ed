"""What the corpus is worth: duplicates, balance, tells, leaks, and the datasheet that says so."""
