#!/usr/bin/env bash
# Imports models of PyTorch and TensorFlow.js and compares their answers. Skips what cannot be had.
# torch.sh PYTHON models|tfjs|live LIBMNISTCNN LIBMNISTCNN_EXCHANGE
#   models: those of PyTorch in MNISTCNN_MODELS_DIR, on images of MNISTCNN_MNIST_DIR
#   tfjs: those of TensorFlow.js there
#   live: made by PyTorch, which MNISTCNN_FRAMEWORKS_PYTHON, or PYTHON, may have
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${MNISTCNN_FRAMEWORKS_PYTHON:-$1}
if [ "$2" != live ]; then
  if [ -z "${MNISTCNN_MODELS_DIR-}" ] || [ -z "${MNISTCNN_MNIST_DIR-}" ]; then
    echo "skipped: no MNISTCNN_MODELS_DIR, or no MNISTCNN_MNIST_DIR"
    exit 77
  fi
  script=torch_models.py
  [ "$2" = models ] || script=tfjs_models.py
  exec "$1" -B "$here/$script" "$3" "$4" "$MNISTCNN_MODELS_DIR" "$MNISTCNN_MNIST_DIR"
fi
"$python" -c 'import torch' 2>/dev/null || {
  echo "skipped: no PyTorch"
  exit 77
}
"$python" -B "$here/torch_live.py" "$3" "$4"
