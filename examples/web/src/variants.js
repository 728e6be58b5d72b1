// Which of the three modules an engine runs. It is asked with the smallest module that has one instruction of
// each kind, not by its name.

const magic = [0, 97, 115, 109, 1, 0, 0, 0];

// One function without arguments, whose body is `code`.
function probe(code) {
  return new Uint8Array([
    ...magic,
    ...[1, 5, 1, 96, 0, 1, 123], // a type: no arguments, a vector
    ...[3, 2, 1, 0],
    ...[10, code.length + 4, 1, code.length + 2, 0, ...code, 11],
  ]);
}

const zero = [65, 0, 253, 17]; // i32.const 0, i32x4.splat

const probes = {
  relaxed: probe([...zero, ...zero, ...zero, 253, 133, 2]), // f32x4.relaxed_madd
  simd: probe([...zero, 253, 98]), // i8x16.popcnt
  plain: new Uint8Array(magic),
};

/** From the fastest to the slowest. */
export const variants = Object.keys(probes);

/** Those that this engine takes; `validate` is WebAssembly.validate. */
export function supportedVariants(validate = WebAssembly.validate) {
  return variants.filter((name) => validate(probes[name]));
}
