#!/bin/sh
# The model says of the example counties what expected.json says, in the order given and in others.
# ctest: PLAIN
set -eu
exec "$PYTHON" "$DUIZHANG_SOURCE/tests/golden/run_examples.py" --model --orders 20
