#!/bin/sh
# Layers go one way: a file includes its own layer and those to its left. Also: only case and fleet speak SQL.
# With an argument, checks that tree instead (the test plants a violation there).
set -eu
root=${1:-$(dirname "$0")/..}
order="core formats knowledge detect case answers fleet report web cli"
bad=0
left=
for layer in $order; do
  left="$left $layer"
  [ -d "$root/src/$layer" ] || continue
  allowed=$(echo $left | tr ' ' '|')
  # web and cli do not include each other, except that cli starts web
  found=$(grep -rnE '^#include "[a-z]+/' "$root/src/$layer" --include='*.[ch]' | grep -vE "#include \"($allowed)/" || true)
  if [ -n "$found" ]; then
    echo "layer $layer includes a layer to its right:" >&2
    echo "$found" >&2
    bad=1
  fi
  case $layer in case|fleet) ;; *)
    if grep -rln '#include <sqlite3.h>' "$root/src/$layer" >&2; then
      echo "layer $layer speaks SQL" >&2
      bad=1
    fi ;;
  esac
done
exit $bad
