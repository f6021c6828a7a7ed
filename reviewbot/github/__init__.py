"""The review on GitHub: read what is there, plan, write; the plan is pure, the client is not."""
