"""The exact oracle: whether a program can race, from its accesses, locks and order, not from luck.

ThreadSanitizer's instrumentation is linked with a runtime of our own (`native/`), which knows
logical threads where the sanitizer knows operating-system threads. `AGREEMENT.md` tells how often
both say the same, and why where they do not.
"""
