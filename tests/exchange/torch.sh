#!/usr/bin/env bash
# Imports PyTorch models and compares their answers with those of PyTorch. Skips what cannot be had.
# torch.sh PYTHON models|live LIBMNISTCNN LIBMNISTCNN_EXCHANGE
#   models: those of MNISTCNN_MODELS_DIR, on images of MNISTCNN_MNIST_DIR
#   live: made by PyTorch, which MNISTCNN_FRAMEWORKS_PYTHON, or PYTHON, may have
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${MNISTCNN_FRAMEWORKS_PYTHON:-$1}
if [ "$2" = models ]; then
  if [ -z "${MNISTCNN_MODELS_DIR-}" ] || [ -z "${MNISTCNN_MNIST_DIR-}" ]; then
    echo "skipped: no MNISTCNN_MODELS_DIR, or no MNISTCNN_MNIST_DIR"
    exit 77
  fi
  exec "$1" -B "$here/torch_models.py" "$3" "$4" "$MNISTCNN_MODELS_DIR" "$MNISTCNN_MNIST_DIR"
fi
"$python" -c 'import torch' 2>/dev/null || {
  echo "skipped: no PyTorch"
  exit 77
}
"$python" -B "$here/torch_live.py" "$3" "$4"
