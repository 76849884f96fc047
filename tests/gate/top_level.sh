#!/bin/sh
# The repository's top level holds exactly what the layout fixes, and dot-files.
set -eu
cd "$DUIZHANG_SOURCE"
wanted='CMakeLists.txt README.md consumers daemon fixtures parsers tests'
if found=$(git ls-files --cached --others --exclude-standard 2>/dev/null) && [ -n "$found" ]; then
	found=$(echo "$found" | cut -d/ -f1)
else
	found=$(ls | grep -v '^build')
fi
found=$(echo "$found" | grep -v '^\.' | LC_ALL=C sort -u | tr '\n' ' ')
found=${found% }
[ "$found" = "$wanted" ] || { echo "top level: wanted: $wanted; found: $found"; exit 1; }
