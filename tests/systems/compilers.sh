#!/usr/bin/env bash
# Builds libraries and command with old and new compilers, at all levels of optimisation, with link-time optimisation,
# only shared and only static, warnings as errors, and runs a few tests of each:
#   compilers.sh FOLDER [ROW...]
# Compilers that are not installed are named. The last line is "N passed, N failed".
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
rows=("$@")
passed=0
failed=0

# The same training, the values of every layer, models of old, and what is exported.
tests='^(api_portable_training|api_layer_values|api_old_files|exchange_foreign|abi_symbols|abi_header)$'

targets=(mnistcnn_cli api_portable_training api_layer_values api_old_files exchange_foreign)

# row NAME COMPILER CMAKE-OPTION...: COMPILER is gcc-12, say, whose C++ compiler is g++-12.
row() {
  local name=$1 c=$2 cxx
  shift 2
  cxx=${c/gcc/g++}
  cxx=${cxx/clang/clang++}
  [ "${#rows[@]}" = 0 ] || [[ " ${rows[*]} " == *" $name "* ]] || return 0
  if ! command -v "$c" >/dev/null || ! command -v "$cxx" >/dev/null; then
    echo "$name: no $c and $cxx here"
    return 0
  fi
  if build "$name" -DCMAKE_C_COMPILER="$c" -DCMAKE_CXX_COMPILER="$cxx" "$@" >"$folder/$name.log" 2>&1; then
    echo "$name: passed"
    passed=$((passed + 1))
  else
    tail -n 30 "$folder/$name.log"
    echo "$name: failed"
    failed=$((failed + 1))
  fi
}

build() {
  local tree=$folder/$1
  shift
  cmake -G Ninja -S "$here/../.." -B "$tree" -DMNISTCNN_WERROR=ON -DMNISTCNN_BUILD_SERVER=OFF "$@" &&
    cmake --build "$tree" -j "$(nproc)" --target "${targets[@]}" &&
    ctest --test-dir "$tree" -j "$(nproc)" --output-on-failure --no-tests=error -R "$tests"
}

row gcc-11 gcc-11 -DCMAKE_BUILD_TYPE=Release
row gcc-12-O0 gcc-12 -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-O0
row gcc-12-O1 gcc-12 -DCMAKE_C_FLAGS=-O1
row gcc-12-O3 gcc-12 -DCMAKE_C_FLAGS=-O3
row gcc-12-lto gcc-12 -DCMAKE_BUILD_TYPE=Release -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON
row only-shared gcc-12 -DCMAKE_BUILD_TYPE=Release -DMNISTCNN_BUILD_STATIC=OFF
row gcc-13 gcc-13 -DCMAKE_BUILD_TYPE=Release
row gcc-14 gcc-14 -DCMAKE_BUILD_TYPE=Release
row clang-13 clang-13 -DCMAKE_BUILD_TYPE=Release
row clang-14-O0 clang-14 -DCMAKE_BUILD_TYPE=Debug
row clang-16 clang-16 -DCMAKE_BUILD_TYPE=Release
row clang-19 clang-19 -DCMAKE_BUILD_TYPE=Release
row clang-19-O3 clang-19 -DCMAKE_C_FLAGS=-O3
targets=(mnistcnn_cli exchange_foreign) # the API tests are those of the shared library
row only-static gcc-12 -DCMAKE_BUILD_TYPE=Release -DMNISTCNN_BUILD_SHARED=OFF
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
