#!/usr/bin/env bash
# The public header stands alone, as C11 and as C++11, for every compiler at hand, and twice over.
# header.sh HEADER
set -euo pipefail

checked=0
check() {
  local compiler=$1 language=$2 standard=$3
  command -v "$compiler" >/dev/null || return 0
  printf '#include "%s"\n#include "%s"\nint use(void);\nint use(void) { return MNISTCNN_OK; }\n' \
    "$header" "$header" |
    "$compiler" -x "$language" "-std=$standard" -fsyntax-only -pedantic -Wall -Wextra -Wshadow \
      -Wconversion -Wundef -Werror -
  checked=$((checked + 1))
}

header=$(realpath "$1")
for compiler in gcc clang; do
  check "$compiler" c c11
  check "$compiler" c c17
done
for compiler in g++ clang++; do
  check "$compiler" c++ c++11
  check "$compiler" c++ c++20
done
header=$(dirname "$header")/mnistcnn.hpp
for compiler in g++ clang++; do
  check "$compiler" c++ c++17
  check "$compiler" c++ c++20
done
header=$(realpath "$1")
echo "$checked compilations"
[ "$checked" -gt 0 ]

# Nothing but the two standard headers, so nothing else reaches the programs that include it.
includes=$(grep -E '^ *# *include' "$header" | sort)
[ "$includes" = "$(printf '#include "mnistcnn_abi.h"\n#include <stddef.h>\n#include <stdint.h>')" ]
! grep -E '^ *#' "$(dirname "$header")/mnistcnn_abi.h"
