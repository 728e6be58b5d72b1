#!/usr/bin/env bash
# From a fresh Debian or Ubuntu to a trained network for digits, with one command.
set -euo pipefail

usage() {
  cat <<'END'
Usage: examples/quickstart.sh [--data DIR] [--epochs N] [--preset NAME] [--work DIR]

Installs missing packages (apt-get), builds mnistcnn, gets images of handwritten digits, trains the
tutorial's network on them, evaluates it and predicts one image of each digit. The same images are
first predicted with the shipped model.

  --data DIR     your own images: DIR/train and DIR/validation, each with one folder of PNG files
                 per class; or a folder with the four IDX files of MNIST
  --epochs N     number of epochs (4)
  --preset NAME  training preset: tutorial or best (best)
  --work DIR     folder for images and model (build/quickstart)

Without --data the images are, in this order: MNIST from the folder MNISTCNN_MNIST_DIR; MNIST from
a public mirror; digits drawn by mnistcnn. After an interruption, run it again: steps that are done
are skipped.
END
}

say() {
  printf '\n=> %s\n' "$*"
}

stop() {
  echo "quickstart: $*" >&2
  exit 1
}

# ------------------------------------------------------------------------------------ arguments --

here=$PWD
repository=$(cd "$(dirname "$0")/.." && pwd)
own_data=
epochs=4
preset=best
work=$repository/build/quickstart

while [ "$#" -gt 0 ]; do
  case "$1" in
    --help | -h) usage && exit 0 ;;
    --data | --epochs | --preset | --work) [ "$#" -gt 1 ] || stop "$1 needs a value; see --help" ;;
    *) stop "unknown argument $1; see --help" ;;
  esac
  case "$1" in
    --data) own_data=$(cd "$here" && realpath "$2") ;;
    --epochs) epochs=$2 ;;
    --preset) preset=$2 ;;
    --work) work=$(cd "$here" && realpath -m "$2") ;;
  esac
  shift 2
done
[[ $epochs =~ ^[1-9][0-9]*$ ]] || stop "--epochs needs a number from 1, not $epochs"
cd "$repository"

# ---------------------------------------------------------------------------------------- build --

install_what_is_missing() {
  tests/install-missing.sh cmd:cmake=cmake cmd:ninja=ninja-build cmd:cc=gcc \
    'file:/usr/include/stdio.h=libc6-dev' cmd:pkg-config=pkg-config pc:libpng=libpng-dev \
    pc:zlib=zlib1g-dev pc:openblas=libopenblas-dev
}

build() {
  local log=$work/build.log
  mkdir -p "$work"
  if ! { cmake --preset release && cmake --build --preset release --target mnistcnn_cli; } \
    >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    stop "the build failed (see $log)"
  fi
}

# ----------------------------------------------------------------------------------------- data --

mirrors=(
  https://storage.googleapis.com/cvdf-datasets/mnist
  https://ossci-datasets.s3.amazonaws.com/mnist
)

# SHA-256 of the uncompressed files, which do not depend on how a mirror compressed them.
digests() {
  cat <<'END'
ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db  train-images-idx3-ubyte
65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5  train-labels-idx1-ubyte
0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7  t10k-images-idx3-ubyte
ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2  t10k-labels-idx1-ubyte
END
}

# idx_file DIR NAME: the file, plain or compressed; fails if there is neither.
idx_file() {
  local candidate
  for candidate in "$1/$2" "$1/$2.gz"; do
    if [ -f "$candidate" ]; then
      echo "$candidate"
      return 0
    fi
  done
  return 1
}

has_idx_files() {
  local name
  while read -r _ name; do
    idx_file "$1" "$name" >/dev/null || return 1
  done < <(digests)
}

fetch() {
  if command -v curl >/dev/null; then
    curl --fail --silent --location --connect-timeout 10 --max-time 300 --output "$2" "$1"
  else
    wget --quiet --timeout=10 --tries=1 --output-document="$2" "$1"
  fi
}

# fetch_file NAME DIGEST DIR: from the first mirror whose copy has this digest.
fetch_file() {
  local name=$1 digest=$2 file=$3/$1.gz mirror
  for mirror in "${mirrors[@]}"; do
    if fetch "$mirror/$name.gz" "$file.part" &&
      [ "$(gzip -dc "$file.part" 2>/dev/null | sha256sum | cut -d ' ' -f 1)" = "$digest" ]; then
      mv "$file.part" "$file"
      return 0
    fi
    rm -f "$file.part"
  done
  return 1
}

download_mnist() {
  local digest name
  command -v curl >/dev/null || command -v wget >/dev/null ||
    tests/install-missing.sh cmd:curl=curl cmd:update-ca-certificates=ca-certificates || return 1
  mkdir -p "$1"
  while read -r digest name; do
    idx_file "$1" "$name" >/dev/null || fetch_file "$name" "$digest" "$1" || return 1
  done < <(digests)
}

# convert_set IDX_DIR PREFIX TARGET: converts to class folders of PNG files. The target is created
# once it is complete, so an interrupted conversion is repeated.
convert_set() {
  [ ! -d "$3" ] || return 0
  rm -rf "$3.part"
  "$mnistcnn" convert "$(idx_file "$1" "$2-images-idx3-ubyte")" \
    "$(idx_file "$1" "$2-labels-idx1-ubyte")" "$3.part"
  mv "$3.part" "$3"
}

convert_mnist() {
  mkdir -p "$2"
  convert_set "$1" train "$2/train"
  convert_set "$1" t10k "$2/validation"
}

draw_digits() {
  [ ! -d "$1" ] || return 0
  rm -rf "$1.part"
  "$mnistcnn" digits --out "$1.part"
  mv "$1.part" "$1"
}

# Sets data (the folder with train/ and validation/) and source (its description).
get_data() {
  local idx=${own_data:-${MNISTCNN_MNIST_DIR:-}}
  if [ -n "$own_data" ] && [ -d "$own_data/train" ] && [ -d "$own_data/validation" ]; then
    data=$own_data
    source="your images in $own_data"
  elif [ -n "$idx" ] && has_idx_files "$idx"; then
    data=$work/mnist
    source="MNIST, from the IDX files in $idx"
    convert_mnist "$idx" "$data"
  elif [ -n "$own_data" ]; then
    stop "$own_data has neither train and validation folders nor the four IDX files of MNIST"
  elif echo "Looking for MNIST on public mirrors ..." && download_mnist "$work/download"; then
    data=$work/mnist
    source="MNIST, downloaded, SHA-256 verified"
    convert_mnist "$work/download" "$data"
  else
    data=$work/drawn
    source="digits drawn by mnistcnn (no MNIST in MNISTCNN_MNIST_DIR, and the download failed)"
    draw_digits "$data"
  fi
}

# ---------------------------------------------------------------------------------------- train --

# The first validation image of each class.
one_image_each() {
  local folder
  for folder in "$data"/validation/*/; do
    find -L "$folder" -iname '*.png' | LC_ALL=C sort | sed -n 1p
  done
}

say "Installing missing packages"
install_what_is_missing

say "Building mnistcnn (log: $work/build.log)"
build
mnistcnn=$repository/build/release/examples/mnistcnn

say "Getting images of digits"
get_data
echo "Images: $source"

mapfile -t images < <(one_image_each)
# The shipped model only knows digits, and of those it is said that they are.
prepare=none
if [ -d "$data/validation/0" ] && [ -d "$data/validation/9" ]; then
  prepare=digit
  say "Predicting one image of each digit with the shipped model"
  "$mnistcnn" predict "${images[@]}"
fi

say "Training: preset $preset, $epochs epochs"
model=$work/model.safetensors
"$mnistcnn" train --train "$data/train" --validation "$data/validation" --out "$model" \
  --prepare "$prepare" --preset "$preset" --epochs "$epochs" --threads "$(nproc)"

say "Evaluating on the validation set"
"$mnistcnn" evaluate --model "$model" "$data/validation"

say "Predicting one image of each class with the new model"
"$mnistcnn" predict --model "$model" "${images[@]}"

say "Done. Images: $source"
cat <<END
The model is $model
Try it on your own image:
  $mnistcnn predict --model $model IMAGE.png
END
