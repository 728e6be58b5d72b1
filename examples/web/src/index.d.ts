/** A picture in memory, row by row, such as the ImageData of a canvas. */
export interface Pixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** 1: gray, 2: gray and alpha, 3: RGB, 4: RGB and alpha; by default as many as there is data for. */
  readonly channels?: 1 | 2 | 3 | 4;
}

/** Strokes of a pen: lists of points [x, y], y downwards, in any unit. */
export type Strokes = readonly (readonly (readonly [number, number])[])[];

export interface Drawing {
  readonly strokes: Strokes;
}

export type Polarity = 'auto' | 'dark-on-light' | 'light-on-dark';
export type Verdict = 'found' | 'touching' | 'blank' | 'filled' | 'several' | 'other' | 'unclear';
export type Variant = 'plain' | 'simd' | 'relaxed';

export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

export interface Prediction {
  /** null where there is none: `verdict` and `reason` say why. */
  readonly label: string | null;
  readonly index: number;
  readonly confidence: number;
  readonly probabilities: Float32Array;
  readonly verdict: Verdict;
  readonly reason: string | null;
  /** What the network saw: the bytes of its input. */
  readonly prepared: Uint8Array;
  /** Where it was found in a picture; null of a drawing. */
  readonly box: Box | null;
}

export interface PageDigit {
  readonly label: string | null;
  readonly index: number;
  readonly confidence: number;
  readonly verdict: Verdict;
  readonly line: number;
  readonly column: number;
  /** Index into the page's groups, -1 where it is no digit. */
  readonly group: number;
  readonly isCut: boolean;
  readonly box: Box;
  readonly probabilities: Float32Array | null;
  readonly image: Uint8Array | null;
}

/** A number: digits that stand close together. */
export interface PageGroup {
  readonly text: string;
  readonly line: number;
  readonly first: number;
  readonly count: number;
  readonly box: Box;
}

export interface Page {
  /** Numbers separated by spaces, lines by line feeds; '?' where a digit is unclear. */
  readonly text: string;
  readonly digits: readonly PageDigit[];
  readonly groups: readonly PageGroup[];
  readonly lines: number;
  readonly columns: number;
  readonly isForm: boolean;
  readonly specks: number;
}

export interface PredictOptions {
  readonly polarity?: Polarity;
  /** false: also a picture that looks prepared is prepared. */
  readonly passThrough?: boolean;
}

export interface ReadOptions {
  readonly polarity?: Polarity;
  /** true: a table of printed cells. */
  readonly form?: boolean;
  /** Less probable digits are unclear; default 0.5. */
  readonly leastConfidence?: number;
}

export interface Layer {
  readonly name: string;
  readonly kind: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly activation: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
}

export interface ModelOptions {
  /** As in docs/architecture.md, such as "conv 16 5x5 relu, maxpool 2, flatten, dense classes softmax". */
  readonly architecture: string;
  readonly labels: readonly string[];
  readonly height?: number;
  readonly width?: number;
  readonly channels?: 1 | 3;
  readonly seed?: number;
  readonly mean?: number;
  readonly deviation?: number;
}

export declare class Model {
  private constructor();
  readonly input: { readonly height: number; readonly width: number; readonly channels: number };
  readonly labels: readonly string[];
  readonly architecture: string;
  readonly layerCount: number;
  readonly parameters: number;
  readonly threshold: number;
  readonly temperature: number;
  readonly prepare: 'none' | 'digit';
  readonly inputBytes: number;
  predict(picture: Pixels | Drawing, options?: PredictOptions): Prediction;
  readDigits(picture: Pixels, options?: ReadOptions): Page;
  /** Probabilities of prepared images, [count][height][width][channels] bytes: [count][labels]. */
  predictPrepared(images: Uint8Array): Float32Array;
  /** The same of intensities from 0 to 1. */
  predictFloats(images: Float32Array): Float32Array;
  layer(index: number): Layer;
  /** which: 0 kernel, 1 bias, ...; null where the layer has none. */
  weights(layer: number, which: number): Float32Array | null;
  setWeights(layer: number, which: number, values: ArrayLike<number>): void;
  /** The bytes of a safetensors file; bits 8: a quarter of the size, for this package only. */
  save(options?: { readonly bits?: 32 | 8 }): Uint8Array;
  note(key: string): string | null;
  setNote(key: string, value: string): void;
  free(): void;
}

export interface TrainSettings {
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly seed?: number;
  readonly learningRate?: number;
  readonly loss?: 'binary-cross-entropy' | 'cross-entropy';
  readonly optimizer?: 'rmsprop' | 'sgd' | 'adam' | 'adamw';
  readonly schedule?: 'constant' | 'linear' | 'cosine' | 'one-cycle';
  /** true (default): every image is turned, sheared, zoomed, shifted and thickened a little, anew in each epoch. */
  readonly augment?: boolean;
  /** Degrees. */
  readonly rotation?: number;
  readonly shear?: number;
  readonly zoom?: number;
  /** Pixels. */
  readonly shift?: number;
  readonly elastic?: number;
  readonly dilate?: number;
  readonly weightDecay?: number;
  readonly labelSmoothing?: number;
  readonly average?: number;
  /** true (default): classes with few examples count as much as those with many. */
  readonly balance?: boolean;
  readonly warmup?: number;
  readonly finalRate?: number;
  readonly keepBest?: boolean;
  readonly plainEnd?: number;
}

export interface Images {
  /** [count][height][width][channels] bytes. */
  readonly images: Uint8Array;
  /** Class numbers. */
  readonly labels: ArrayLike<number>;
  readonly classes: readonly string[];
  readonly height?: number;
  readonly width?: number;
  readonly channels?: 1 | 3;
}

export interface Job extends Images {
  /** Default: smallArchitecture. */
  readonly architecture?: string;
  /** A model file to train further, with the same classes. */
  readonly model?: Uint8Array;
  /** A model file whose alike layers the new model starts with. */
  readonly start?: Uint8Array;
  readonly mean?: number;
  readonly deviation?: number;
  readonly seed?: number;
  /** This fraction of every class is held out and measured; 0 (default): nothing. */
  readonly holdOut?: number;
  readonly settings?: TrainSettings;
}

export interface Progress {
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
  readonly imagesDone: number;
  readonly images: number;
  readonly loss: number;
  readonly accuracy: number;
  /** NaN until an epoch's validation is complete. */
  readonly validationLoss: number;
  readonly validationAccuracy: number;
  readonly learningRate: number;
  readonly isEpochEnd: boolean;
  /** Of the whole training, 0 to 1. */
  readonly fraction: number;
  readonly finished: boolean;
}

export interface Metrics {
  readonly count: number;
  readonly correct: number;
  readonly loss: number;
  readonly accuracy: number;
}

export interface Trained {
  readonly model: Model;
  /** Its file. */
  readonly bytes: Uint8Array;
  readonly history: readonly Progress[];
  readonly heldOut: Metrics | null;
}

export interface TrainOptions {
  readonly onProgress?: (progress: Progress) => void;
  /** Aborting it makes train() reject with the code CANCELLED. */
  readonly signal?: AbortSignal;
}

export interface OpenOptions {
  /** The folder of the .wasm files and the model, such as "/mnistcnn/"; default: the package's dist. */
  readonly base?: URL | string;
  /** Default: the best that the engine runs and that computes what it should. */
  readonly variant?: Variant;
  /** Modules that are compiled already, or being compiled: the others are fetched from `base`. */
  readonly modules?: {
    readonly [variant in Variant]?: WebAssembly.Module | null | Promise<WebAssembly.Module | null>;
  };
  /** true: without the known-answer test, which passesSelfTest() makes later. */
  readonly trusted?: boolean;
  readonly validate?: (bytes: Uint8Array) => boolean;
}

export type ModelSource = Uint8Array | ArrayBuffer | Blob | URL | string;

export interface ImportOptions {
  /** How the network's input was made from bytes, as in docs/exchange.md: "unit", "raw", ... */
  readonly encoding?: string;
  /** The network, where the file has weights only. */
  readonly architecture?: string;
  /** 'digit': pictures are prepared as digits. */
  readonly prepare?: 'none' | 'digit';
}

export interface Library {
  readonly variant: Variant;
  readonly version: string;
  /** Why better variants were not taken. */
  readonly skipped: readonly string[];
  /** Whether the module computes what it should: some engines' vector instructions did not. */
  passesSelfTest(): boolean;
  load(source?: ModelSource): Promise<Model>;
  importModel(source: ModelSource, options?: ImportOptions): Promise<Model>;
  create(options: ModelOptions): Model;
  /** Strokes as the input of a network for symbols: 28 x 28 bytes. */
  renderStrokes(strokes: Strokes): Uint8Array;
  train(job: Job, options?: TrainOptions): Promise<Trained>;
  /** model.readDigits() in a worker. */
  readDigits(
    model: Model,
    picture: Pixels,
    options?: ReadOptions,
    how?: { signal?: AbortSignal },
  ): Promise<Page>;
}

/** A library with options of its own. The functions below share one that is opened when it is first needed. */
export declare function open(options?: OpenOptions): Promise<Library>;
/** A model; without an argument the one that ships, which reads digits. */
export declare function load(source?: ModelSource): Promise<Model>;
/** A model of Keras (.h5, .keras), PyTorch, ONNX or LiteRT; compressed files are refused. */
export declare function importModel(source: ModelSource, options?: ImportOptions): Promise<Model>;
/** Whether a file is one of those: by its first bytes, or its name. */
export declare function isForeign(bytes: Uint8Array, name?: string): boolean;
export declare function create(options: ModelOptions): Promise<Model>;
export declare function train(job: Job, options?: TrainOptions): Promise<Trained>;

export declare const smallArchitecture: string;

export interface Activation {
  readonly name: string;
  readonly kind: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** [height][width][channels] */
  readonly data: Float32Array;
}

/** What the first convolutions, ReLUs and max-poolings make of prepared bytes; of gray models. */
export declare function activations(model: Model, prepared: Uint8Array, most?: number): Activation[];
export declare function firstFilters(
  model: Model,
): { height: number; width: number; count: number; data: Float32Array } | null;

export declare class Dataset {
  private constructor();
  static make(instance: unknown, images: Images): Dataset;
  readonly size: number;
  split(fraction: number, seed?: number): [Dataset, Dataset];
  free(): void;
}

/** Training in the calling thread, a slice of time at once. */
export declare class Trainer {
  constructor(model: Model, train: Dataset, validation: Dataset | null, settings?: TrainSettings);
  readonly finished: boolean;
  run(seconds: number): Progress;
  model(): Model;
  free(): void;
}

export declare function evaluate(model: Model, dataset: Dataset): Metrics;

/** The variants that an engine takes, from the fastest to the slowest. */
export declare function supportedVariants(validate?: (bytes: Uint8Array) => boolean): Variant[];

export declare class MnistcnnError extends Error {
  readonly code: string;
}
