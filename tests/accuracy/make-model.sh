#!/usr/bin/env bash
# Makes the model that ships, or another one by the same recipe.
set -euo pipefail

usage() {
  cat <<'END'
Usage: tests/accuracy/make-model.sh [OPTION...] MNIST_DIR

Makes build/faces/digits-SEED.safetensors by the recipe of the model that ships: MNIST's training
images (MNIST_DIR has the IDX files, plain or gzip), pictures of these, digits rendered from free
faces, drawn digits, and images of no digit, all prepared as digits. The faces, numpy and Pillow are
fetched with npm and pip into build/faces (600 MB), and the images are rendered (1.2 GB) and prepared
there, once for all seeds.

  --seed N          seed of the training (1)
  --epochs N        epochs of the training (24)
  --install         also replace examples/models/digits.safetensors
  --printed         measure the model on printed digits of faces that it was not trained on
  --prepare-only    only fetch, render and prepare

MNISTCNN names the command (build/release/examples/mnistcnn), beside whose folder there is lib with
the library, MNISTCNN_THREADS how many threads they get (all processors; the model does not depend on
it).
END
}

repository=$(cd "$(dirname "$0")/../.." && pwd)
mnistcnn=${MNISTCNN:-$repository/build/release/examples/mnistcnn}
threads=${MNISTCNN_THREADS:-$(nproc)}
faces=$repository/build/faces
recipe=$repository/tests/accuracy/faces
held_out=5000 # of MNIST's training images, for the calibration
accepted=0.9975
network='conv 32 5x5 relu, maxpool 2, conv 64 5x5 relu, maxpool 2, flatten, dense 400 relu, dense classes softmax'
seed=1 epochs=24 install='' printed='' train=1 mnist=
while [ $# -gt 0 ]; do
  case "$1" in
    --help | -h) usage && exit 0 ;;
    --seed) seed=$2 && shift ;;
    --epochs) epochs=$2 && shift ;;
    --install) install=1 ;;
    --printed) printed=1 ;;
    --prepare-only) train='' ;;
    *) mnist=$1 ;;
  esac
  shift
done
[ -d "$mnist" ] || { usage >&2 && exit 2; }
python=$faces/environment/bin/python
model=$faces/digits-$seed.safetensors

fetch() {
  mkdir -p "$faces"
  cp "$recipe/package.json" "$recipe/package-lock.json" "$faces"
  [ -d "$faces/node_modules" ] || (cd "$faces" && npm ci --ignore-scripts --no-audit --no-fund)
  [ -x "$python" ] || python3 -m venv "$faces/environment"
  "$python" -m pip install --quiet --requirement "$recipe/requirements.txt"
}

# Renders one set of images, once: a folder that is complete is kept.
render() {
  local what=$1
  shift
  [ ! -e "$faces/$what.complete" ] || return 0
  rm -rf "${faces:?}/$what"
  "$python" "$recipe/render.py" "$what" "$faces/$what" --modules "$faces/node_modules" "$@"
  touch "$faces/$what.complete"
}

# The images of a set as the network sees them.
prepare() {
  [ ! -e "$faces/$1-prepared.complete" ] || return 0
  rm -rf "${faces:?}/$1-prepared"
  PYTHONPATH=$repository/examples/python/src MNISTCNN_LIBRARY=$(dirname "$mnistcnn")/../lib \
    "$python" -B "$recipe/prepare.py" "$faces/$1" "$faces/$1-prepared" --threads "$threads" \
    2>"$faces/$1-left-out.txt"
  touch "$faces/$1-prepared.complete"
}

draw() {
  [ ! -e "$faces/drawn.complete" ] || return 0
  rm -rf "$faces/drawn"
  "$mnistcnn" digits --out "$faces/drawn" --count 20000 --validation-count 0
  touch "$faces/drawn.complete"
}

fetch
draw
render train --mnist "$mnist" --held-out "$held_out" --drawn "$faces/drawn/train"
render validation --mnist "$mnist" --held-out "$held_out"
render printed
prepare train
prepare validation
[ -n "$train" ] || exit 0

"$mnistcnn" train --train "$faces/train-prepared" --background background --prepare digit \
  --preset best --arch "$network" --epochs "$epochs" --batch 128 \
  --learning-rate 0.002 --final-lr-ratio 0.01 --beta2 0.99 \
  --ema-decay 0.999 --dilate 0.4 --no-augment-fraction 0.1 \
  --seed "$seed" --threads "$threads" --quiet --out "$model" \
  --note "MNIST, rendered and drawn digits: tests/accuracy/make-model.sh --epochs $epochs --seed $seed"
"$mnistcnn" calibrate --model "$model" --out "$model" --background background --accept "$accepted" \
  --threads "$threads" "$faces/validation-prepared"
"$mnistcnn" evaluate --model "$model" --background background --threads "$threads" \
  "$faces/validation-prepared" | head -8
"$mnistcnn" evaluate --model "$model" --threads "$threads" \
  "$(compgen -G "$mnist/t10k-images-idx3-ubyte*"),$(compgen -G "$mnist/t10k-labels-idx1-ubyte*")" | head -8
if [ -n "$printed" ]; then
  for condition in clean small blurred noisy turned; do
    echo "printed, $condition:"
    "$mnistcnn" evaluate --model "$model" --skip-broken "$faces/printed/$condition" | head -3
  done
fi
[ -z "$install" ] || cp "$model" "$repository/examples/models/digits.safetensors"
