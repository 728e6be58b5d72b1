// The learning curve: right answers upwards from 0 to 1, loss beside it in its own scale.

const width = 320;
const height = 120;
const edge = 8;
const space = 'http://www.w3.org/2000/svg';

function path(values, most, name) {
  const x = (i) => edge + ((width - 2 * edge) * i) / Math.max(values.length - 1, 1);
  const y = (v) => height - edge - ((height - 2 * edge) * Math.min(v, most)) / most;
  const made = document.createElementNS(space, 'path');
  made.setAttribute('class', name);
  made.setAttribute(
    'd',
    values.map((v, i) => `${i === 0 ? 'M' : 'L'}${x(i).toFixed(1)} ${y(v).toFixed(1)}`).join(' '),
  );
  return made;
}

export function drawCurve(svg, history) {
  if (history.length < 2) {
    svg.replaceChildren();
    return;
  }
  const losses = history.map(({ loss }) => loss);
  svg.replaceChildren(
    path(losses, Math.max(...losses, 1e-6), 'loss'),
    path(
      history.map(({ accuracy }) => accuracy),
      1,
      'correct',
    ),
  );
}
