"""The causal chain of an executed program, told in hindsight and put to the test."""
