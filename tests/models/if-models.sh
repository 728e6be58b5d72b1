#!/bin/sh
# Runs a command if MNISTCNN_MODELS_DIR names a folder with mlperf-tiny/, else ends with 77.
if [ ! -d "${MNISTCNN_MODELS_DIR:-}/mlperf-tiny" ]; then
  echo "skipped: MNISTCNN_MODELS_DIR names no folder with mlperf-tiny/" >&2
  exit 77
fi
exec "$@"
