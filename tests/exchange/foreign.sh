#!/usr/bin/env bash
# Imports models of other frameworks than Keras and compares their answers with those of the
# frameworks. Skips what cannot be had.
# foreign.sh PYTHON models|live LIBMNISTCNN LIBMNISTCNN_EXCHANGE
#   models: those of MNISTCNN_MODELS_DIR, on images of MNISTCNN_MNIST_DIR
#   live: ONNX's node tests, in MNISTCNN_FRAMEWORKS_PYTHON, or PYTHON, where that has onnx
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${MNISTCNN_FRAMEWORKS_PYTHON:-$1}
if [ "$2" = models ]; then
  if [ -z "${MNISTCNN_MODELS_DIR-}" ] || [ -z "${MNISTCNN_MNIST_DIR-}" ]; then
    echo "skipped: no MNISTCNN_MODELS_DIR, or no MNISTCNN_MNIST_DIR"
    exit 77
  fi
  exec "$1" -B "$here/foreign_models.py" "$3" "$4" "$MNISTCNN_MODELS_DIR" "$MNISTCNN_MNIST_DIR"
fi
if ! "$python" -c "import importlib.util as u, sys; sys.exit(not (u.find_spec('onnx') and u.find_spec('numpy')))"; then
  echo "skipped: no onnx for Python"
  exit 77
fi
exec "$python" -B "$here/onnx_live.py" "$3" "$4"
