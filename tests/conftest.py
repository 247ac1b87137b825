"""What all tests share: shapes are checked at run time, and threads stay out of the way."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from jaxtyping import install_import_hook

install_import_hook("effdash", "beartype.beartype")
