import { availableParallelism } from 'node:os';

import {
  checkBytes,
  checkFunction,
  checkInteger,
  checkNumber,
  checkOptions,
  checkPath,
  checkSignal,
  checkText,
  checkUint64,
  typeError,
} from './check';
import {
  call,
  callForText,
  check,
  checkCall,
  copyOf,
  defaults,
  Out,
  StringList,
  Struct,
  type Address,
} from './ffi';
import { DISPOSE, Handle } from './handle';
import { logOf, type Log } from './log';
import { handleOf, register, type Owner } from './owner';
import { optionNames, setOptions } from './options';
import { preparationStruct } from './preparation';
import { callMonitored } from './progress';
import type { ArraysOptions, DatasetOptions, FolderScan, IdxOptions, Shape } from './types';

const OPTIONS = [
  ...optionNames('mnistcnn_dataset_options'),
  'preparation',
  'model',
  'signal',
  'onProgress',
  'onLog',
];
const BACKGROUND = -1;
const ARRAYS = ['pixels', 'labels', 'shape', 'classNames', 'numClasses'];

type Loading = 'mnistcnn_dataset_load_folder' | 'mnistcnn_dataset_load_idx';

/** Labelled images of one size, stored as bytes outside the JavaScript heap. Never changes. */
export class Dataset implements Owner {
  private constructor(address: Address) {
    register(this, new Handle('dataset', 'mnistcnn_dataset_free', address));
  }

  /**
   * Loads a folder with one sub-folder of PNG, JPEG or BMP files per class. The classes are the sub-folders in
   * byte order, the images are in sorted order.
   */
  static fromFolder(path: string | URL, options?: DatasetOptions): Promise<Dataset> {
    return load('mnistcnn_dataset_load_folder', [checkPath('path', path)], options);
  }

  /** Loads MNIST's IDX files of images and labels, plain or compressed by gzip. */
  static fromIdx(images: string | URL, labels: string | URL, options?: IdxOptions): Promise<Dataset> {
    const paths = [checkPath('images', images), checkPath('labels', labels)];
    return load('mnistcnn_dataset_load_idx', paths, options);
  }

  static fromFolderSync(
    path: string | URL,
    options?: Omit<DatasetOptions, 'signal' | 'onProgress'>,
  ): Dataset {
    return loadSync('mnistcnn_dataset_load_folder', [checkPath('path', path)], options);
  }

  static fromIdxSync(
    images: string | URL,
    labels: string | URL,
    options?: Omit<IdxOptions, 'signal' | 'onProgress'>,
  ): Dataset {
    const paths = [checkPath('images', images), checkPath('labels', labels)];
    return loadSync('mnistcnn_dataset_load_idx', paths, options);
  }

  /** Copies images that are in memory. */
  static fromArrays(arrays: ArraysOptions): Dataset {
    const { shape } = checkOptions('arrays', arrays, ARRAYS) as unknown as ArraysOptions;
    const pixels = checkBytes('pixels', arrays.pixels);
    const labels = checkLabels(arrays.labels);
    const names = arrays.classNames === undefined ? undefined : checkNames(arrays.classNames);
    const struct = new Struct('mnistcnn_labelled_images')
      .set('pixels', pixels)
      .set('size_bytes', pixels.length);
    struct.set('labels', labels).set('count', labels.length);
    struct.set('num_classes', arrays.numClasses ?? names?.length ?? largest(labels) + 1, 'numClasses');
    if (names) struct.set('class_names', new StringList('classNames', names));
    setShape(struct, shape);
    return create((out) => {
      checkCall('mnistcnn_dataset_create_copy', struct.bytes, null, out.room);
    });
  }

  /** What fromFolder() would find, without reading any image. */
  static scanFolder(path: string | URL): Promise<FolderScan> {
    return scan(checkPath('path', path));
  }

  static scanFolderSync(path: string | URL): FolderScan {
    const wish = new Scan(checkPath('path', path));
    checkCall('mnistcnn_dataset_scan_folder', ...wish.arguments());
    return wish.found();
  }

  get numImages(): number {
    return call('mnistcnn_dataset_num_images', handleOf(this, 'dataset').readable);
  }

  get numClasses(): number {
    return call('mnistcnn_dataset_num_classes', handleOf(this, 'dataset').readable);
  }

  /** Images that skipBroken left out. */
  get numSkipped(): number {
    return call('mnistcnn_dataset_num_skipped', handleOf(this, 'dataset').readable);
  }

  get shape(): Shape {
    const shape = new Struct('mnistcnn_shape');
    checkCall('mnistcnn_dataset_shape', handleOf(this, 'dataset').readable, shape.bytes);
    return {
      height: shape.number('height'),
      width: shape.number('width'),
      channels: shape.number('channels'),
    };
  }

  /** The names of the classes; undefined if they have none. */
  get classNames(): string[] | undefined {
    const address = handleOf(this, 'dataset').readable;
    const names = Array.from({ length: this.numClasses }, (_, i) =>
      call('mnistcnn_dataset_class_name', address, i),
    );
    return names.some((name) => name === null) ? undefined : (names as string[]);
  }

  /** A copy of the pixels of one image, [height][width][channels]. */
  image(index: number): Uint8Array {
    const { height, width, channels } = this.shape;
    const address = call(
      'mnistcnn_dataset_image',
      handleOf(this, 'dataset').readable,
      this.checkIndex(index),
    );
    return copyOf(address!, height * width * channels);
  }

  /** The class of one image; -1 of one of the background. */
  label(index: number): number {
    return call('mnistcnn_dataset_label', handleOf(this, 'dataset').readable, this.checkIndex(index));
  }

  /** The classes of all images. */
  labels(): Int32Array {
    const address = handleOf(this, 'dataset').readable;
    return Int32Array.from({ length: this.numImages }, (_, i) => call('mnistcnn_dataset_label', address, i));
  }

  /** The path of one image below the folder that was loaded; undefined if it was not a file of its own. */
  path(index: number): string | undefined {
    return (
      call('mnistcnn_dataset_path', handleOf(this, 'dataset').readable, this.checkIndex(index)) ?? undefined
    );
  }

  private checkIndex(index: number): number {
    return checkInteger('index', index, 0, this.numImages - 1);
  }

  /** Splits off a fraction of every class at random: [the others, the fraction]. */
  split(fraction: number, seed: number | bigint = 1): [Dataset, Dataset] {
    const first = new Out();
    const second = new Out();
    checkCall(
      'mnistcnn_dataset_split',
      handleOf(this, 'dataset').readable,
      checkNumber('fraction', fraction),
      checkUint64('seed', seed),
      first.room,
      second.room,
    );
    return [first, second].map(({ address }) =>
      create((out) => {
        out.room[0] = address;
      }),
    ) as [Dataset, Dataset];
  }

  /** A dataset of the images with these indices, in this order; the pixels are shared. */
  subset(indices: Iterable<number>): Dataset {
    const list = BigUint64Array.from(Array.from(indices, (index) => BigInt(this.checkIndex(index))));
    return create((out) => {
      checkCall('mnistcnn_dataset_subset', handleOf(this, 'dataset').readable, list, list.length, out.room);
    });
  }

  dispose(): void {
    handleOf(this, 'dataset').dispose();
  }

  [DISPOSE](): void {
    this.dispose();
  }
}

/** A dataset whose address `fill` leaves in its argument. */
function create(fill: (out: Out) => void): Dataset {
  const out = new Out();
  fill(out);
  return new (Dataset as unknown as new (address: Address) => Dataset)(out.address);
}

// --- loading ----------------------------------------------------------------------------------------

function loadingOptions(options: unknown): {
  struct: Struct<'mnistcnn_dataset_options'>;
  given: DatasetOptions;
  log: Log | undefined;
} {
  const given = checkOptions('options', options, OPTIONS) as DatasetOptions;
  checkSignal(given.signal);
  checkFunction('onProgress', given.onProgress);
  const struct = defaults('mnistcnn_dataset_options');
  if (given.model !== undefined) {
    const { address } = handleOf(given.model, 'model');
    checkCall('mnistcnn_dataset_options_for_model', struct.bytes, struct.bytes.length, address);
  }
  if (given.preparation !== undefined) struct.point('preparation', preparationStruct(given.preparation));
  struct.set('num_threads', availableParallelism());
  const log = logOf(struct, given.onLog);
  return { struct: setOptions(struct, given as Record<string, unknown>), given, log };
}

async function load(name: Loading, paths: string[], options: unknown): Promise<Dataset> {
  const { struct, given, log } = loadingOptions(options);
  given.signal?.throwIfAborted();
  const release = given.model ? handleOf(given.model, 'model').read() : () => undefined;
  const out = new Out();
  const args = [...paths, struct.bytes, out.room] as unknown as Parameters<typeof call<Loading>>[1];
  await callMonitored(name, args as never, struct, [struct, out], { ...given, ended: release });
  return told(
    create((room) => {
      room.room[0] = out.address;
    }),
    log,
  );
}

function loadSync(name: Loading, paths: string[], options: unknown): Dataset {
  const { struct, given, log } = loadingOptions(options);
  if (given.signal || given.onProgress)
    throw new TypeError('options: signal and onProgress need an asynchronous call');
  const loaded = create((out) => {
    check((call as (...args: unknown[]) => number)(name, ...paths, struct.bytes, out.room));
  });
  return told(loaded, log);
}

/** The dataset, unless onLog throws. */
function told(dataset: Dataset, log: Log | undefined): Dataset {
  try {
    log?.tell();
    return dataset;
  } catch (error) {
    dataset.dispose();
    throw error;
  }
}

async function scan(path: string): Promise<FolderScan> {
  const wish = new Scan(path);
  await callForText('mnistcnn_dataset_scan_folder', wish.arguments());
  return wish.found();
}

class Scan {
  private readonly classes = new Uint32Array(1);
  private readonly images = new BigUint64Array(1);
  private readonly length = new BigUint64Array(1);
  private readonly names = new Uint8Array(1 << 18); // 1000 names of 255 bytes

  constructor(private readonly path: string) {}

  arguments() {
    const { path, classes, images, names, length } = this;
    return [path, classes, images, names, names.length, length] as const;
  }

  found(): FolderScan {
    const text = new TextDecoder().decode(this.names.subarray(0, Number(this.length[0])));
    return { classNames: text === '' ? [] : text.split('\n'), numImages: Number(this.images[0]) };
  }
}

// --- arrays -----------------------------------------------------------------------------------------

function checkLabels(labels: unknown): Int32Array {
  if (
    labels === null ||
    typeof labels !== 'object' ||
    typeof (labels as { length?: unknown }).length !== 'number'
  ) {
    throw typeError('labels', 'an array of numbers', labels);
  }
  return Int32Array.from(labels as ArrayLike<number>, (label, i) =>
    checkInteger(`labels[${i}]`, label, BACKGROUND, 0x7fffffff),
  );
}

function largest(labels: Int32Array): number {
  return labels.reduce((most, label) => Math.max(most, label), 0);
}

export function checkNames(names: unknown): string[] {
  if (!Array.isArray(names)) throw typeError('classNames', 'an array of strings', names);
  return names.map((name, i) => checkText(`classNames[${i}]`, name));
}

function setShape(struct: Struct<'mnistcnn_labelled_images'>, shape: unknown): void {
  const { height, width, channels } = checkOptions('shape', shape, ['height', 'width', 'channels']);
  struct.set('shape.height', height, 'shape.height').set('shape.width', width, 'shape.width');
  struct.set('shape.channels', channels, 'shape.channels');
}
