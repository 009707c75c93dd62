import os
import sys

sys.path.insert(0, os.path.abspath("."))

project = "Edge"
copyright = "the authors"
version = "1"
extensions = ["flowc_sphinx", "myst_parser"]
exclude_patterns = ["_build"]
