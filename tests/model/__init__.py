"""An executable reading of the contract, for tests: slow, whole, and written apart from the daemon."""
from .documents import NotModelled
from .model import evaluate, read_run
from .rules import Settings

__all__ = ["NotModelled", "Settings", "evaluate", "read_run"]
