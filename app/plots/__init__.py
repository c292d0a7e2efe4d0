"""Figures of fits as files: SVG, PNG, PDF. They know numbers and words, but no database and no HTTP."""

import logging

# Before Matplotlib is loaded, which would write to standard error of a folder that it can't use; later it would of each
# letter that the font lacks, in whose place the figure has a box.
logging.getLogger("matplotlib").setLevel(logging.ERROR)
