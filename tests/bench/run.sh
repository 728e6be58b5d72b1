#!/bin/sh
# Builds the benchmark and runs it:
#
#   tests/bench/run.sh [--install] [--build FOLDER] [bench.py options]
#
#   --install         fetch the peers first: PyTorch and Pillow with apt, ONNX Runtime with npm
#   --install-peers   fetch those of the section networks, newer ones, from PyPI into a folder of the
#                     build: PyTorch, ONNX Runtime, OpenVINO, LiteRT and Keras, several GB
#   --build FOLDER    CMake build folder, default build/bench
#
# Everything else goes to bench.py; see README.md.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/build/bench
onnxruntime_version=1.20.1
install=no
install_peers=no

while [ $# -gt 0 ]; do
  case $1 in
    --install) install=yes; shift ;;
    --install-peers) install_peers=yes; shift ;;
    --build) build=$2; shift 2 ;;
    *) break ;;
  esac
done
modules=$build/node
peers=$build/python

# --ignore-scripts: the package holds its Linux library; its script would fetch others.
if [ $install = yes ]; then
  if [ "$(id -u)" = 0 ]; then
    apt-get install -y --no-install-recommends python3-torch python3-pil
  else
    sudo apt-get install -y --no-install-recommends python3-torch python3-pil
  fi
  mkdir -p "$modules"
  npm install --prefix "$modules" --ignore-scripts --no-save --no-audit --no-fund \
    "onnxruntime-node@$onnxruntime_version"
fi

if [ $install_peers = yes ]; then
  python3 -m venv "$peers"
  "$peers/bin/pip" install numpy torch onnx onnxruntime openvino ai-edge-litert keras tensorflow-cpu
fi

mkdir -p "$build"
log=$build/build.log
if ! {
  cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DMNISTCNN_BUILD_BENCH=ON \
    -DMNISTCNN_BUILD_TESTS=OFF -DMNISTCNN_BUILD_EXAMPLES=OFF -DMNISTCNN_BUILD_CLI=ON &&
    cmake --build "$build" --parallel
} >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi

# The system's Python first: that is the one apt's packages belong to.
python=/usr/bin/python3
[ -x $python ] || python=python3
[ ! -x "$peers/bin/python" ] || set -- --peers "$peers/bin/python" "$@"
exec "$python" "$here/bench.py" --build "$build/tests/bench" --data "$build/data" \
  --modules "$modules" --python "$python" --json "$build/bench.json" "$@"
