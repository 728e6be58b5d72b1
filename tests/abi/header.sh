#!/usr/bin/env bash
# The public header stands alone, as C11 and as C++11, for every compiler at hand, and twice over; and
# compilers warn where the failure of something that saves is ignored.
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
if grep -E '^ *#' "$(dirname "$header")/mnistcnn_abi.h"; then
  exit 1
fi

# Whoever ignores that nothing was saved, or that a training stopped, is warned.
ignored='#include "'$header'"
void use(const mnistcnn_model *model);
void use(const mnistcnn_model *model) { mnistcnn_model_save_file(model, "x"); }'
for compiler in "gcc -x c" "clang -x c" "g++ -x c++" "clang++ -x c++"; do
  command -v "${compiler%% *}" >/dev/null || continue
  # shellcheck disable=SC2086  # a command and its options
  said=$($compiler -c -Wall -o /dev/null - <<<"$ignored" 2>&1)
  grep -q 'Wunused-result' <<<"$said" || { echo "header: $compiler does not warn" >&2; exit 1; }
done
losing=$(grep -oE '\bmnistcnn_(\w+_save|\w+_save_(file|memory)|image_save_png|train|train_resume|trainer_step)\(' \
  "$(dirname "$header")/mnistcnn_abi.h" | tr -d '(' | sort -u)
[ "$(wc -w <<<"$losing")" -ge 9 ]
for name in $losing; do
  grep -qxF "MNISTCNN_DETAIL_NODISCARD($name);" "$header" ||
    { echo "header: the status of $name may be ignored" >&2; exit 1; }
done
