#!/usr/bin/env bash
# Exports models and lets the frameworks answer. Skips what cannot be had.
# exports.sh LIBMNISTCNN LIBMNISTCNN_EXCHANGE LIBMNISTCNN_PRETRAINED
#   MNISTCNN_FRAMEWORKS_PYTHON: the Python that has them; TFJS_MODULES: a folder with the node_modules of
#   TensorFlow.js; MNISTCNN_MNIST_DIR: then the test images of MNIST are compared too
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${MNISTCNN_FRAMEWORKS_PYTHON:-}
if [ -z "$python" ]; then
  echo "skipped: no MNISTCNN_FRAMEWORKS_PYTHON"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
MNISTCNN_LIBRARY=$(dirname "$1"):$(dirname "$2"):$(dirname "$3") \
  PYTHONPATH=$here/../../examples/python/src "$python" -B "$here/exports_live.py" "$folder"
