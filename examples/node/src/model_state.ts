// What is kept about a model besides its handle, for the files that work with models.
import { call, checkCall, Struct, type Address } from './ffi';
import type { Model } from './model';
import { handleOf } from './owner';
import type { Shape } from './types';
import { Workspaces } from './workspace';

interface State {
  readonly workspaces: Workspaces;
  /** What is derived from the model, until it changes. */
  shape?: Shape;
  classNames?: readonly string[];
}

const states = new WeakMap<Model, State>();

export function addModelState(model: Model): void {
  states.set(model, { workspaces: new Workspaces() });
}

export function workspacesOf(model: Model): Workspaces {
  return states.get(model)!.workspaces;
}

/** Class names may be others after a training. */
export function changed(model: Model): void {
  delete states.get(model)!.classNames;
}

export function inputShapeOf(model: Model): Shape {
  return (states.get(model)!.shape ??= readShape(handleOf(model, 'model').address));
}

export function classNamesOf(model: Model): readonly string[] {
  return (states.get(model)!.classNames ??= readNames(handleOf(model, 'model').readable));
}

function readShape(address: Address): Shape {
  const shape = new Struct('mnistcnn_shape');
  checkCall('mnistcnn_model_input_shape', address, shape.bytes);
  return { height: shape.number('height'), width: shape.number('width'), channels: shape.number('channels') };
}

function readNames(address: Address): readonly string[] {
  const count = call('mnistcnn_model_num_classes', address);
  return Object.freeze(
    Array.from({ length: count }, (_, i) => call('mnistcnn_model_class_name', address, i)!),
  );
}

// --- making models ----------------------------------------------------------------------------------
//
// The class stands on the files that train and predict, which in turn make models.

let factory: ((address: Address) => Model) | undefined;

export function setFactory(make: (address: Address) => Model): void {
  factory = make;
}

/** A model that C made. */
export function adoptModel(address: Address): Model {
  return factory!(address);
}
