// Model files with weights in 8 bits, a quarter of the size: safetensors too, in which the kernel of a layer is I8
// and `NAME.scale` has one F32 for each of its outputs. The library reads F32; this makes one of the other.
import { MnistcnnError } from './errors.js';

const decoder = new TextDecoder('utf-8', { fatal: true });
const maxHeaderBytes = 2 << 20;
const suffix = '.scale';
const quantisedKey = 'mnistcnn_web.bits';
const elementBytes = { F32: 4, I8: 1 };

function malformed(reason) {
  return new MnistcnnError('FORMAT', `model data: is not a valid safetensors file: ${reason}`);
}

function readHeader(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.byteLength >= 8 ? Number(view.getBigUint64(0, true)) : Infinity;
  if (length > maxHeaderBytes || 8 + length > bytes.byteLength)
    throw malformed('its header is missing or too long');
  try {
    return { header: JSON.parse(decoder.decode(bytes.subarray(8, 8 + length))), start: 8 + length };
  } catch {
    throw malformed('its header is not JSON');
  }
}

function tensor(bytes, start, name, entry) {
  const [begin, end] = entry.data_offsets ?? [];
  const isShape = Array.isArray(entry.shape) && entry.shape.every((n) => Number.isInteger(n) && n >= 0);
  const count = isShape ? entry.shape.reduce((product, n) => product * n, 1) : NaN;
  const size = elementBytes[entry.dtype] * count;
  const isWithin =
    Number.isInteger(begin) && begin >= 0 && end - begin === size && start + end <= bytes.byteLength;
  if (!isWithin) throw malformed(`the entry of ${name} does not fit`);
  return {
    shape: entry.shape,
    count,
    size,
    data: bytes.subarray(start + begin, start + end),
    dtype: entry.dtype,
  };
}

// What comes before the data of the tensors, and the size of all.
function startOfFile(metadata, tensors) {
  const header = { __metadata__: metadata };
  let at = 0;
  for (const { name, dtype, shape, size } of tensors)
    header[name] = { dtype, shape, data_offsets: [at, (at += size)] };
  const encoded = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(encoded.length / 8) * 8;
  const head = new Uint8Array(8 + padded).fill(32, 8);
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true);
  head.set(encoded, 8);
  return { head, total: head.length + at };
}

function writeFile(metadata, tensors) {
  const { head, total } = startOfFile(metadata, tensors);
  const file = new Uint8Array(total);
  file.set(head);
  let at = head.length;
  for (const { data, size } of tensors) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, size), at);
    at += size;
  }
  return file;
}

// Of a tensor's bytes, which begin anywhere in the file.
function floatsOf({ data }) {
  return new Float32Array(data.slice().buffer);
}

function entriesOf(header) {
  return Object.entries(header).filter(([name]) => name !== '__metadata__');
}

// --- to 8 bits ---------------------------------------------------------------------------------------------

// Each output of a kernel has a scale of its own: its largest weight is 127.
function quantiseKernel(name, whole) {
  const { shape, count } = whole;
  const weights = floatsOf(whole);
  const outputs = shape.at(-1);
  const scales = new Float32Array(outputs);
  for (let i = 0; i < count; i++)
    scales[i % outputs] = Math.max(scales[i % outputs], Math.abs(weights[i]) / 127);
  const small = new Int8Array(count);
  for (let i = 0; i < count; i++)
    small[i] = scales[i % outputs] > 0 ? Math.round(weights[i] / scales[i % outputs]) : 0;
  return [
    { name, dtype: 'I8', shape, data: small, size: count },
    { name: name + suffix, dtype: 'F32', shape: [outputs], data: scales, size: scales.byteLength },
  ];
}

/** The kernels of a model file in 8 bits. @param {Uint8Array} bytes */
export function quantise(bytes) {
  const { header, start } = readHeader(bytes);
  const tensors = entriesOf(header).flatMap(([name, entry]) => {
    const whole = tensor(bytes, start, name, entry);
    const isKernel = name.endsWith('/kernel') && whole.dtype === 'F32';
    return isKernel ? quantiseKernel(name, whole) : [{ name, ...whole }];
  });
  return writeFile({ ...header.__metadata__, [quantisedKey]: '8' }, tensors);
}

// --- and back ----------------------------------------------------------------------------------------------

export function isQuantised(bytes) {
  try {
    return readHeader(bytes).header.__metadata__?.[quantisedKey] === '8';
  } catch {
    return false; // the library says what is wrong with it
  }
}

function scalesOf(bytes, start, header, name, outputs) {
  const entry = header[name + suffix];
  if (!entry) throw malformed(`${name} has no scales`);
  const scales = tensor(bytes, start, name + suffix, entry);
  if (scales.dtype !== 'F32' || scales.count !== outputs) throw malformed(`the scales of ${name} do not fit`);
  return floatsOf(scales);
}

/**
 * Makes a model file that the library reads of one that quantise() made, where it is needed: at an address, which is
 * aligned for floats, as is all that is written there.
 * @param {Uint8Array} bytes
 * @param {{
 *   space(size: number): number,
 *   put(data: Uint8Array, address: number): void,
 *   multiply(small: Int8Array, scales: Float32Array, address: number): void,
 * }} to multiply() puts each weight there, times the scale of its output
 * @returns {{ address: number, size: number }}
 */
export function expand(bytes, to) {
  const { header, start } = readHeader(bytes);
  const tensors = entriesOf(header)
    .filter(([name]) => !name.endsWith(suffix))
    .map(([name, entry]) => {
      const stored = tensor(bytes, start, name, entry);
      const scales = stored.dtype === 'I8' ? scalesOf(bytes, start, header, name, stored.shape.at(-1)) : null;
      return { ...stored, name, dtype: 'F32', size: 4 * stored.count, scales };
    });
  const metadata = { ...header.__metadata__ };
  delete metadata[quantisedKey];
  const { head, total } = startOfFile(metadata, tensors);
  const address = to.space(total);
  to.put(head, address);
  let at = address + head.length;
  for (const { data, scales, size } of tensors) {
    if (scales) to.multiply(new Int8Array(data.buffer, data.byteOffset, data.length), scales, at);
    else to.put(data, at);
    at += size;
  }
  return { address, size: total };
}
