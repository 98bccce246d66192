// Two curves that grow while a network trains, and the button that ends the training.

const WIDTH = 340, HEIGHT = 190, LEFT = 46, BOTTOM = 34, TOP = 10, RIGHT = 12;
const SOON = 250;  // milliseconds after which the button is taken for unheard

function draw(tag, attributes, text = '') {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

// One curve with its axes; from 0 to the highest value, or to `top`.
function curve(points, { name, steps, top, className, words }) {
  const high = top ?? Math.max(1e-9, ...points.map(([, value]) => value));
  const x = (step) => LEFT + (WIDTH - LEFT - RIGHT) * step / Math.max(steps - 1, 1);
  const y = (value) => HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / high;
  const last = points.at(-1);
  const said = `${name}: ${last ? last[1].toFixed(3) : words.none}`;
  const svg = draw('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': said,
    class: `nndl-curve ${className}` });
  const text = (x0, y0, anchor, content) =>
    svg.append(draw('text', { x: x0, y: y0, 'text-anchor': anchor }, content));
  for (const share of [0, 0.5, 1]) {
    const height = y(share * high);
    svg.append(draw('line', { x1: LEFT, x2: WIDTH - RIGHT, y1: height, y2: height }));
    text(LEFT - 5, height + 4, 'end', (share * high).toFixed(high < 10 ? 2 : 0));
  }
  text(LEFT, HEIGHT - BOTTOM + 15, 'middle', '0');
  text(WIDTH - RIGHT, HEIGHT - BOTTOM + 15, 'end', String(steps));
  text((LEFT + WIDTH) / 2, HEIGHT - 5, 'middle', words.step);
  svg.append(draw('polyline', { points: points.map(([s, v]) => `${x(s)},${y(v)}`).join(' ') }));
  if (points.length < 40) {
    svg.append(...points.map(([s, v]) => draw('circle', { cx: x(s), cy: y(v), r: 3 })));
  }
  return make('figure', {}, make('figcaption', {}, said), svg);
}

class LiveView {
  constructor(model) {
    this.model = model;
    this.words = model.get('words');
    this.curves = make('div', { className: 'nndl-columns' });
    this.button = make('button', { type: 'button', onclick: () => this.stop() },
      `■ ${this.words.stop}`);
    this.status = make('p', { className: 'nndl-status', 'aria-live': 'off' });
  }

  stop() {
    this.model.set('stop', true);
    this.model.save_changes();
    this.button.disabled = true;
    this.pressed = true;
    this.timer = setTimeout(() => this.insist(), SOON);
    this.show();
  }

  // Most kernels hear no button while a cell runs. An interrupt they do hear, and Python takes the
  // first one for this button. Where the page cannot send one, the reader is asked to.
  insist() {
    if (this.model.get('state') !== 'training') return;
    const kernel = this.model.widget_manager?.kernel;
    if (typeof kernel?.interrupt === 'function') kernel.interrupt();
    else this.late = true;
    this.show();
  }

  show() {
    const { model, words } = this;
    const losses = model.get('losses'), steps = model.get('num_steps');
    this.curves.replaceChildren(
      curve(losses, { name: words.loss, steps, className: 'nndl-loss', words }),
      curve(model.get('scores'), { name: words.score, steps, top: 1, className: 'nndl-score',
        words }));
    const [step, value] = losses.at(-1) ?? [-1, NaN];
    const state = model.get('state');
    this.button.hidden = state !== 'training';
    this.status.dataset.state = state;
    this.status.dataset.step = step + 1;
    const stopping = state === 'training' && this.pressed;
    this.status.setAttribute('aria-live', state === 'training' ? 'off' : 'polite');
    this.status.textContent = stopping
      ? `${words.stopping} ${this.late ? words.hint : ''}`
      : fill(words[state], { step: step + 1, steps, value: value.toFixed(3) });
  }
}

export default {
  render({ model, el }) {
    const view = new LiveView(model);
    begin(el, view.words);
    el.append(view.curves, view.button, view.status);
    view.show();
    const show = () => view.show();
    model.on('change', show);
    return () => { clearTimeout(view.timer); model.off('change', show); };
  },
};
