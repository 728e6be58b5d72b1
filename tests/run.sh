#!/usr/bin/env bash
# The test command: installs what is missing, builds with gcc and with clang (warnings are errors),
# runs everything; then the unit and API tests under AddressSanitizer and
# UndefinedBehaviorSanitizer, the threaded ones under ThreadSanitizer (with the pthread and the
# serial OpenBLAS), a unity build without OpenBLAS, JPEG and BMP, the Release build that packages ship, the quick start
# on a few drawn digits, and the static checks.
#
#   tests/run.sh                 these phases
#   tests/run.sh PHASE...        some of: static gcc clang asan tsan plain release quickstart, or of the next ones
#   tests/run.sh --all ...       with those that fetch more than 200 MB:
#     systems      AArch64, s390x and i386 under qemu, Windows under wine, musl, Conan
#     frameworks   Keras 3, tf-keras and TensorFlow (350 MB into build/test-frameworks, or those of the Python that
#                  MNISTCNN_FRAMEWORKS_PYTHON names, where PyTorch is used too if it is there), ONNX Runtime,
#                  TensorFlow.js
#     python       what the Python package's tests need large packages for
#     node         the package for Node.js as it is published
#     web          the package and the page for browsers, in Chromium
#     desktop      the example with a window, under Xvfb
#     server       the server with other people's clients
#   tests/run.sh PHASE           by its name only:
#     free_threaded  the Python package by a CPython without the GIL, which it builds
#     more_packages  the packages for Python and Node.js for AArch64 and musl
#     more_systems   32-bit ARM, riscv64, ppc64el, all tests on AArch64, s390x, i386 and with musl, and macOS,
#                    compiled and linked only
#
# The last line is "N passed, N failed, N skipped"; the exit status is 0 when something passed and
# nothing failed.
# Builds and logs stay in build/test-*; the logs of what failed are also printed.
set -euo pipefail
cd "$(dirname "$0")/.."

jobs=$(nproc)
passed=0
failed=0
skipped=0
failures=()
launcher=(env) # what ctest is started with

heading() {
  printf '\n== %s (%d s)\n' "$1" "$SECONDS"
}

count() {
  passed=$((passed + $1))
  failed=$((failed + $2))
  skipped=$((skipped + $3))
}

fail() {
  count 0 1 0
  failures+=("$1")
}

# check NAME COMMAND...: one check that is not a ctest test. Its output is shown when it fails; the
# status is the command's.
check() {
  local name=$1 log
  shift
  log=build/test-logs/${name// /-}.log
  mkdir -p build/test-logs
  if "$@" >"$log" 2>&1; then
    echo "ok: $name"
    count 1 0 0
  else
    tail -n 60 "$log"
    echo "FAILED: $name (all of it: $log)"
    fail "$name"
    return 1
  fi
}

skip() {
  echo "skipped: $1"
  count 0 0 1
}

install_what_is_missing() {
  tests/install-missing.sh cmd:cmake=cmake cmd:ninja=ninja-build cmd:gcc=gcc cmd:g++=g++ \
    cmd:pkg-config=pkg-config cmd:python3=python3 pc:libpng=libpng-dev pc:zlib=zlib1g-dev \
    pc:libjpeg=libjpeg-dev pc:openblas=libopenblas-dev pc:cmocka=libcmocka-dev
  # Phases and tests that lack one of these are skipped, and say so.
  tests/install-missing.sh cmd:clang=clang cmd:clang++=clang cmd:clang-format=clang-format \
    cmd:clang-tidy=clang-tidy cmd:cppcheck=cppcheck cmd:shellcheck=shellcheck cmd:node=nodejs \
    cmd:npm=npm cmd:zsh=zsh cmd:fish=fish cmd:mandoc=mandoc py:ensurepip=python3-venv \
    pc:libmicrohttpd=libmicrohttpd-dev pc:jansson=libjansson-dev pc:libseccomp=libseccomp-dev \
    'file:/usr/sbin/haproxy=haproxy' \
    'file:/usr/lib/*/openblas-serial/libopenblas.so.0=libopenblas0-serial' || true
}

# build NAME PRESET CMAKE_OPTIONS...: into build/test-NAME; all of it, or the targets of the array targets.
targets=(all)
build() {
  local name=$1 preset=$2
  shift 2
  check "build-$name" build_steps "build/test-$name" "$preset" "$@"
}

build_steps() {
  local tree=$1 preset=$2
  shift 2
  cmake --preset "$preset" -B "$tree" "$@" && cmake --build "$tree" -j "$jobs" --target "${targets[@]}"
}

# run_tests NAME TREE CTEST_OPTIONS...: adds ctest's own counts to ours.
run_tests() {
  local name=$1 tree=$2 report
  shift 2
  report=$PWD/build/test-logs/$name.xml
  rm -f "$report"
  "${launcher[@]}" ctest --test-dir "$tree" -j "$jobs" --output-on-failure --no-tests=error \
    --output-junit "$report" "$@" || true
  if [ -f "$report" ]; then
    add_report "$name" "$report"
  else
    fail "$name (no report)"
  fi
}

# The counts of a JUnit report, as ctest writes it.
add_report() {
  local name=$1 suite tests bad left_out disabled
  suite=$(tr -s '\n\t' ' ' <"$2" | grep -oE '<testsuite [^>]*>' | head -n 1)
  attribute() { sed -nE "s/.* $1=\"([0-9]+)\".*/\\1/p" <<<"$suite"; }
  tests=$(attribute tests) bad=$(attribute failures)
  left_out=$(attribute skipped) disabled=$(attribute disabled)
  if ! [[ $tests && $bad && $left_out && $disabled ]]; then
    fail "$name (its report says no counts)"
    return 0
  fi
  if [ "$tests" -eq 0 ]; then
    fail "$name (no test ran)"
    return 0
  fi
  count $((tests - bad - left_out - disabled)) "$bad" $((left_out + disabled))
  [ "$bad" -eq 0 ] || failures+=("$name: $bad tests")
}

# The header as other languages read it, and the calls of C and C++ once more from Python: with one build by gcc, with
# what packages ship, and the calls under sanitizers.
other_languages='^bindings_(layout_(python|node|cffi)|pycparser|rules|generated|calls_(ctypes|cffi))$'

# compiler_phase C C++ [CTEST-OPTION...]
compiler_phase() {
  local cc=$1 cxx=$2
  shift 2
  heading "$cc"
  command -v "$cc" >/dev/null || { skip "no $cc here"; return 0; }
  build "$cc" dev -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" || return 0
  run_tests "$cc" "build/test-$cc" "$@"
}

asan_phase() {
  heading "AddressSanitizer and UndefinedBehaviorSanitizer"
  build asan asan-ubsan -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++ || return 0
  # The package for Node.js is called wrongly in any case; with --all as often as that for Python.
  [ "$all" = no ] || export MNISTCNN_STRESS="10000 1000 10"
  # Frames that outlive their function are aligned to 32 bytes only by gcc 13, and vectors of 64 lie
  # in some.
  ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:allocator_may_return_null=1:detect_stack_use_after_return=0 \
    UBSAN_OPTIONS=print_stacktrace=1 run_tests asan build/test-asan -L '^(unit|api)$'
}

# Some kernels place memory where an older ThreadSanitizer cannot map its own; there it has to run
# without address randomisation. Prints the command to put before the tests, or fails.
tsan_launcher() {
  local probe=build/test-logs/tsan-probe
  mkdir -p build/test-logs
  echo 'int main(void) { return 0; }' | gcc -x c -fsanitize=thread -o "$probe" - || return 1
  if "$probe" 2>/dev/null; then
    echo env
  elif setarch -R "$probe" 2>/dev/null; then
    echo "setarch -R"
  else
    return 1
  fi
}

tsan_phase() {
  local serial targets=(threads_tests)
  heading "ThreadSanitizer"
  read -ra launcher < <(tsan_launcher) || { skip "ThreadSanitizer does not run here"; return 0; }
  build tsan tsan -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++ || return 0
  # die_after_fork=0: a forked child may start threads of its own, which one test is about.
  export TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp halt_on_error=1 die_after_fork=0"
  run_tests tsan build/test-tsan -L '^threads$'
  serial=$(compgen -G '/usr/lib/*/openblas-serial' | head -n 1) || true
  if [ -n "$serial" ]; then
    launcher+=(env "LD_LIBRARY_PATH=$serial")
    # Not those that multiply nothing.
    run_tests tsan-serial build/test-tsan -L '^threads$' -E '^(unit_(folder|idx_callbacks|threads|threads_faults)|server_pool)$'
  else
    skip "no serial OpenBLAS here"
  fi
  unset TSAN_OPTIONS
  launcher=(env)
}

# The second library has nothing of these.
plain_phase() {
  heading "without OpenBLAS, JPEG and BMP, each target as one unit"
  build plain dev -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++ -DMNISTCNN_WITH_OPENBLAS=OFF \
    -DMNISTCNN_WITH_JPEG=OFF -DMNISTCNN_WITH_BMP=OFF -DMNISTCNN_BUILD_SERVER=OFF -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0 || return 0
  run_tests plain build/test-plain -L '^(unit|api|abi)$' -E "$other_languages|^(exchange_.*|fuzz_(hdf5|json|keras|keras_config|onnx|pickle|tfjs|tflite|torch|zip))\$"
}

# What packages ship, so without asserts: only through its public interface, which all the other
# builds have tested with asserts.
release_phase() {
  heading "Release"
  build release release -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++ -DMNISTCNN_BUILD_TESTS=ON \
    -DMNISTCNN_WERROR=ON || return 0
  run_tests release build/test-release -L '^(api|abi)$'
  check reproducible tests/package/reproducible.sh . || true
}

# The quick start ends with an answer about each class; few drawn digits are enough for that.
quickstart_answers() {
  local data=build/test-quickstart/data mnistcnn=build/release/examples/mnistcnn out
  cmake --preset release && cmake --build --preset release --target mnistcnn_cli || return 1
  rm -rf build/test-quickstart
  mkdir -p build/test-quickstart
  "$mnistcnn" digits --out "$data" --count 2000 --validation-count 200
  out=$(examples/quickstart.sh --data "$data" --epochs 1 --work build/test-quickstart/out)
  echo "$out"
  [ "$(tail -n 20 <<<"$out" | grep -c ' digit')" -ge 10 ] &&
    [ -s build/test-quickstart/out/model.safetensors ]
}

quickstart_phase() {
  heading "quick start"
  check quickstart quickstart_answers || true
}

# check_with COMMAND NAME ARGUMENTS...: a check, skipped where the command is not installed.
check_with() {
  local command=$1 name=$2
  shift 2
  if command -v "$command" >/dev/null; then
    check "$name" "$@" || true
  else
    skip "$name: no $command here"
  fi
}

# files NAME...: those of the repository with such a name, separated by NUL. Without git, so that an
# unpacked source archive has them too.
files() {
  local name names=()
  for name in "$@"; do
    names+=(-o -name "$name")
  done
  find .ci examples include lib tests \( -name node_modules -prune \) -o \
    -type f \( "${names[@]:1}" \) -print0
}

c_files() {
  files '*.c' '*.h' '*.cpp' '*.hpp'
}

format_is_right() {
  c_files | xargs -0 clang-format --dry-run --Werror
}

shell_scripts() {
  files '*.sh'
  printf '.ci/run\0'
}

scripts_are_clean() {
  shell_scripts | xargs -0 shellcheck -x
}

# One process a file, as many at once as there are processors. Not those that this system cannot compile, nor what
# has a window, which no command of the build compiles.
tidy_is_clean() {
  find lib examples -name '*.c' -not -path '*/node_modules/*' -not -name '*wasm.c' -not -name '*_windows.c' \
    -not -name 'neon*.c' -not -path 'examples/packages/*' -not -path 'examples/web/*' -not -path 'examples/desktop/*' \
    -print0 |
    xargs -0 -n 1 -P "$jobs" clang-tidy -p build/test-tidy --quiet --warnings-as-errors='*'
}

cppcheck_is_clean() {
  cppcheck --std=c11 --enable=warning,performance,portability --inline-suppr --quiet -j "$jobs" \
    --suppressions-list=tests/cppcheck.supp --error-exitcode=1 -I include -I lib \
    -D_POSIX_C_SOURCE=200809L -DMCNN_WITH_OPENBLAS=1 -D__BYTE_ORDER__=1234 \
    -D__ORDER_LITTLE_ENDIAN__=1234 -D__ELF__=1 lib examples
}

# has_version TOOL PATTERN
has_version() {
  command -v "$1" >/dev/null && "$1" --version | grep -q "$2"
}

static_phase() {
  heading "static checks"
  # Each version lays out and finds something else; these are Debian 12's.
  if has_version clang-format 'version 14\.'; then
    check format format_is_right || true
  else
    skip "format: no clang-format 14 here"
  fi
  check_with shellcheck shellcheck scripts_are_clean
  if has_version cppcheck '^Cppcheck 2\.10\>'; then
    check cppcheck cppcheck_is_clean || true
  else
    skip "cppcheck: no version 2.10 here"
  fi
  if has_version clang-tidy 'version 14\.' && command -v clang >/dev/null; then
    check "configure-tidy" cmake --preset dev -B build/test-tidy -DCMAKE_C_COMPILER=clang \
      -DCMAKE_CXX_COMPILER=clang++ || return 0
    check "clang-tidy" tidy_is_clean || true
  else
    skip "clang-tidy: no version 14 here"
  fi
}

# Prints a Python that has the frameworks; fails where none can be had. PyTorch's packages are ten
# times as large, so it is used only where it is installed.
frameworks_python() {
  local folder=$PWD/build/test-frameworks/python
  if [ -n "${MNISTCNN_FRAMEWORKS_PYTHON:-}" ]; then
    echo "$MNISTCNN_FRAMEWORKS_PYTHON"
  elif MNISTCNN_TEST_PACKAGES="numpy h5py>=3.6 tensorflow-cpu>=2.16 keras>=3.0 tf-keras>=2.16 onnx>=1.16 onnxruntime>=1.17 openvino>=2024.0" \
    timeout 900 tests/bindings/packages.sh "$folder" --make python3 >&2; then
    echo "$folder/bin/python"
  else
    return 1
  fi
}

# Prints a folder with TensorFlow.js in its node_modules, without the parts for browsers and graphs.
tfjs_modules() {
  local folder=$PWD/build/test-frameworks/tfjs
  if [ ! -d "$folder/node_modules/@tensorflow/tfjs-backend-cpu" ]; then
    mkdir -p "$folder"
    echo '{"private": true}' >"$folder/package.json"
    (cd "$folder" && timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts \
      @tensorflow/tfjs-core@4 @tensorflow/tfjs-layers@4 @tensorflow/tfjs-backend-cpu@4 >&2) || return 1
  fi
  echo "$folder"
}

# The golden values of the layers, and models in both directions, beside what other frameworks
# compute.
frameworks_phase() {
  local python row
  heading "other frameworks"
  python=$(frameworks_python) || { skip "other frameworks: they could not be had"; return 0; }
  for row in keras:keras tf-keras:tf_keras torch:torch; do
    if "$python" -c "import numpy, ${row#*:}" 2>/dev/null; then
      check "layer values, ${row%%:*}" "$python" -B tests/golden/layers.py "--check-${row%%:*}" || true
    else
      skip "layer values: no ${row%%:*} here"
    fi
  done
  [ -f build/test-gcc/CTestTestfile.cmake ] ||
    build gcc dev -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++ || return 0
  export MNISTCNN_FRAMEWORKS_PYTHON=$python
  TFJS_MODULES=$(tfjs_modules) || TFJS_MODULES=
  export TFJS_MODULES
  run_tests frameworks build/test-gcc -R '^exchange_(h5py|models|oracle|keras_live_.*|foreign_live|exports_live)$'
}

# What the Python package's tests need large packages for: a wheel by a cross compiler, types, the checks of
# scikit-learn, a cluster. With the libraries of the build by gcc.
python_phase() {
  heading "Python package, with large packages"
  python_tests "Python package, slow tests" "slow and not other_system"
}

# python_tests NAME MARKS: the tests that have these marks.
python_tests() {
  local environment=build/test-python tree=$PWD/build/test-gcc status=0
  if [ ! -e "$tree/lib/pretrained/libmnistcnn_pretrained.so" ]; then
    skip "$1: no build by gcc"
    return 0
  fi
  tests/python/run.sh "$PWD/$environment" --make python3 tests/python/all.txt || status=$?
  if [ "$status" = 77 ]; then
    skip "$1: the packages could not be had"
    return 0
  fi
  MNISTCNN_LIBRARY=$tree/lib:$tree/lib/exchange:$tree/lib/pretrained MNISTCNN_COMMAND=$tree/examples/mnistcnn \
    check "$1" tests/python/run.sh "$PWD/$environment" python -m pytest -m "$2" tests || true
}

# A CPython without the GIL, which has to be built: ten minutes of two processors, so by its name only.
free_threaded_phase() {
  local status=0 log=build/test-logs/free-threaded.log
  heading "Python package, without the GIL"
  mkdir -p build/test-logs
  rm -f "$log"
  tests/python/run.sh "$PWD/build/test-python" --make python3 tests/python/all.txt &&
    tests/python/free_threaded.sh build/test-free-threaded "$PWD/build/test-python/bin/python" >"$log" 2>&1 || status=$?
  case $status in
    0) echo "ok: Python package, free-threaded" && count 1 0 0 ;;
    77) skip "Python without the GIL: what it takes could not be had (all of it: $log)" ;;
    *)
      tail -n 60 "$log" || true
      fail "Python package, free-threaded (all of it: $log)"
      ;;
  esac
}

# The server as other people's programs see it: clients of the Open Inference Protocol, and a tester of interfaces
# that makes requests from its description.
server_phase() {
  local environment=$PWD/build/test-server tree=$PWD/build/test-gcc
  heading "server, with other people's clients"
  if [ ! -e "$tree/examples/server/mnistcnn-server" ]; then
    skip "server: no build by gcc"
    return 0
  fi
  if ! MNISTCNN_TEST_PACKAGES="tritonclient[http]>=2.40 openapi-spec-validator>=0.7 schemathesis>=4.0" \
    tests/bindings/packages.sh "$environment" --make python3; then
    skip "server: the packages could not be had"
    return 0
  fi
  check "server, other people's clients" env "PATH=$environment/bin:$PATH" "$environment/bin/python" -B \
    tests/server/test_clients.py "$tree/examples/server/mnistcnn-server" "$tree/examples/mnistcnn" || true
}

# node_package NAME COMMAND: of the tools' tests, whose compiler is large.
node_package() {
  local status=0 environment=$PWD/build/test-node
  command -v node >/dev/null || { skip "$1: no node here"; return 0; }
  MNISTCNN_TEST_PACKAGES=ziglang==0.17.1 tests/bindings/packages.sh "$environment/python" --make python3 &&
    examples/node/tools/test.sh "$environment/npm" "$(command -v node)" --make || status=$?
  if [ "$status" = 77 ]; then
    skip "$1: the packages could not be had"
    return 0
  fi
  check "$1" examples/node/tools/test.sh "$environment/npm" "$(command -v node)" "$2" \
    "$environment/python/bin/python" || true
}

# The package for Node.js as it is published.
node_phase() {
  heading "Node.js package, as published"
  node_package "Node.js package" prebuilt
}

# By its name only: what is published for other systems than this one.
more_packages_phase() {
  heading "packages for other systems"
  tests/install-missing.sh cmd:qemu-aarch64=qemu-user file:/usr/aarch64-linux-gnu/lib=libc6-arm64-cross \
    file:/lib/ld-musl-x86_64.so.1=musl \
    'file:/usr/aarch64-linux-gnu/lib/libstdc++.so.6=libstdc++6-arm64-cross' || true
  python_tests "Python package, other systems" "slow and other_system"
  node_package "Node.js package, arm64" arm64
}

# The library on other processors, emulated: one that is common, a big-endian one and one of 32 bits. The others
# and all tests of the first would take a quarter of an hour.
systems_phase() {
  heading "other processors"
  tests/install-missing.sh cmd:aarch64-linux-gnu-gcc=gcc-aarch64-linux-gnu \
    cmd:aarch64-linux-gnu-g++=g++-aarch64-linux-gnu cmd:s390x-linux-gnu-gcc=gcc-s390x-linux-gnu \
    cmd:s390x-linux-gnu-g++=g++-s390x-linux-gnu cmd:i686-linux-gnu-gcc=gcc-i686-linux-gnu \
    cmd:i686-linux-gnu-g++=g++-i686-linux-gnu cmd:qemu-aarch64=qemu-user || true
  processor arm64
  processor s390x
  processor i386
  [ "$all" = no ] || windows_and_musl
}

# By its name only: the other processors, all tests on those of systems_phase() and with musl, which takes the better
# part of an hour, and macOS, for which it is compiled and linked only.
more_systems_phase() {
  local target
  heading "more processors"
  tests/install-missing.sh cmd:aarch64-linux-gnu-gcc=gcc-aarch64-linux-gnu \
    cmd:aarch64-linux-gnu-g++=g++-aarch64-linux-gnu cmd:s390x-linux-gnu-gcc=gcc-s390x-linux-gnu \
    cmd:s390x-linux-gnu-g++=g++-s390x-linux-gnu cmd:i686-linux-gnu-gcc=gcc-i686-linux-gnu \
    cmd:i686-linux-gnu-g++=g++-i686-linux-gnu cmd:arm-linux-gnueabihf-gcc=gcc-arm-linux-gnueabihf \
    cmd:arm-linux-gnueabihf-g++=g++-arm-linux-gnueabihf cmd:riscv64-linux-gnu-gcc=gcc-riscv64-linux-gnu \
    cmd:riscv64-linux-gnu-g++=g++-riscv64-linux-gnu cmd:powerpc64le-linux-gnu-gcc=gcc-powerpc64le-linux-gnu \
    cmd:powerpc64le-linux-gnu-g++=g++-powerpc64le-linux-gnu cmd:qemu-aarch64=qemu-user || true
  processor arm64 --all
  processor s390x --all
  processor i386 --all
  processor armhf
  processor riscv64
  processor ppc64el
  zig_python || return 0
  tests/install-missing.sh file:/lib/ld-musl-x86_64.so.1=musl || true
  zig_target x86_64-linux-musl --all
  for target in x86_64-macos aarch64-macos; do
    zig_target "$target"
  done
}

# processor ARCHITECTURE [--all]
processor() {
  local architecture=$1 status=0 log=build/test-logs/$1.log report=build/test-systems/$1/report.xml
  rm -f "$report"
  mkdir -p build/test-logs
  tests/systems/run.sh "$architecture" "build/test-systems/$architecture" "${@:2}" >"$log" 2>&1 || status=$?
  if [ "$status" = 77 ]; then
    skip "$(tail -n 1 "$log")"
  elif [ -f "$report" ]; then
    [ "$status" = 0 ] || tail -n 60 "$log"
    add_report "$architecture" "$report"
  else
    tail -n 60 "$log"
    fail "$architecture"
  fi
}

# other_system NAME SCRIPT ARGUMENT...: SCRIPT's last line is "N passed, N failed".
other_system() {
  local name=$1 status=0 log=build/test-logs/$1.log counts
  shift
  "$@" >"$log" 2>&1 || status=$?
  counts=$(tail -n 1 "$log")
  if [ "$status" = 77 ]; then
    skip "$counts"
  elif [[ $counts =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    echo "$name: $counts"
    [ "$status" = 0 ] || tail -n 60 "$log"
    count "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" 0
    [ "${BASH_REMATCH[2]}" = 0 ] || failures+=("$name: ${BASH_REMATCH[2]} tests")
  else
    tail -n 60 "$log"
    fail "$name"
  fi
}

# A Python that has zig's compiler and Conan, below the build folder.
zig_python() {
  MNISTCNN_TEST_PACKAGES="ziglang==0.17.1 conan>=2.4" tests/bindings/packages.sh "$PWD/build/test-systems/python" \
    --make python3 || { skip "musl, macOS and Conan: the packages could not be had" && return 1; }
}

zig_target() {
  other_system "$1" tests/systems/zig.sh "$1" "build/test-systems/$1" "$PWD/build/test-systems/python/bin/python" "${@:2}"
}

# Windows under wine, musl, and the recipe for Conan.
windows_and_musl() {
  heading "other systems"
  tests/install-missing.sh cmd:x86_64-w64-mingw32-gcc-posix=gcc-mingw-w64-x86-64-posix \
    file:/usr/x86_64-w64-mingw32/lib/libz.a=libz-mingw-w64-dev cmd:wine=wine || true
  other_system Windows tests/systems/windows.sh build/test-systems/windows
  zig_python || return 0
  zig_target x86_64-linux-musl
  rm -rf build/test-systems/conan
  check Conan tests/package/conan.sh build/test-systems/conan "$PWD/build/test-systems/python/bin/conan" || true
}

# The package for browsers: all of its modules, and the page in a real browser.
web_phase() {
  local status=0 environment=$PWD/build/test-gcc/tests/web/wasm # where web_node has built one of them
  heading "WebAssembly, in a browser"
  command -v node >/dev/null || { skip "WebAssembly: no node here"; return 0; }
  tests/install-missing.sh cmd:chromium=chromium || true
  mkdir -p build/test-logs
  examples/web/tools/test.sh "$environment" "$(command -v node)" browser >build/test-logs/web.log 2>&1 || status=$?
  if [ "$status" = 77 ]; then
    skip "WebAssembly: $(tail -n 1 build/test-logs/web.log)"
  elif [ "$status" = 0 ]; then
    echo "ok: WebAssembly"
    count 1 0 0
  else
    grep -v '✔' build/test-logs/web.log | tail -n 80
    fail "WebAssembly (all of it: build/test-logs/web.log)"
  fi
}

# The example with a window, with the libraries of the build by gcc.
desktop_answers() {
  local tree=build/test-gcc picture=$PWD/build/test-logs/page.png
  cmake -DMNISTCNN_BUILD_DESKTOP=ON "$tree" && cmake --build "$tree" -j "$jobs" --target draw_digits || return 1
  python3 tests/desktop/page.py "$picture" "4071  28" "127"
  tests/desktop/run.sh "$tree/examples/desktop/draw_digits" "$picture" "4071 28/127"
}

desktop_phase() {
  heading "a window"
  if ! tests/install-missing.sh pc:sdl2=libsdl2-dev cmd:Xvfb=xvfb cmd:xdotool=xdotool; then
    skip "a window: SDL2, Xvfb or xdotool could not be had"
  elif [ ! -e build/test-gcc/CMakeCache.txt ]; then
    skip "a window: no build by gcc"
  else
    check "a window" desktop_answers || true
  fi
}

phases=(static gcc clang asan tsan plain release quickstart)
in_turn=(frameworks python node desktop server) # as they fetch much, ...
in_background=(systems web)                     # ... these beside them
large=("${in_turn[@]}" "${in_background[@]}")
named=(free_threaded more_systems more_packages)

usage_error() {
  echo "run.sh: $1; usage: tests/run.sh [--all] [PHASE...] (phases: ${phases[*]} ${large[*]} ${named[*]})" >&2
  exit 2
}

run_phase() {
  case "$1" in
    gcc) compiler_phase gcc g++ ;;
    # What runs programs of other languages, the text of the project and its documentation knows no compiler.
    clang) compiler_phase clang clang++ -L '^(unit|api|abi)$' -LE '^(node|web|source|docs|examples|server)$' -E "$other_languages" ;;
    *) "$1_phase" ;;
  esac
}

# beside PHASE...: runs these in the background, one after the other. What they print, and their counts, come with
# join.
beside() {
  mkdir -p build/test-logs
  rm -f build/test-logs/beside.counts
  phases_alone "$@" >build/test-logs/beside.log 2>&1 &
}

# phases_alone PHASE...: in a process of their own, which writes their counts to a file.
phases_alone() {
  local phase
  count "-$passed" "-$failed" "-$skipped"
  failures=()
  for phase; do
    run_phase "$phase"
  done
  printf '%s\n' "$passed $failed $skipped" ${failures[@]+"${failures[@]}"} >build/test-logs/beside.counts
}

# Waits for what beside has started.
join() {
  local counts lines
  wait || true
  cat build/test-logs/beside.log
  if [ -s build/test-logs/beside.counts ]; then
    mapfile -t lines <build/test-logs/beside.counts
    read -ra counts <<<"${lines[0]}"
    count "${counts[@]}"
    failures+=("${lines[@]:1}")
  else
    fail "phases beside others (they did not come to their end: build/test-logs/beside.log)"
  fi
}

all=no
chosen=()
for argument in "$@"; do
  case "$argument" in
    --all) all=yes ;;
    -*) usage_error "unknown option $argument" ;;
    *)
      [[ " ${phases[*]} ${large[*]} ${named[*]} " == *" $argument "* ]] || usage_error "unknown phase $argument"
      chosen+=("$argument")
      ;;
  esac
done
[ "${#chosen[@]}" -gt 0 ] || chosen=("${phases[@]}")

install_what_is_missing
for phase in "${chosen[@]}"; do
  run_phase "$phase"
done
# For much of their time they keep one processor busy, or wait for the network.
if [ "$all" = yes ]; then
  beside "${in_background[@]}"
  for phase in "${in_turn[@]}"; do
    run_phase "$phase"
  done
  join
fi
heading "done"
for failure in ${failures[@]+"${failures[@]}"}; do
  echo "failed: $failure"
done
[ "$((passed + failed))" -gt 0 ] || echo "failed: no test ran"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
