// quantise.mjs IN OUT: a model file with its kernels in 8 bits.
import { readFile, writeFile } from 'node:fs/promises';

import { quantise } from '../src/safetensors.js';

const [from, to] = process.argv.slice(2);
await writeFile(to, quantise(new Uint8Array(await readFile(from))));
