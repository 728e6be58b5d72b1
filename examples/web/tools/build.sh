#!/usr/bin/env bash
# Builds the modules for JavaScript, by the compiler of ziglang, and the model beside them.
#
#   build.sh FOLDER VARIANT...    VARIANT: plain, simd or relaxed; all is built below FOLDER, and what the package
#                                 needs is FOLDER/dist
#
# PYTHON               the Python that ziglang is fetched with, or that has it (default: python3)
# MNISTCNN_WASM_OPT    binaryen's wasm-opt, which takes an eighth off (default: the one on PATH, or npm's)
# CMAKE_ARGUMENTS      more arguments for cmake
# Ends with 77 where ziglang cannot be had.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../../.." && pwd)
version=0.17.1 # of ziglang
binaryen=132.0.0
mkdir -p "$1/dist"
folder=$(cd "$1" && pwd)
shift

# Prints the program zig. Of two runs at a time, one waits for the other.
zig_program() {
  local python=${PYTHON:-python3} environment=$folder/ziglang
  if ! "$python" -c 'import ziglang' 2>/dev/null; then
    exec 9>"$environment.lock"
    flock 9
    if ! "$environment/bin/python" -c 'import ziglang' 2>/dev/null; then
      rm -rf "$environment"
      "$python" -m venv "$environment" >&2 &&
        "$environment/bin/pip" install --quiet --disable-pip-version-check --retries 1 --only-binary :all: \
          "ziglang==$version" >&2 || return 1
    fi
    exec 9>&-
    python=$environment/bin/python
  fi
  "$python" -c 'import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), "zig"))'
}

# Prints the program wasm-opt. Where there is none, the modules are an eighth larger.
wasm_opt_program() {
  local environment=$folder/binaryen
  local program=${MNISTCNN_WASM_OPT:-$(command -v wasm-opt || echo "$environment/node_modules/binaryen/bin/wasm-opt")}
  if [ ! -e "$program" ]; then
    mkdir -p "$environment"
    exec 9>"$environment.lock"
    flock 9
    [ -e "$program" ] || npm install --silent --prefix "$environment" --ignore-scripts --no-audit --no-fund \
      --fetch-retries=1 "binaryen@$binaryen" >&2 || echo "build.sh: without wasm-opt" >&2
    exec 9>&-
  fi
  echo "$program"
}

# No file of the library that a page cannot use.
build_module() {
  local variant=$1 tree=$folder/$1 log=$folder/$1.log targets=(mnistcnn_web)
  [ "$variant" != plain ] || targets+=(mnistcnn_web_exchange) # one for all
  # shellcheck disable=SC2086 # arguments
  if ! { cmake -S "$repository" -B "$tree" -DCMAKE_TOOLCHAIN_FILE="$here/../wasm/zig.cmake" -DMNISTCNN_ZIG="$zig" \
    -DMNISTCNN_WASM_VECTORS="$variant" -DCMAKE_BUILD_TYPE=Release -DMNISTCNN_WERROR=ON -DMNISTCNN_HARDENING=OFF \
    -DMNISTCNN_WITH_OPENBLAS=OFF -DMNISTCNN_WITH_PNG=OFF -DMNISTCNN_WITH_JPEG=OFF -DMNISTCNN_BUILD_SHARED=OFF \
    -DMNISTCNN_BUILD_PRETRAINED=OFF -DMNISTCNN_WITH_EXCHANGE=ON -DMNISTCNN_BUILD_CLI=OFF \
    -DMNISTCNN_BUILD_EXAMPLES=OFF -DMNISTCNN_BUILD_TESTS=OFF -DMNISTCNN_INSTALL=OFF \
    ${CMAKE_ARGUMENTS:-} && cmake --build "$tree" -j "$(nproc)" --target "${targets[@]}"; } >"$log" 2>&1; then
    tail -n 40 "$log"
    return 1
  fi
  [ "$variant" != plain ] || optimise "$tree/examples/web/wasm/exchange-plain.wasm" plain "$folder/dist/exchange.wasm"
  optimise "$tree/examples/web/wasm/mnistcnn-$variant.wasm" "$variant" "$folder/dist/mnistcnn-$variant.wasm"
}

# An older binaryen does not know the instructions of relaxed SIMD: the module is then left as it is.
# The order of the passes is what was smallest, gzipped: twice to the end, and once flat.
optimise() {
  local from=$1 variant=$2 to=$3 features digest
  local passes=(--low-memory-unused -Oz --flatten --rereloop -Oz --converge --merge-similar-functions --generate-global-effects -Oz)
  features=(--enable-bulk-memory --enable-sign-ext --enable-nontrapping-float-to-int --enable-mutable-globals)
  [ "$variant" = plain ] || features+=(--enable-simd)
  [ "$variant" != relaxed ] || features+=(--enable-relaxed-simd)
  # It takes a minute: not again for the same module.
  digest=$({ cat "$from"; echo "${passes[@]}" "${features[@]}"; "$wasm_opt" --version || true; } 2>/dev/null | sha256sum)
  if [ -e "$to" ] && [ "$digest" = "$(cat "$from.digest" 2>/dev/null)" ]; then
    return 0
  fi
  rm -f "$to" "$from.digest"
  if [ -e "$wasm_opt" ] && "$wasm_opt" "${passes[@]}" "${features[@]}" "$from" -o "$to" 2>>"$folder/$variant.log"; then
    echo "$digest" >"$from.digest"
    return 0
  fi
  cp "$from" "$to"
  chmod -x "$to"
}

zig=$(zig_program) || {
  echo "skipped: ziglang could not be had"
  exit 77
}
wasm_opt=$(wasm_opt_program)
for variant; do
  build_module "$variant"
done
node "$here/quantise.mjs" "$repository/examples/models/digits.safetensors" "$folder/dist/digits.safetensors"
