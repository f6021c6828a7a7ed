"""`python -I -m reviewbot.action`, the last step of action.yml."""

from __future__ import annotations

import os
import sys

from reviewbot.action.run import main
from reviewbot.cli import main as command_line

if __name__ == "__main__":
    sys.exit(main(os.environ, command_line))
