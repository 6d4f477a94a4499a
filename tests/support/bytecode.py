"""Lets a test run keep compiled modules, also where the environment forbids it; loaded before all other plugins.

A run starts some hundred Python processes. Where each compiles all that it imports, the run takes twice the processor time.
"""

import os
import sys

sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # for the children
