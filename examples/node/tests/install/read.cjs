// Reads a digit that is drawn here.
const { Model } = require('mnistcnn');

const [width, height] = [60, 70];
const data = new Uint8Array(width * height).fill(235);
for (let y = 20; y < 48; y++) data.fill(20, y * width + 30, y * width + 33);
console.log(Model.pretrainedSync().predictSync({ data, width, height }).label);
