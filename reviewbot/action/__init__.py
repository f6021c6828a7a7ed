"""The GitHub Action's runner: environment in, commands called, outputs and exit code out."""
