"""``python -m nst.core.cli``."""

import sys

from .app import main

sys.exit(main())
