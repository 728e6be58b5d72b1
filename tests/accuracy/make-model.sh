#!/usr/bin/env bash
# Makes the model that ships, or checks that it can be made again.
set -euo pipefail

usage() {
  cat <<'END'
Usage: tests/accuracy/make-model.sh [--check] MNIST_DIR

Trains examples/models/digits.safetensors on MNIST's 60,000 training images (MNIST_DIR has the IDX
files, plain or gzip): preset best, images prepared as digits, 30 epochs, seed 1. The file says so, and from which commit.
--check trains it into build/ instead, says the same commit, and compares: the bytes must be equal
on the same machine with the same build.

MNISTCNN names the command (build/release/examples/mnistcnn), MNISTCNN_THREADS how many threads it
gets (all processors; the bytes do not depend on it).
END
}

repository=$(cd "$(dirname "$0")/../.." && pwd)
mnistcnn=${MNISTCNN:-$repository/build/release/examples/mnistcnn}
shipped=$repository/examples/models/digits.safetensors
model=$shipped
commit=$(git -C "$repository" rev-parse HEAD)
check=
mnist=
for argument; do
  case "$argument" in
    --help | -h) usage && exit 0 ;;
    --check) check=1 ;;
    *) mnist=$argument ;;
  esac
done
[ -n "$mnist" ] || { usage >&2 && exit 2; }
if [ -n "$check" ]; then
  model=$repository/build/digits-again.safetensors
  commit=$(grep -aoE 'commit [0-9a-f]{40}' "$shipped" | head -n 1 | cut -d ' ' -f 2)
fi

images=$(compgen -G "$mnist/train-images-idx3-ubyte*")
labels=$(compgen -G "$mnist/train-labels-idx1-ubyte*")
mkdir -p "$(dirname "$model")"
"$mnistcnn" train --train "$images,$labels" --out "$model" --preset best --prepare digit --epochs 30 --seed 1 \
  --threads "${MNISTCNN_THREADS:-$(nproc)}" --quiet \
  --note "MNIST digits: train --preset best --epochs 30 --seed 1, at commit $commit"
sha256sum "$model"
[ -z "$check" ] || cmp "$shipped" "$model"
