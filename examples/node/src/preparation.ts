import { checkOptions } from './check';
import { checkCall, defaults, Struct, type Address } from './ffi';
import { optionNames, setOptions, toObject } from './options';
import type { Preparation } from './types';

const NAMES = optionNames('mnistcnn_preparation');

export function preparationStruct(given: unknown): Struct<'mnistcnn_preparation'> {
  return setOptions(defaults('mnistcnn_preparation'), checkOptions('preparation', given, NAMES));
}

export function preparationOf(model: Address): Preparation {
  const struct = new Struct('mnistcnn_preparation');
  checkCall('mnistcnn_model_preparation', model, struct.bytes);
  return toObject(struct) as unknown as Preparation;
}
