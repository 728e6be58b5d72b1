#!/usr/bin/env bash
# Imports Keras models and compares their answers with those of Keras. Skips what cannot be had.
# keras.sh PYTHON models|keras|tf_keras LIBMNISTCNN LIBMNISTCNN_EXCHANGE
#   models: those of MNISTCNN_MODELS_DIR, on images of MNISTCNN_MNIST_DIR
#   keras, tf_keras: made by it, which MNISTCNN_FRAMEWORKS_PYTHON, or PYTHON, may have
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${MNISTCNN_FRAMEWORKS_PYTHON:-$1}
if [ "$2" = models ]; then
  if [ -z "${MNISTCNN_MODELS_DIR-}" ] || [ -z "${MNISTCNN_MNIST_DIR-}" ]; then
    echo "skipped: no MNISTCNN_MODELS_DIR, or no MNISTCNN_MNIST_DIR"
    exit 77
  fi
  exec "$1" -B "$here/keras_models.py" "$3" "$4" "$MNISTCNN_MODELS_DIR" "$MNISTCNN_MNIST_DIR"
fi
if ! "$python" -c "import importlib.util as u, sys; sys.exit(not (u.find_spec('$2') and u.find_spec('tensorflow')))"; then
  echo "skipped: no $2 with TensorFlow"
  exit 77
fi
exec "$python" -B "$here/keras_live.py" "$2" "$3" "$4"
