#!/usr/bin/env bash
# The package's tests in a CPython without the GIL, with the wheel that is published.
#
#   free_threaded.sh FOLDER PYTHON    PYTHON: one with the packages of all.txt, which builds the wheel
#
# No Debian and no package of PyPI has such a Python: it is built in FOLDER, of the sources of CPython 3.13 that
# Debian 13 has. MNISTCNN_FREE_THREADED_PYTHON names one to take instead. Ends with 77 where something of it cannot
# be had.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
builder=$2
built=$folder/python/bin/python3.13t

skip() {
  echo "skipped: free-threaded Python: $1" >&2
  exit 77
}

# Not optimised further: the tests wait for the library most of the time.
build_python() {
  MNISTCNN_SUITE=trixie "$here/../../examples/bindings/sources.sh" "$folder/sources" python3.13 ||
    skip "its sources could not be had"
  "$here/../install-missing.sh" pc:libffi=libffi-dev pc:openssl=libssl-dev pc:zlib=zlib1g-dev ||
    skip "what it is built with could not be had"
  rm -rf "$folder/build" "$folder/python"
  mkdir "$folder/build"
  (
    cd "$folder/build"
    "$folder/sources/python3.13/configure" --disable-gil --prefix="$folder/python" --disable-test-modules \
      --without-static-libpython CFLAGS=-O1
    make -j "$(nproc)"
    make install
  ) >"$folder/python.log" 2>&1 || { tail -n 20 "$folder/python.log" && return 1; }
  rm -rf "$folder/build" "$folder/sources"
}

python=${MNISTCNN_FREE_THREADED_PYTHON:-$built}
[ "$python" != "$built" ] || [ -x "$built" ] || build_python
# The newest of which there is a wheel for this Python: to build them takes longer than all else.
PIP_ONLY_BINARY=numpy,pillow,scikit-learn,scipy \
  "$here/run.sh" "$folder/environment" --make "$python" "$here/free_threaded.txt"

rm -rf "$folder/wheel"
status=0
PYTHON=$builder MNISTCNN_WORK=$folder/work "$here/../../examples/python/tools/wheel.sh" "$(uname -m)" \
  "$folder/wheel" || status=$?
[ "$status" != 77 ] || skip "the wheel could not be built"
[ "$status" = 0 ] || exit "$status"
"$folder/environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall \
  "$folder"/wheel/*.whl

# Of what is installed: neither the sources nor the libraries of a build.
unset MNISTCNN_LIBRARY MNISTCNN_COMMAND
"$here/run.sh" "$folder/environment" env -u PYTHONPATH python -c \
  'import sys, mnistcnn; assert not sys._is_gil_enabled(); print(sys.version, mnistcnn.__file__)'
"$here/run.sh" "$folder/environment" env -u PYTHONPATH python -m pytest -q tests
