// The public types: what goes in and comes out.
import type { enums } from './abi';
import type { Dataset } from './dataset';
import type { MnistcnnError } from './errors';

type Word<E extends keyof typeof enums> = keyof (typeof enums)[E];

export type Alpha = Word<'alpha'>;
export type Augment = Word<'augment'>;
export type Activation = Word<'activation'>;
export type DigitVerdict = Word<'digit_verdict'>;
export type ExportFormat = Word<'export_format'>;
export type Initializer = Word<'init'>;
export type LayerKind = Word<'layer'>;
export type Loss = Word<'loss'>;
export type Metric = Word<'metric'>;
export type Optimizer = Word<'optimizer'>;
export type Padding = Word<'padding'>;
export type Polarity = Word<'polarity'>;
export type Precision = Word<'precision'>;
export type Prepare = Word<'prepare'>;
export type ProgressEvent = Word<'event'>;
export type Resize = Word<'resize'>;
export type Schedule = Word<'schedule'>;
export type WeightsKind = Word<'weights'>;
export type InstructionSet = 'auto' | 'portable' | 'baseline' | 'neon' | 'avx2' | 'avx512';

// --- images -----------------------------------------------------------------------------------------

export interface Shape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Pixels in memory, row by row, such as the ImageData of a canvas. */
export interface Pixels {
  /** [height][width][channels] bytes. */
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** 1: gray, 2: gray and alpha, 3: RGB, 4: RGB and alpha; by default as many as there is data for. */
  readonly channels?: number;
}

/** An image: a path or file: URL, a PNG, JPEG or BMP file in memory, or pixels. */
export type ImageSource = string | URL | Uint8Array | ArrayBuffer | SharedArrayBuffer | Blob | Pixels;

/** Those that can be had without waiting. */
export type SyncImageSource = Exclude<ImageSource, Blob>;

/** A file: a path or file: URL, or its bytes. */
export type FileSource = string | URL | Uint8Array | ArrayBuffer;

/** How images become the input of a network (docs/api.md, "Preparation"). */
export interface Preparation {
  /** 'digit': the digit that an image shows is found, and drawn as MNIST has its digits. */
  readonly prepare: Prepare;
  /** Of the ink, with prepare: 'digit'. */
  readonly polarity: Polarity;
  /** For networks that were trained on dark ink on white. */
  readonly invert: boolean;
  /** What becomes of transparent pixels. */
  readonly alpha: Alpha;
  readonly resize: Resize;
  /** x = (byte * scale + offset - mean) / deviation */
  readonly scale: number;
  readonly offset: number;
  /** Of each channel: three numbers; gray has the first. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

// --- options ----------------------------------------------------------------------------------------

export interface Abortable {
  /** Ends the call, which then rejects with the reason of the signal. */
  readonly signal?: AbortSignal;
}

export interface Reporting {
  /** Called about 20 times a second, and at the end. What it throws ends the call, which rejects with it. */
  readonly onProgress?: (progress: Progress) => unknown;
}

/** How serious a message is. */
export type LogLevel = 'info' | 'warning';

export interface Logging {
  /**
   * Told what would otherwise go unnoticed, such as options without effect and classes without images, when the call
   * has ended or, in a training, between its steps. What it throws ends the call, which rejects with it.
   */
  readonly onLog?: (message: string, level: LogLevel) => unknown;
}

export interface LoadOptions extends Abortable {
  /** The memory that the model may take, with a workspace; 0 (default): any. For models from strangers. */
  readonly maxMemoryBytes?: number;
  /** The multiply-adds that the prediction of one image may take; 0 (default): any. */
  readonly maxMultiplyAdds?: number;
}

export interface CreateOptions {
  /** 1..4096, default 28. */
  readonly inputHeight?: number;
  readonly inputWidth?: number;
  /** 1: gray, or 3: colour (default). */
  readonly inputChannels?: number;
  /** 2..1000; default: as many as classNames, or 10. */
  readonly numClasses?: number;
  /** Of the weights; default 'glorot_uniform'. */
  readonly initializer?: Initializer;
  /** Of the initial weights, default 1. */
  readonly seed?: number | bigint;
  /** Short for numbers of the preparation: (intensity - inputMean) / inputStd. */
  readonly inputMean?: number;
  readonly inputStd?: number;
  /** The layers as text (docs/architecture.md); default: the network of the Keras tutorial. */
  readonly architecture?: string;
  readonly classNames?: readonly string[];
  readonly preparation?: Partial<Preparation>;
  /** Where the other options begin: 'tutorial' or 'best'. */
  readonly preset?: 'tutorial' | 'best';
}

export interface PredictOptions extends Abortable {
  /** 1..256, default 1; the results are the same with any number. */
  readonly threads?: number;
  /** 'int8': faster and less exact, where the processor has what it takes. */
  readonly precision?: Precision;
}

export interface BatchOptions extends PredictOptions {
  /** Where the probabilities go, instead of a new array. */
  readonly out?: Float32Array;
}

export interface FilesOptions extends PredictOptions {
  /** Called with the number of files that have been predicted. */
  readonly onFiles?: (done: number, total: number) => unknown;
}

export interface DatasetOptions extends Abortable, Reporting, Logging {
  /** Images are brought to this size; default: that of the first image, 28 with prepare: 'digit'. */
  readonly height?: number;
  readonly width?: number;
  /** 1 or 3; default: 3 if any image has colour. */
  readonly channels?: number;
  readonly resize?: Resize;
  readonly prepare?: Prepare;
  /**
   * Of a folder only: the sub-folder of background images, which show none of the classes and are no class;
   * default: every sub-folder is a class.
   */
  readonly background?: string;
  /** Images that cannot be read are skipped, and counted in numSkipped; default: the call fails. */
  readonly skipBroken?: boolean;
  /** 1..256; default: the number of processors. */
  readonly threads?: number;
  readonly preparation?: Partial<Preparation>;
  /** Size, channels and preparation are those of this model. */
  readonly model?: { readonly inputShape: Shape };
}

export interface IdxOptions extends DatasetOptions {
  /** Rows and columns are swapped in the file, as in those of EMNIST. */
  readonly idxTranspose?: boolean;
  /** The label of the first class, 0..255, default 0; 1 in EMNIST's letters. */
  readonly idxFirstLabel?: number;
}

export interface ArraysOptions {
  /** [count][height][width][channels] bytes; copied. */
  readonly pixels: Uint8Array | Uint8ClampedArray;
  /** [count] classes, from 0, or -1: the background, which shows none of them; copied. */
  readonly labels: ArrayLike<number>;
  /** Of each image; channels 1 or 3. */
  readonly shape: Shape;
  readonly classNames?: readonly string[];
  /** Default: as many as classNames, or the largest label and one. */
  readonly numClasses?: number;
}

/** The options of a training; those left out have the defaults of the library or the preset. */
export interface TrainOptions {
  /** 'tutorial': the Keras script; 'best': the recipe for the highest accuracy. */
  readonly preset?: 'tutorial' | 'best';
  /** 1..100000, default 4. */
  readonly epochs?: number;
  /** 1..65536, default 32. */
  readonly batchSize?: number;
  /** 1..256; default: the number of processors. The results are the same with any number. */
  readonly threads?: number;
  /** Of shuffling, augmentation and dropout; default 1. */
  readonly seed?: number | bigint;
  /** Default 'binary_cross_entropy'. */
  readonly loss?: Loss;
  /** Default 'rmsprop'. */
  readonly optimizer?: Optimizer;
  /** Default 'constant'. */
  readonly schedule?: Schedule;
  /** Default 'none'. */
  readonly augment?: Augment;
  /** A new random order in each epoch; default true. */
  readonly shuffle?: boolean;
  readonly horizontalFlip?: boolean;
  /** Nesterov momentum, with 'sgd'. */
  readonly nesterov?: boolean;
  readonly labelSmoothing?: number;
  /** Default 0.001. */
  readonly learningRate?: number;
  /** Of 'rmsprop', default 0.9. */
  readonly rho?: number;
  /** Of 'sgd', default 0.9. */
  readonly momentum?: number;
  /** Of 'adam' and 'adamw', default 0.9. */
  readonly beta1?: number;
  /** Of 'adam' and 'adamw', default 0.999. */
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Of 'adamw' and 'sgd', decoupled. */
  readonly weightDecay?: number;
  readonly warmupFraction?: number;
  readonly warmupStartRatio?: number;
  readonly finalLrRatio?: number;
  /** An exponential moving average of the weights is kept, validated and left in the model. */
  readonly emaDecay?: number;
  /** The fraction of all steps, at the end, that is without augmentation. */
  readonly noAugmentFraction?: number;
  readonly rotation?: number;
  readonly shear?: number;
  readonly zoom?: number;
  readonly shift?: number;
  readonly elasticPixels?: number;
  readonly dilate?: number;
  /** The fraction of every class that is held out to fit the temperature. */
  readonly calibrationFraction?: number;
  /** A checkpoint is written here after each epoch and when the training is stopped. */
  readonly checkpointPath?: string;
  /** The L2 penalty of kernels. */
  readonly l2?: number;
  /** The longest a gradient may be; 0 (default): any. */
  readonly clipNorm?: number;
  /** Of 'step': the factor, default 0.1, after every stepEpochs epochs. */
  readonly stepFactor?: number;
  readonly stepEpochs?: number;
  /** What tells a better epoch: default 'validation_loss'. */
  readonly metric?: Metric;
  /** The model is left as it was after its best epoch. */
  readonly keepBest?: boolean;
  /** Training ends after so many epochs without improvement. */
  readonly stopPatience?: number;
  readonly minDelta?: number;
  /** The learning rate falls after so many epochs without improvement. */
  readonly plateauPatience?: number;
  readonly plateauFactor?: number;
  readonly plateauMinRate?: number;
  readonly plateauCooldown?: number;
  /** Every class has the same weight, however many images it has. */
  readonly balanceClasses?: boolean;
  /** The weight of each class. */
  readonly classWeights?: readonly number[];
}

export interface TrainerOptions extends TrainOptions, Abortable, Logging {
  /** Validated after each epoch. */
  readonly validation?: Dataset;
}

export interface TrainCallOptions extends TrainerOptions {
  /**
   * Called about 20 times a second and after each epoch. What it throws stops the training, which rejects
   * with it; while a promise that it returns is pending, the training goes on and other progress is dropped,
   * but not the ends of epochs.
   */
  readonly onProgress?: (progress: Progress) => unknown;
}

export interface ResumeOptions extends Abortable, Logging {
  readonly validation?: Dataset;
  /** The number of epochs in all; default: that of the checkpoint. */
  readonly epochs?: number;
  readonly threads?: number;
  readonly instructionSet?: InstructionSet;
  /** Where further checkpoints are written. */
  readonly checkpointPath?: string;
}

export interface EvaluateOptions extends Abortable, Reporting {
  /** 1..256; default: the number of processors. */
  readonly threads?: number;
  /** Images processed at once, 1..4096, default 32. */
  readonly maxBatch?: number;
  readonly precision?: Precision;
  /** The loss to report; default 'binary_cross_entropy'. */
  readonly loss?: Loss;
  /** Also return the probabilities of every image. */
  readonly probabilities?: boolean;
}

export interface CalibrateOptions extends Abortable {
  /** Also set the rejectionThreshold: the highest that accepts this fraction of the right answers; 0 (default): no. */
  readonly accepted?: number;
}

export interface ImportOptions extends Abortable, Logging {
  /** How the input was made from bytes: 'unit', 'signed', 'raw', ... (docs/exchange.md). */
  readonly encoding?: string;
  /** The network, where the file has weights only. */
  readonly architecture?: string;
  readonly inputHeight?: number;
  readonly inputWidth?: number;
  readonly prepare?: Prepare;
}

export interface ExportOptions extends Abortable {
  /**
   * 'keras' (default): .keras; 'keras_h5': .h5; 'keras_weights': .h5 with weights only; 'onnx'; 'tfjs': model.json with
   * its weights beside it; 'pytorch': a state_dict with its module beside it; 'c' and 'c_int8': a header.
   */
  readonly format?: ExportFormat;
  /** The exported network reads 0..1 instead of bytes, 0..255. */
  readonly unitInput?: boolean;
}

export interface DigitOptions {
  /** Of the ink; default 'auto'. */
  readonly polarity?: Polarity;
}

export interface ReadDigitsOptions extends DigitOptions, PredictOptions {
  /** Look for a table of printed cells, and read it cell by cell; an image without one is read as lines. */
  readonly form?: boolean;
  /**
   * 0..1, default 0.5: what is less probable, or less than the model's rejectionThreshold, is 'unclear' and has no
   * label.
   */
  readonly leastConfidence?: number;
}

export interface DecodeOptions extends Abortable {
  /** 1, 3, or with alpha 2 and 4; default: those of the file, without alpha. */
  readonly channels?: number;
}

// --- results ----------------------------------------------------------------------------------------

export interface Prediction {
  /** The name of the most probable class. */
  readonly label: string;
  /** Its number. */
  readonly index: number;
  readonly probability: number;
  /** Of all classes. */
  readonly probabilities: Float32Array;
}

export interface FilePrediction extends Prediction {
  readonly path: string;
  readonly error?: undefined;
}

/** A file that could not be predicted, and why. */
export interface FailedFile {
  readonly path: string;
  readonly error: MnistcnnError;
  readonly label?: undefined;
}

export interface Progress {
  readonly event: ProgressEvent;
  /** From 1; 0 outside training. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps completed in this epoch. */
  readonly step: number;
  readonly steps: number;
  readonly imagesDone: number;
  readonly imagesTotal: number;
  /** Since the start of this epoch (or call). */
  readonly seconds: number;
  /** To the end of this epoch (or call); NaN while unknown. */
  readonly secondsLeft: number;
  readonly learningRate: number;
  /** Means over the images of this epoch so far. */
  readonly loss: number;
  readonly accuracy: number;
  readonly binaryAccuracy: number;
  /** NaN until the validation of this epoch is complete. */
  readonly validationLoss: number;
  readonly validationAccuracy: number;
  readonly validationBinaryAccuracy: number;
  /** 0: none yet, or nothing asks for it. */
  readonly bestEpoch: number;
  readonly stoppedEarly: boolean;
}

export interface TrainResult {
  /** The figures of each epoch. */
  readonly history: readonly Progress[];
  /** Those of the last one. */
  readonly last: Progress;
}

export interface Evaluation {
  /** Images. */
  readonly count: number;
  /** Images whose most probable class is the true one. */
  readonly correct: number;
  readonly loss: number;
  /** Categorical accuracy: correct / count. */
  readonly accuracy: number;
  readonly binaryAccuracy: number;
  /** Expected calibration error, of 15 bins. */
  readonly calibrationError: number;
  /** Images of the background, which count for the loss only. */
  readonly background: number;
  /** Images of the classes that the model's rejectionThreshold refuses, and those of the background. */
  readonly rejected: number;
  readonly backgroundRejected: number;
  /** confusion[true class][predicted class]: images. */
  readonly confusion: readonly (readonly number[])[];
  /** With the option probabilities: those of all images, [count][classes]. */
  readonly probabilities?: Float32Array;
}

export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** A digit, or an object that was taken for none. */
export interface Digit {
  /** The class; undefined for what is no digit, and where it is unclear which one it is. */
  readonly label: string | undefined;
  /** Its number, or -1. */
  readonly index: number;
  /** Of the most probable class; 0 for what is no digit. */
  readonly probability: number;
  /** Of all classes. */
  readonly probabilities: Float32Array;
  /** Where it is, in pixels of the image as it is upright. */
  readonly box: Box;
  /** The line of writing, from 0 at the top; of a form, the row of the cell. */
  readonly line: number;
  /** The place in the line; of a form, the column of the cell. */
  readonly column: number;
  /** The index of the number that it belongs to; undefined for what is no digit. */
  readonly number: number | undefined;
  /**
   * 'found'; 'unclear': no class is probable enough; 'touching': several that could not be taken apart; 'filled' or
   * 'other': no digit; 'blank': an empty cell of a form.
   */
  readonly verdict: DigitVerdict;
  /** Whether it touches a neighbour and was taken apart. */
  readonly isCut: boolean;
  /** What the network sees: gray, of the model's height and width. */
  readonly image: Uint8Array;
}

/** Digits that stand close together in a line. */
export interface DigitNumber {
  /** Their labels; '?' for an unclear one. */
  readonly text: string;
  readonly box: Box;
  readonly line: number;
  readonly digits: readonly Digit[];
}

export interface DigitPage {
  readonly width: number;
  readonly height: number;
  /** Line by line and from left to right, also what is no digit but as large as one, and empty cells. */
  readonly digits: readonly Digit[];
  /** Digits that belong together. */
  readonly numbers: readonly DigitNumber[];
  /** The numbers of each line, with a space between them; of a form the cells of each row, with tabs. */
  readonly lines: readonly string[];
  /** Whether a table of printed cells was asked for and found. */
  readonly isForm: boolean;
  /** What stands in each cell of a form, row by row: '' in an empty one. */
  readonly cells: readonly (readonly string[])[];
  /** Things that are no digits and not listed: dots, dirt, rests of lines. */
  readonly numSpecks: number;
  /** Of the ink. */
  readonly polarity: Polarity;
}

export interface PreparedDigit {
  /** height * width bytes, gray: light on black, as MNIST's images; black if there is no digit. */
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: 1;
  readonly box: Box;
  readonly verdict: DigitVerdict;
  /** In words, to complete "this is no digit: ..."; of a digit: what it is. */
  readonly reason: string;
  readonly polarity: Polarity;
}

export interface DecodedImage extends Shape {
  /** [height][width][channels] bytes. */
  readonly data: Uint8Array;
}

export interface ImageInfo {
  readonly format: 'png' | 'jpeg' | 'bmp';
  /** As decoded, upright. */
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly fileHeight: number;
  readonly fileWidth: number;
  /** Pixels of the file per decoded pixel, along each axis. */
  readonly factor: number;
  /** That was undone: 1 (upright) to 8, as EXIF counts them. */
  readonly orientation: number;
  readonly hasAlpha: boolean;
}

export interface Layer {
  readonly name: string;
  readonly kind: LayerKind;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly outputChannels: number;
  readonly activation: Activation;
  readonly activationParameter: number;
  readonly kernelShape: readonly number[];
  readonly numParameters: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padding: Padding;
  readonly hasBias: boolean;
  readonly padTop: number;
  readonly padBottom: number;
  readonly padLeft: number;
  readonly padRight: number;
  /** The layer whose output it reads; -1: the network's input. */
  readonly input: number;
  readonly other: number;
  readonly rate: number;
  readonly scale: number;
  readonly offset: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly unbiased: boolean;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

export interface Cost {
  readonly modelBytes: number;
  readonly memoryBytes: number;
  readonly peakBytes: number;
  /** Of one image. */
  readonly multiplyAdds: number;
}

export interface FolderScan {
  readonly classNames: readonly string[];
  readonly numImages: number;
}

export interface EncodingResult {
  readonly encoding: string;
  readonly accuracy: number;
  readonly loss: number;
  readonly count: number;
}
