"""The tests of Standfast."""

import os
import sys

# Many containers tell Python to keep no compiled code. Every process that a test starts would then
# compile all of Standfast anew, and every incident in Temporal's sandbox all of `workflows/`.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
