#!/usr/bin/env bash
# How much of lib/ the unit and API tests reach: lines and branches a file, and in all. With gcovr a
# browsable report as well.
#
#   tests/coverage.sh            builds the preset "coverage" and runs it
set -euo pipefail
cd "$(dirname "$0")/.."

tree=build/coverage
cmake --preset coverage
cmake --build --preset coverage -j "$(nproc)"
find "$tree" -name '*.gcda' -delete
ctest --preset coverage -j "$(nproc)"

if command -v gcovr >/dev/null; then
  gcovr --root . --filter 'lib/' --print-summary --html-details "$tree/coverage.html" "$tree"
  echo "The report: $tree/coverage.html"
  exit 0
fi

# gcov alone: "File", "Lines executed:P% of N" for every source of the library.
find "$tree/lib" -name '*.gcda' -print0 | xargs -0 gcov --no-output 2>/dev/null |
  awk -F "[':% ]+" -v root="$PWD/lib/" '
    /^File/ { file = $2; wanted = index(file, root) == 1 }
    /^Lines executed/ && wanted {
      sub(root, "lib/", file)
      if ($NF > lines[file]) { lines[file] = $NF; hit[file] = $3 * $NF / 100 }
      wanted = 0
    }
    END {
      for (file in lines) {
        printf "%6.1f%% of %4d  %s\n", 100 * hit[file] / lines[file], lines[file], file | "sort -k 4"
        all += lines[file]; reached += hit[file]
      }
      close("sort -k 4")
      if (all > 0) printf "%6.1f%% of %4d  all lines\n", 100 * reached / all, all
    }'
