#!/usr/bin/env bash
# Builds the library and its tests for another processor and runs them, with Debian's cross compiler, its
# libraries for that processor (sysroot.sh) and qemu:
#   run.sh ARCHITECTURE FOLDER [--all]    ARCHITECTURE: arm64, s390x (big-endian), i386 and armhf (32 bits),
#                                         riscv64 or ppc64el
# All is below FOLDER, where ctest leaves report.xml. Without --all only what is worth a minute: the golden
# training, models and checkpoints of other machines, on arm64 the layers and kernels of NEON, and on s390x what
# reads files of other frameworks.
# Ends with 77, and a line that says why, where something is missing.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
architecture=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
all=${3:-}

tests=(api_portable_training api_old_files api_model)
case $architecture in
  arm64)
    triplet=aarch64-linux-gnu
    tests+=(api_layer_values unit_isa unit_activations unit_depthwise_kernels unit_pool_kernels unit_optim_kernels
      unit_dense_int8)
    ;;
  s390x)
    triplet=s390x-linux-gnu
    tests+=(api_layer_values unit_safetensors unit_model_file exchange_keras exchange_foreign exchange_torch
      exchange_tfjs)
    ;;
  armhf) triplet=arm-linux-gnueabihf && tests+=(api_layer_values) ;;
  riscv64) triplet=riscv64-linux-gnu && tests+=(api_layer_values) ;;
  ppc64el) triplet=powerpc64le-linux-gnu && tests+=(api_layer_values) ;;
  i386)
    triplet=i686-linux-gnu
    tests+=(api_layer_values unit_safetensors)
    ;;
  *) echo "$0: there is no $architecture" >&2 && exit 2 ;;
esac

# What takes longer under qemu than its time limit, and what forks, which qemu is not good at.
emulated='|unit_(threads|threads_faults|cost|gradients)|api_(cost|layers|predict)'
[ "$architecture" != i386 ] || emulated=

missing() {
  echo "$architecture: $1"
  exit 77
}

{ command -v "$triplet-gcc" && command -v "$triplet-g++"; } >/dev/null || missing "no $triplet-gcc and $triplet-g++ here"
emulator=qemu-${triplet%%-*}
[ "$architecture" != ppc64el ] || emulator=qemu-ppc64le
[ "$architecture" = i386 ] || command -v "$emulator" >/dev/null || missing "no $emulator here"
compiled=() # Debian 12 has no packages for it
[ "$architecture" != riscv64 ] || compiled=("$triplet")
"$here/sysroot.sh" "$architecture" "$folder" ${compiled[@]+"${compiled[@]}"} >"$folder/sysroot.log" 2>&1 || missing "its libraries could not be had"

cmake -S "$here/../.." -B "$folder/build" --preset dev -DCMAKE_TOOLCHAIN_FILE="$here/toolchain.cmake" \
  -DMNISTCNN_TEST_TRIPLET="$triplet" -DMNISTCNN_TEST_ROOT="$folder/root" -DMNISTCNN_WITH_OPENBLAS=OFF \
  -DMNISTCNN_BUILD_CLI=OFF -DMNISTCNN_BUILD_EXAMPLES=OFF \
  -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0
if [ "$all" = --all ]; then
  cmake --build "$folder/build" -j "$(nproc)"
  chosen=(-L '^(unit|api)$' -E "^(exchange_(h5py|models|oracle)|.*_(mutations|golden)|.*_live.*|pretrained_.*|fuzz_.*$emulated)$")
else
  cmake --build "$folder/build" -j "$(nproc)" --target "${tests[@]}"
  chosen=(-R "^($(IFS='|' && echo "${tests[*]}"))\$")
fi
# qemu's processor has everything; these have no products of 8-bit integers, and Armv8.2's.
if [ "$architecture" = arm64 ]; then
  for processor in cortex-a53 neoverse-n1; do
    QEMU_CPU=$processor ctest --test-dir "$folder/build" --output-on-failure --no-tests=error \
      -R '^unit_(isa|dense_int8)$'
  done
fi
ctest --test-dir "$folder/build" -j "$(nproc)" --output-on-failure --no-tests=error \
  --output-junit "$folder/report.xml" "${chosen[@]}"
