// The drawing pad. The browser keeps the strokes; Python draws them anew and answers.
// At most one drawing is under way: what is drawn meanwhile goes as soon as the answer is there.

const PATIENCE = 8000;  // milliseconds without an answer before the reader is told
const STEP = 7;  // units that an arrow key moves the pen

class Pad {
  constructor(model) {
    this.model = model;
    this.words = model.get('words');
    this.size = model.get('size');
    const { strokes, digit } = model.get('drawing');
    this.strokes = structuredClone(strokes);
    this.digit = digit;
    this.pen = { x: this.size / 2, y: this.size / 2, down: false, shown: false };
    this.under = null;  // the image of the test digit
    this.pending = null;  // the number of the drawing that was sent
    this.waiting = false;  // whether there is more to send
  }

  // ---- the page ----

  build() {
    const { words, size } = this;
    this.canvas = make('canvas', { width: 2 * size, height: 2 * size, tabIndex: 0,
      className: 'nndl-pad', role: 'application', 'aria-label': words.pad, title: words.pad });
    this.context = this.canvas.getContext('2d');
    this.context.scale(2, 2);  // sharp on dense screens
    this.width = make('input', { type: 'range', min: 6, max: 40, value: 20 });
    const button = (text, act) => make('button', { type: 'button', onclick: act }, text);
    const tools = make('div', { className: 'nndl-tools' },
      button(words.undo, () => this.undo()), button(words.clear, () => this.clear()),
      button(words.random, () => this.random()),
      make('label', {}, `${words.width} `, this.width));
    this.seen = make('img', { className: 'nndl-seen', alt: words.seen, width: 96, height: 96 });
    this.answers = make('div', { className: 'nndl-answers' });
    this.status = make('p', { className: 'nndl-status', 'aria-live': 'polite' });
    this.listen();
    return make('div', { className: 'nndl-columns' },
      make('div', { className: 'nndl-left' }, this.canvas, tools),
      make('div', { className: 'nndl-right' },
        make('figure', {}, this.seen, make('figcaption', {}, words.seen)),
        this.answers, this.status));
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener('pointerdown', (event) => this.press(event));
    canvas.addEventListener('pointermove', (event) => this.move(event));
    for (const name of ['pointerup', 'pointercancel']) {
      canvas.addEventListener(name, (event) => this.lift(event));
    }
    canvas.addEventListener('keydown', (event) => this.key(event));
    canvas.addEventListener('blur', () => { this.pen.down = this.pen.shown = false; this.paint(); });
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    const units = this.size / box.width;
    const tenths = (value) => Math.round(10 * value * units) / 10;
    return [tenths(event.clientX - box.left), tenths(event.clientY - box.top)];
  }

  // ---- drawing ----

  begin(point) {
    this.strokes.push({ width: Number(this.width.value), points: [point] });
  }

  extend(point) {
    this.strokes.at(-1).points.push(point);
  }

  press(event) {
    if (event.button !== 0 || this.pointer !== undefined) return;  // one finger at a time
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.pen.shown = this.pen.down = false;
    this.begin(this.place(event));
    this.paint();
  }

  move(event) {
    if (event.pointerId !== this.pointer) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const each of moves.length ? moves : [event]) this.extend(this.place(each));
    this.paint();
    this.send();
  }

  lift(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = undefined;
    this.finish();
  }

  finish() {
    this.finished = performance.now();
    this.send();
  }

  key(event) {
    const pen = this.pen;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const inside = (value) => Math.min(Math.max(value, 0), this.size);
    if (event.key === ' ') {
      pen.down = !pen.down;
      if (pen.down) this.begin([pen.x, pen.y]);
      this.finish();
    } else if (event.key in moves) {
      const [right, down] = moves[event.key];
      pen.x = inside(pen.x + STEP * right);
      pen.y = inside(pen.y + STEP * down);
      if (pen.down) { this.extend([pen.x, pen.y]); this.finish(); }
    } else {
      return;
    }
    pen.shown = true;
    event.preventDefault();
    this.paint();
  }

  undo() {
    this.pen.down = false;
    if (this.strokes.length) this.strokes.pop();
    else this.digit = null;
    this.changed();
  }

  clear() {
    this.pen.down = false;
    this.strokes = [];
    this.digit = null;
    this.changed();
  }

  random() {
    this.clear();
    this.digit = Math.floor(Math.random() * this.model.get('n_digits'));
    this.changed();
  }

  changed() {
    if (this.digit === null) this.under = null;
    this.paint();
    this.finish();
  }

  paint() {
    const { context, size, pen } = this;
    context.fillStyle = 'black';
    context.fillRect(0, 0, size, size);
    context.imageSmoothingEnabled = false;
    if (this.under) context.drawImage(this.under, 0, 0, size, size);
    context.strokeStyle = 'white';
    context.lineCap = context.lineJoin = 'round';
    for (const { width, points } of this.strokes) {
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(...points[0]);
      for (const point of points) context.lineTo(...point);
      context.stroke();
    }
    if (pen.shown) this.paintPen();
  }

  paintPen() {
    const { context, pen } = this;
    context.lineWidth = 2;
    context.strokeStyle = pen.down ? '#e69f00' : '#56b4e9';
    context.setLineDash(pen.down ? [] : [4, 4]);
    context.beginPath();
    context.arc(pen.x, pen.y, Number(this.width.value) / 2 + 3, 0, 2 * Math.PI);
    context.stroke();
    context.setLineDash([]);
  }

  // ---- question and answer ----

  send() {
    if (this.pending !== null) { this.waiting = true; return; }
    this.waiting = false;
    this.pending = this.model.get('drawing').number + 1;
    this.model.set('drawing',
      { number: this.pending, strokes: structuredClone(this.strokes), digit: this.digit });
    this.model.save_changes();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.lost(), PATIENCE);
  }

  lost() {
    this.pending = null;
    this.status.textContent = this.words.lost;
  }

  receive() {
    const answer = this.model.get('answer');
    if (answer.number === this.pending) {
      clearTimeout(this.timer);
      this.pending = null;
    }
    this.show(answer);
    if (this.waiting) this.send();
    else if (this.finished !== undefined && this.pointer === undefined) {
      this.canvas.dataset.milliseconds = Math.round(performance.now() - this.finished);
      this.finished = undefined;
    }
    this.canvas.dataset.answered = answer.number;
  }

  show(answer) {
    const { words } = this;
    if (answer.error) {
      this.status.textContent = fill(words.failed, answer);
      return;
    }
    this.showUnder(answer.under);
    this.seen.style.visibility = answer.seen ? 'visible' : 'hidden';
    if (answer.seen) this.seen.src = answer.seen;
    this.answers.replaceChildren(...answer.answers.map((each) => bars(each, words)));
    const said = answer.answers.map(({ name, shares }) => fill(words.reads,
      { name, digit: best(shares), share: percent(Math.max(...shares)) }));
    const label = answer.label === null ? '' : ` ${fill(words.label, answer)}`;
    this.status.textContent = said.length
      ? `${said.join(words.and)}${words.end}${label} ${fill(words.took, answer)}` : words.empty;
  }

  showUnder(address) {
    if (!address || this.digit === null) return;
    const image = new Image();
    image.onload = () => { if (this.digit !== null) { this.under = image; this.paint(); } };
    image.src = address;
  }
}

export default {
  render({ model, el }) {
    const pad = new Pad(model);
    begin(el, pad.words);
    el.append(pad.build());
    pad.paint();
    pad.show(model.get('answer'));
    const receive = () => pad.receive();
    model.on('change:answer', receive);
    return () => { clearTimeout(pad.timer); model.off('change:answer', receive); };
  },
};
