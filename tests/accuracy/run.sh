#!/usr/bin/env bash
# The figures of docs/accuracy.md: trains with several seeds, measures on MNIST's test images.
set -euo pipefail

usage() {
  cat <<'END'
Usage: tests/accuracy/run.sh MNIST_DIR [--row NAME]... [--seeds N] [--work DIR]

MNIST_DIR has the four IDX files, plain or gzip. Rows, with their number of seeds:
  best-1            preset best, 1 epoch (5)
  best-4            preset best, 4 epochs (5)
  best-30           preset best, 30 epochs (5)
  tutorial          preset tutorial, 4 epochs (3)
  tutorial-no-flip  the same without mirroring (3)
  tutorial-gray-no-flip  without mirroring, on gray input and with bilinear interpolation (3)
All of them unless some are named. MNISTCNN names the command (build/release/examples/mnistcnn),
MNISTCNN_THREADS how many threads it gets (all processors; the figures do not depend on it).
The models stay in --work (build/accuracy); one that is there already is measured, not trained again.
END
}

stop() {
  echo "run.sh: $*" >&2
  exit 1
}

repository=$(cd "$(dirname "$0")/../.." && pwd)
mnistcnn=${MNISTCNN:-$repository/build/release/examples/mnistcnn}
threads=${MNISTCNN_THREADS:-$(nproc)}
work=$repository/build/accuracy
mnist=
seeds=
rows=()
while [ "$#" -gt 0 ]; do
  case "$1" in
    --help | -h) usage && exit 0 ;;
    --row) rows+=("$2") && shift 2 ;;
    --seeds) seeds=$2 && shift 2 ;;
    --work) work=$2 && shift 2 ;;
    --*) stop "unknown argument $1; see --help" ;;
    *) mnist=$1 && shift ;;
  esac
done
[ -n "$mnist" ] || { usage >&2 && exit 2; }
[ -x "$mnistcnn" ] || stop "$mnistcnn is not there: build first, or set MNISTCNN"
[ "${#rows[@]}" -gt 0 ] || rows=(best-1 best-4 best-30 tutorial tutorial-no-flip tutorial-gray-no-flip)
mkdir -p "$work"

# set_of PREFIX: the set as the command takes it.
set_of() {
  local part file found=()
  for part in images-idx3-ubyte labels-idx1-ubyte; do
    for file in "$mnist/$1-$part" "$mnist/$1-$part.gz"; do
      [ ! -f "$file" ] || found+=("$file")
    done
  done
  [ "${#found[@]}" -ge 2 ] || stop "$mnist does not have the $1 images and labels"
  echo "${found[0]},${found[-1]}"
}
train_set=$(set_of train)
test_set=$(set_of t10k)

options_of() {
  case "$1" in
    best-1) echo --preset best --epochs 1 ;;
    best-4) echo --preset best --epochs 4 ;;
    best-30) echo --preset best --epochs 30 ;;
    tutorial) echo --preset tutorial --epochs 4 ;;
    tutorial-no-flip) echo --preset tutorial --epochs 4 --no-flip ;;
    tutorial-gray-no-flip) # a shear of 0.2 radians, as keras-2.9 wants it
      echo --preset tutorial --epochs 4 --no-flip --channels 1 --augment keras-2.9 --shear 11.459 \
        --zoom 0.2 ;;
    *) stop "there is no row $1; see --help" ;;
  esac
}

# figure JSON KEY: the first number of that key, in percent.
figure() {
  printf '%s\n' "$1" | awk -v key="\"$2\":" '{
    at = index($0, key)
    if (at) { printf "%.4f", 100 * substr($0, at + length(key)); exit }
  }'
}

# measure ROW SEED: "accuracy binary_accuracy calibration_error" in percent.
measure() {
  local model=$work/$1-seed$2.safetensors json
  # shellcheck disable=SC2046 # the options are words
  [ -f "$model" ] || "$mnistcnn" train --train "$train_set" --out "$model" --seed "$2" \
    --threads "$threads" --quiet $(options_of "$1")
  json=$("$mnistcnn" evaluate --json --threads "$threads" --model "$model" "$test_set")
  echo "$(figure "$json" accuracy) $(figure "$json" binary_accuracy) $(figure "$json" calibration_error)"
}

# Lines of "accuracy binary calibration" to one row of the table.
summarise() {
  awk -v name="$1" '
    { sum += $1; binary += $2; all = all sep sprintf("%.2f", $1); sep = ", "
      if (NR == 1 || $1 < low) low = $1
      if (NR == 1 || $1 > high) high = $1
      if (NR == 1 || $3 < least) least = $3
      if (NR == 1 || $3 > most) most = $3
      error += $3 }
    END { printf "| %s | **%.3f** | %.2f to %.2f | %s | %.3f | %.2f (%.2f to %.2f) |\n", name,
          sum / NR, low, high, all, binary / NR, error / NR, least, most }'
}

echo "| row | mean accuracy % | range | every seed | binary accuracy % | calibration error % |"
echo "|---|---|---|---|---|---|"
for row in "${rows[@]}"; do
  options_of "$row" >/dev/null
  count=${seeds:-5}
  [[ -n $seeds || $row == best-* ]] || count=3
  for seed in $(seq "$count"); do
    measure "$row" "$seed"
  done | summarise "$row"
done
