#!/usr/bin/env bash
# The tests of the Python package, in an environment of their own.
#
#   run.sh ENVIRONMENT --make PYTHON REQUIREMENTS    makes it, unless it is there
#   run.sh ENVIRONMENT COMMAND...                    runs a command of it in examples/python
#
# Ends with 77 where its packages cannot be had. MNISTCNN_LIBRARY names the libraries to test;
# MNISTCNN_COMMAND the command. Nothing is written into the source tree.
set -euo pipefail

project=$(cd "$(dirname "$0")/../../examples/python" && pwd)
environment=$1
shift

make_environment() {
  "$1" -m venv --clear "$environment" &&
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 30 \
      --requirement "$2" &&
    cp "$2" "$environment/complete"
}

if [ "$1" = --make ]; then
  mkdir -p "$(dirname "$environment")"
  # An environment cannot be moved, so two runs at a time take turns.
  exec 9>"$environment.lock"
  flock 9
  if ! cmp -s "$3" "$environment/complete" && ! make_environment "$2" "$3"; then
    rm -rf "$environment"
    echo "skipped: the packages of $(basename "$3") could not be had" >&2
    exit 77
  fi
  exit 0
fi
if [ ! -e "$environment/complete" ]; then
  echo "skipped: the packages for Python could not be had" >&2
  exit 77
fi

cache=$(mktemp -d)
trap 'rm -rf "$cache"' EXIT
mkdir "$cache/bin"
if [ -n "${MNISTCNN_COMMAND:-}" ]; then
  ln -s "$MNISTCNN_COMMAND" "$cache/bin/mnistcnn"
fi
export PATH=$cache/bin:$environment/bin:$PATH PYTHONPATH=$project/src PYTHONDONTWRITEBYTECODE=1
export RUFF_NO_CACHE=true PYTEST_ADDOPTS="-p no:cacheprovider --basetemp=$cache/pytest"
cd "$project"
"$@"
