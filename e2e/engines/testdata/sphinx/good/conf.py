import os
import sys

sys.path.insert(0, os.path.abspath("."))

project = "Edge"
extensions = ["flowc_sphinx", "myst_parser"]
exclude_patterns = ["_build"]
