// A known-answer test: engines have had vector instructions that computed something else (Safari 16.4). A small
// network of every kind of kernel that digits need, with weights that a counter gives, predicts a drawn image.

const architecture =
  'conv 4 5x5 relu, maxpool 2, conv 8 5x5 relu, maxpool 2, flatten, dense 96 relu, dense 4 softmax';
const settings = [28, 28, 1, 7, 0.1307, 0.3081];
const side = settings[0];

// Rounding differs between the variants, and no more than this.
const tolerance = 1e-4;

// What the native library computes (tests/web/native_answers.c).
export const answers = [0.00585235, 0.9436788, 0.01666716, 0.0338017];

// A ring, brighter to the right.
function picture() {
  const pixels = new Uint8Array(side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const distance = Math.hypot(x - 14, y - 13);
      pixels[y * side + x] = distance > 5 && distance < 9 ? 120 + 4 * x : 0;
    }
  }
  return pixels;
}

/** The network's probabilities on the picture. */
export function selfTestValues(instance) {
  return instance.scope((scope) => {
    const model = instance.create(
      'model_create',
      scope.string(architecture),
      scope.string('a\nb\nc\nd'),
      answers.length,
      scope.copy(new Float64Array(settings)),
    );
    const workspace = instance.create('workspace_create', model, 1);
    const out = scope.space(answers.length * 4);
    const pixels = picture();
    instance.check('predict', model, workspace, scope.copy(pixels), pixels.length, out, answers.length);
    instance.call('workspace_free', workspace);
    instance.call('model_free', model);
    return Array.from(instance.read(Float32Array, out, answers.length));
  });
}

export function passesSelfTest(instance) {
  return selfTestValues(instance).every((value, i) => Math.abs(value - answers[i]) < tolerance);
}
