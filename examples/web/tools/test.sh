#!/usr/bin/env bash
# The tests of the package and the page, with all that is built and fetched in a folder of their own.
#
#   test.sh FOLDER NODE node       the module with vectors, in Node.js
#   test.sh FOLDER NODE browser    all three modules, in Node.js and in Chromium, with the page; types. What npm has
#                                  to fetch goes to FOLDER, too
#
# Ends with 77 where something cannot be had, and says what.
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
node=$2
command=$3

skip() {
  echo "skipped: $1"
  exit 77
}

"$node" -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || skip "Node.js is older than 20"

# The package, and its tests inside, which reach it by its name. $1...: the variants.
stage() {
  "$source/tools/build.sh" "$folder" "$@" || exit $?
  rm -rf "$folder/package"
  mkdir -p "$folder/package"
  cp -R "$source"/{package.json,src,page,tests,tools} "$folder/package"
  cp -R "$folder/dist" "$folder/package/dist"
}

# Of two runs at a time, one waits for the other. No script of a package has to run.
fetch() {
  command -v npm >/dev/null || skip "npm is not installed"
  exec 8>"$folder/npm.lock"
  flock 8
  mkdir -p "$folder/npm"
  cmp -s "$source/package-lock.json" "$folder/npm/installed.json" && return 0
  rm -f "$folder/npm/installed.json"
  cp "$source/package.json" "$source/package-lock.json" "$folder/npm"
  (cd "$folder/npm" && npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-timeout=60000) ||
    skip "npm's packages could not be had"
  cp "$source/package-lock.json" "$folder/npm/installed.json"
}

# run_tests FOLDER...: all tests of these folders of the package.
run_tests() {
  local each files=()
  for each; do
    files+=("$folder/package/$each"/*.test.mjs)
  done
  (cd "$folder/package" && MNISTCNN_KERAS_FILES=$source/../../tests/exchange/keras "$node" --test --test-reporter=spec "${files[@]}")
}

case $command in
  node)
    stage simd
    run_tests tests
    ;;
  browser)
    chromium=$(command -v chromium || command -v chromium-browser) || skip "chromium is not installed"
    fetch
    MNISTCNN_WASM_OPT=$folder/npm/node_modules/binaryen/bin/wasm-opt stage plain simd relaxed
    ln -sfn "$folder/npm/node_modules" "$folder/package/node_modules"
    (cd "$folder/package" && "$node" node_modules/prettier/bin/prettier.cjs --config "$source/../node/.prettierrc.json" \
      --check --log-level warn src page tests tools)
    "$node" "$folder/npm/node_modules/typescript/bin/tsc" --noEmit --strict --ignoreConfig --target es2022 --lib es2023,dom \
      --module nodenext "$folder/package/tests/types.mts"
    "$node" "$folder/package/tools/site.mjs" "$folder/package" "$folder/site" "$folder/npm/node_modules/esbuild/lib/main.js"
    CHROMIUM=$chromium SITE=$folder/site run_tests tests tests/browser
    ;;
  *) echo "test.sh: no command $command" >&2 && exit 2 ;;
esac
