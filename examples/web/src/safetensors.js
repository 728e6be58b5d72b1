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
  const count = Array.isArray(entry.shape) ? entry.shape.reduce((product, n) => product * n, 1) : NaN;
  const size = elementBytes[entry.dtype] * count;
  const isWithin =
    Number.isInteger(begin) && begin >= 0 && end - begin === size && start + end <= bytes.byteLength;
  if (!isWithin) throw malformed(`the entry of ${name} does not fit`);
  return { shape: entry.shape, count, data: bytes.slice(start + begin, start + end), dtype: entry.dtype };
}

function writeFile(metadata, tensors) {
  const header = { __metadata__: metadata };
  let at = 0;
  for (const { name, dtype, shape, data } of tensors) {
    header[name] = { dtype, shape, data_offsets: [at, at + data.byteLength] };
    at += data.byteLength;
  }
  const text = JSON.stringify(header);
  const encoded = new TextEncoder().encode(text);
  const padded = Math.ceil(encoded.length / 8) * 8;
  const file = new Uint8Array(8 + padded + at).fill(32, 8, 8 + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(encoded, 8);
  at = 8 + padded;
  for (const { data } of tensors) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

function entriesOf(header) {
  return Object.entries(header).filter(([name]) => name !== '__metadata__');
}

// --- to 8 bits ---------------------------------------------------------------------------------------------

// Each output of a kernel has a scale of its own: its largest weight is 127.
function quantiseKernel(name, { shape, count, data }) {
  const weights = new Float32Array(data.buffer);
  const outputs = shape.at(-1);
  const scales = new Float32Array(outputs);
  for (let i = 0; i < count; i++)
    scales[i % outputs] = Math.max(scales[i % outputs], Math.abs(weights[i]) / 127);
  const small = new Int8Array(count);
  for (let i = 0; i < count; i++)
    small[i] = scales[i % outputs] > 0 ? Math.round(weights[i] / scales[i % outputs]) : 0;
  return [
    { name, dtype: 'I8', shape, data: small },
    { name: name + suffix, dtype: 'F32', shape: [outputs], data: scales },
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

/**
 * A model file that the library reads, of one that quantise() made.
 * @param {Uint8Array} bytes
 * @param {(small: Int8Array, scales: Float32Array) => Float32Array} multiply each weight with the scale of its output
 */
export function expand(bytes, multiply) {
  const { header, start } = readHeader(bytes);
  const tensors = [];
  for (const [name, entry] of entriesOf(header)) {
    if (name.endsWith(suffix)) continue;
    const stored = tensor(bytes, start, name, entry);
    if (stored.dtype === 'F32') {
      tensors.push({ name, ...stored });
      continue;
    }
    const scaleEntry = header[name + suffix];
    if (!scaleEntry) throw malformed(`${name} has no scales`);
    const scales = tensor(bytes, start, name + suffix, scaleEntry);
    if (scales.dtype !== 'F32' || scales.count !== stored.shape.at(-1))
      throw malformed(`the scales of ${name} do not fit`);
    const data = multiply(new Int8Array(stored.data.buffer), new Float32Array(scales.data.buffer));
    tensors.push({ name, dtype: 'F32', shape: stored.shape, data });
  }
  const metadata = { ...header.__metadata__ };
  delete metadata[quantisedKey];
  return writeFile(metadata, tensors);
}
