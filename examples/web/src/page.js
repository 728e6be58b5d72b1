// Pages of numbers.
import { invalid } from './errors.js';
import { polarityOf } from './pictures.js';

const verdicts = ['found', 'touching', 'blank', 'filled', 'several', 'other', 'unclear'];

function boxOf([top, left, height, width]) {
  return { top, left, height, width };
}

function readDigit(model, scope, page, index) {
  const { instance } = model;
  const numbers = scope.numbers(11, 'page_digit', page, index);
  const [verdict, classIndex, confidence, line, column, group, isCut] = numbers;
  const probabilities = instance.call('page_probabilities', page, index);
  const image = instance.call('page_image', page, index);
  return {
    label: classIndex < 0 ? null : model.labels[classIndex],
    index: classIndex,
    confidence,
    verdict: verdicts[verdict],
    line,
    column,
    group,
    isCut: isCut === 1,
    box: boxOf(numbers.subarray(7)),
    probabilities:
      probabilities === 0 ? null : instance.read(Float32Array, probabilities, model.labels.length),
    image: image === 0 ? null : instance.read(Uint8Array, image, model.inputBytes),
  };
}

function readGroup(model, scope, page, index) {
  const address = scope.space(7 * 8);
  const text = model.instance.text(model.instance.call('page_group', page, index, address));
  const numbers = model.instance.read(Float64Array, address, 7);
  const [line, first, count] = numbers;
  return { text, line, first, count, box: boxOf(numbers.subarray(3)) };
}

// Numbers of a line are separated by spaces, lines by line feeds.
function textOf(groups) {
  const lines = [];
  for (const { line, text } of groups) (lines[line] ??= []).push(text);
  return lines
    .filter((line) => line)
    .map((line) => line.join(' '))
    .join('\n');
}

function factsOf(model, page) {
  return model.instance.scope((scope) => {
    const [digits, groups, lines, columns, isForm, specks] = scope.numbers(6, 'page_facts', page);
    const list = Array.from({ length: groups }, (_, i) => readGroup(model, scope, page, i));
    return {
      text: textOf(list),
      digits: Array.from({ length: digits }, (_, i) => readDigit(model, scope, page, i)),
      groups: list,
      lines,
      columns,
      isForm: isForm === 1,
      specks,
    };
  });
}

export function readPage(model, { data, width, height, channels }, options) {
  const { form = false, leastConfidence = 0.5 } = options;
  const polarity = polarityOf(options.polarity);
  if (!(leastConfidence >= 0 && leastConfidence <= 1))
    throw invalid(`leastConfidence: must be 0 to 1, not ${leastConfidence}`);
  const { instance } = model;
  const page = instance.scope((scope) => {
    const address = scope.copy(data);
    return instance.create(
      'page_read',
      model.address,
      model.workspace,
      address,
      height,
      width,
      channels,
      polarity,
      form ? 1 : 0,
      leastConfidence,
    );
  });
  try {
    return factsOf(model, page);
  } finally {
    instance.call('page_free', page);
  }
}
