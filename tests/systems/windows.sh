#!/usr/bin/env bash
# Builds the libraries for Windows with mingw-w64, as DLLs, and the command, and runs tests of them under wine:
#   windows.sh FOLDER
# zlib is Debian's for mingw-w64; libpng and cmocka are built from Debian's sources. All is below FOLDER. The
# last line is "N passed, N failed". Ends with 77, and a line that says why, where something is missing.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
compiler=x86_64-w64-mingw32-gcc-posix
zlib=/usr/x86_64-w64-mingw32/lib/libz.a

missing() {
  echo "Windows: $1"
  exit 77
}

for command in $compiler wine cmake ninja; do
  command -v "$command" >/dev/null || missing "no $command here"
done
[ -e "$zlib" ] || missing "no zlib for mingw-w64 here"
"$project/examples/bindings/sources.sh" "$folder/sources" libpng1.6 cmocka || missing "the sources of libpng and cmocka could not be had"

# configure SOURCE BUILD OPTION...
configure() {
  cmake -G Ninja -S "$1" -B "$folder/$2" -DCMAKE_TOOLCHAIN_FILE="$here/windows.cmake" \
    -DMNISTCNN_TEST_ROOT="$folder/root" -DCMAKE_INSTALL_PREFIX="$folder/root" -DZLIB_LIBRARY="$zlib" \
    -DCMAKE_BUILD_TYPE=Release "${@:3}"
}

mkdir -p "$folder/root" "$folder/tests"
configure "$folder/sources/libpng1.6" libpng -DPNG_SHARED=OFF -DPNG_TESTS=OFF -DPNG_EXECUTABLES=OFF
cmake --build "$folder/libpng" --target install
configure "$folder/sources/cmocka" cmocka -DWITH_STATIC_LIB=ON -DWITH_EXAMPLES=OFF
cmake --build "$folder/cmocka" --target cmocka-static
configure "$project" build -DMNISTCNN_WITH_OPENBLAS=OFF -DMNISTCNN_WITH_JPEG=OFF -DMNISTCNN_WERROR=ON \
  -DMNISTCNN_BUILD_EXAMPLES=OFF -DMNISTCNN_BUILD_TESTS=OFF \
  -DMNISTCNN_BUILD_STATIC=OFF -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0
cmake --build "$folder/build"
rm -rf "$folder/installed"
cmake --install "$folder/build" --prefix "$folder/installed"
cp "$folder"/build/lib/libmnistcnn.dll "$folder/tests"

# run NAME: the test NAME.exe. A test that ends has printed something, whatever it found, and one that crashes ends
# with another status than 1. A status of 1 and no output is taken for wine that did not start: it is tried once more.
run() {
  local status=0 log=$folder/tests/$1.log
  for _ in 1 2; do
    status=0
    (cd "$folder/tests" && timeout 300 wine "./$1.exe") >"$log" 2>&1 || status=$?
    cat "$log"
    if [ "$status" != 1 ] || [ -s "$log" ]; then
      break
    fi
    echo "$1: wine did not start it"
  done
  echo "$1: status $status"
  return "$status"
}

# One server of wine for all of them, so that no program starts while the server of the last one is ending.
export WINEPREFIX=$folder/wine WINEDEBUG=-all
mkdir -p "$WINEPREFIX"
wineserver -p || true
trap 'wineserver -k || true' EXIT
passed=0
failed=0
flags=(-std=gnu11 -O2 -static -DCMOCKA_STATIC -D__USE_MINGW_ANSI_STDIO=1
  -DMNISTCNN_GOLDEN_DIR="\"Z:$project/tests/golden\"" -I "$project/include" -I "$project/tests/support"
  -I "$project/tests/api" -I "$folder/sources/cmocka/include")
rm -rf "$folder/support"
mkdir -p "$folder/support"
for source in "$project"/tests/api/*_support.c "$project/tests/support/temp_folder.c"; do
  $compiler "${flags[@]}" -c "$source" -o "$folder/support/$(basename "$source" .c).o"
done
for test in "$here/windows_files.c" "$project"/tests/api/test_*.c; do
  name=$(basename "$test" .c)
  case $name in
    test_predict | test_stack) continue ;; # they make processes and map memory as POSIX has it
  esac
  $compiler "${flags[@]}" "$test" "$folder"/support/*.o "$folder/build/lib/libmnistcnn.dll.a" \
    "$folder/cmocka/src/libcmocka-static.a" -o "$folder/tests/$name.exe"
  status=0
  run "$name" || status=$?
  case $status in
    0) passed=$((passed + 1)) ;;
    77) ;; # the processor lacks what it tests
    *) failed=$((failed + 1)) ;;
  esac
  rm -rf "$folder"/tests/mnistcnn\ *
done
if "$here/windows_command.sh" "$folder/installed/bin" "$folder/command" "$project"; then
  passed=$((passed + 1))
else
  failed=$((failed + 1))
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
