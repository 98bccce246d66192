// Two curves that grow while a network trains, and the button that ends the training.

const WIDTH = 340, HEIGHT = 190, LEFT = 46, BOTTOM = 156, TOP = 10, RIGHT = 328;
const SOON = 250;  // milliseconds after which the button is taken for unheard

// One curve with its axes; from 0 to the highest value, or to `top`.
function curve(points, { name, steps, top, className, words }) {
  const high = top ?? Math.max(1e-9, ...points.map(([, value]) => value));
  const x = (step) => LEFT + (RIGHT - LEFT) * step / Math.max(steps - 1, 1);
  const y = (value) => BOTTOM - (BOTTOM - TOP) * value / high;
  const text = (x0, y0, anchor, content) =>
    `<text x="${x0}" y="${y0}" text-anchor="${anchor}">${content}</text>`;
  const levels = [0, high / 2, high].map((value) =>
    `<line x1="${LEFT}" x2="${RIGHT}" y1="${y(value)}" y2="${y(value)}"/>`
    + text(LEFT - 5, y(value) + 4, 'end', value.toFixed(high < 10 ? 2 : 0)));
  const dots = points.map(([s, v]) => `<circle cx="${x(s)}" cy="${y(v)}" r="3"/>`);
  const said = `${name}: ${points.at(-1)?.[1].toFixed(3) ?? words.none}`;
  const figure = make('figure', {}, make('figcaption', {}, said));
  figure.insertAdjacentHTML('beforeend',
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${said}"
          class="nndl-curve ${className}">${levels.join('')}
      ${text(LEFT, BOTTOM + 15, 'middle', 0)}${text(RIGHT, BOTTOM + 15, 'end', steps)}
      ${text((LEFT + WIDTH) / 2, HEIGHT - 5, 'middle', words.step)}
      <polyline points="${points.map(([s, v]) => `${x(s)},${y(v)}`).join(' ')}"/>
      ${points.length < 40 ? dots.join('') : ''}</svg>`);
  return figure;
}

class LiveView {
  constructor(model) {
    this.model = model;
    this.words = model.get('words');
    this.curves = make('div', { className: 'nndl-columns' });
    this.button = make('button', { type: 'button', onclick: () => this.stop() },
      `■ ${this.words.stop}`);
    this.status = make('p', { className: 'nndl-status' });
  }

  stop() {
    this.model.set('stop', true);
    this.model.save_changes();
    this.late = false;
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
      curve(model.get('scores'),
        { name: words.score, steps, top: 1, className: 'nndl-score', words }));
    const [step, value] = losses.at(-1) ?? [-1, NaN];
    const state = model.get('state'), training = state === 'training', stop = model.get('stop');
    this.button.hidden = !training;
    this.button.disabled = stop;
    Object.assign(this.status.dataset, { state, step: step + 1 });
    this.status.setAttribute('aria-live', training ? 'off' : 'polite');
    this.status.textContent = training && stop
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
