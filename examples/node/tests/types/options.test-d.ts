// The interfaces that are written by hand have every option of the library, and no other.
import { expectType } from 'tsd';

import type {
  CreateOptions,
  DatasetOptions,
  DigitOptions,
  EvaluateOptions,
  ExportOptions,
  IdxOptions,
  ImageInfo,
  ImportOptions,
  Layer,
  Preparation,
  Progress,
  ResumeOptions,
  TrainOptions,
} from '..';
import type { structs } from '../dist/abi';

type Fields<N extends keyof typeof structs> = keyof (typeof structs)[N]['fields'];
type Camel<S> = S extends 'num_threads'
  ? 'threads'
  : S extends `${infer Head}_${infer Letter}${infer Tail}`
    ? `${Head}${Uppercase<Letter>}${Camel<Tail>}`
    : S;
/** What every struct has, or what the package itself fills in. */
type Internal = 'structSize' | 'reserved' | 'progress' | 'log' | 'user' | 'monitor' | 'allocator' | 'error';
type Options<N extends keyof typeof structs> = Exclude<Camel<Fields<N>>, Internal>;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : [Exclude<B, A>]) : [Exclude<A, B>];

declare const train: Same<
  Options<'mnistcnn_train_options'>,
  Exclude<keyof TrainOptions, 'preset'> | 'checkpointWriter' | 'numClassWeights'
>;
expectType<true>(train);
declare const create: Same<Options<'mnistcnn_model_options'>, Exclude<keyof CreateOptions, 'preset'>>;
expectType<true>(create);
type Ours = 'signal' | 'onProgress' | 'onLog' | 'model';
declare const dataset: Same<Options<'mnistcnn_dataset_options'>, Exclude<keyof IdxOptions, Ours>>;
expectType<true>(dataset);
declare const folder: Same<keyof DatasetOptions, Exclude<keyof IdxOptions, 'idxTranspose' | 'idxFirstLabel'>>;
expectType<true>(folder);
type Outputs = 'confusion' | 'confusionCapacity' | 'probabilities' | 'probabilitiesCapacity';
declare const evaluate: Same<
  Exclude<Options<'mnistcnn_evaluate_options'>, Outputs>,
  Exclude<keyof EvaluateOptions, Ours | 'probabilities'>
>;
expectType<true>(evaluate);
type Source = 'path' | 'data' | 'sizeBytes' | 'reader' | 'writer' | 'checkpointWriter';
declare const resume: Same<
  Exclude<Options<'mnistcnn_resume_options'>, Source>,
  Exclude<keyof ResumeOptions, Ours | 'validation'>
>;
expectType<true>(resume);
declare const imported: Same<
  Exclude<Options<'mnistcnn_import_options'>, Source>,
  Exclude<keyof ImportOptions, Ours>
>;
expectType<true>(imported);
declare const exported: Same<
  Exclude<Options<'mnistcnn_export_options'>, Source>,
  Exclude<keyof ExportOptions, Ours>
>;
expectType<true>(exported);
declare const preparation: Same<Options<'mnistcnn_preparation'>, keyof Preparation>;
expectType<true>(preparation);
declare const digit: Same<
  Options<'mnistcnn_digit_options'>,
  keyof DigitOptions | 'height' | 'width' | 'passthroughPrepared'
>;
expectType<true>(digit);
declare const progress: Same<Options<'mnistcnn_progress'>, keyof Progress>;
expectType<true>(progress);
declare const layer: Same<Options<'mnistcnn_layer_info'>, keyof Layer>;
expectType<true>(layer);
declare const image: Same<Options<'mnistcnn_image_info'>, keyof ImageInfo>;
expectType<true>(image);
