"""`python3 tests/model RUN`."""
import pathlib
import sys

sys.path[0] = str(pathlib.Path(__file__).resolve().parent.parent)
from model.model import main  # noqa: E402

sys.exit(main())
