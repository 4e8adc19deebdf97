"""``python -m automl_tasks`` is the ``nightshift`` command."""

import sys

from automl_tasks.cli import main

sys.exit(main())
