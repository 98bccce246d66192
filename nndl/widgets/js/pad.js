// The drawing pad. The browser keeps the strokes; Python draws them anew and answers.
// At most one drawing is under way: what is drawn meanwhile goes as soon as the answer is there.

const PATIENCE = 8000;  // milliseconds without an answer before the reader is told
const STEP = 7;  // units that an arrow key moves the pen
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// An element with properties and children: make('p', {className: 'x'}, 'text').
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-') || name === 'role') element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

// fill('{name} reads {digit}', {name: 'x', digit: 7})
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// The digit that a network reads, and the sentence that says so.
function reading({ name, shares }, words) {
  const most = Math.max(...shares), digit = shares.indexOf(most);
  return { digit, said: fill(words.reads, { name, digit, share: Math.round(100 * most) }) };
}

// The probability of each digit: ten bars with their numbers, the longest one marked.
function bars(answer, words) {
  const { digit, said } = reading(answer, words);
  const rows = answer.shares.map((share, i) =>
    make('div', { className: i === digit ? 'nndl-bar nndl-best' : 'nndl-bar' },
      make('span', { className: 'nndl-digit' }, String(i)),
      make('span', { className: 'nndl-track' },
        make('span', { className: 'nndl-share', style: `width: ${100 * share}%` })),
      make('span', { className: 'nndl-percent' }, `${Math.round(100 * share)}%`)));
  return make('div', { className: 'nndl-bars', role: 'img', 'aria-label': said },
    make('div', { className: 'nndl-name' }, `${answer.name}: `, make('b', {}, String(digit))),
    ...rows);
}

class Pad {
  constructor(model) {
    Object.assign(this, { model, words: model.get('words'), size: model.get('size') },
      structuredClone(model.get('drawing')));  // strokes and digit
    this.pen = { x: this.size / 2, y: this.size / 2, down: false, shown: false };
    this.pending = null;  // the number of the drawing that was sent
    this.waiting = false;  // true if there is more to send
  }

  build() {
    const { words, size } = this;
    this.canvas = make('canvas', { width: 2 * size, height: 2 * size, tabIndex: 0,
      className: 'nndl-pad', role: 'application', 'aria-label': words.pad, title: words.pad,
      onpointerdown: (event) => this.press(event), onpointermove: (event) => this.move(event),
      onpointerup: (event) => this.lift(event), onpointercancel: (event) => this.lift(event),
      onkeydown: (event) => this.key(event),
      onblur: () => { this.pen.down = this.pen.shown = false; this.paint(); } });
    this.context = this.canvas.getContext('2d');
    this.context.scale(2, 2);  // sharp on dense screens
    this.width = make('input', { type: 'range', min: 6, max: 40, value: 20 });
    const button = (text, act) => make('button', { type: 'button', onclick: act }, text);
    const tools = make('div', { className: 'nndl-tools' },
      button(words.undo, () => this.undo()), button(words.clear, () => this.clear()),
      button(words.random,
        () => this.clear(Math.floor(Math.random() * this.model.get('n_digits')))),
      make('label', {}, `${words.width} `, this.width));
    this.seen = make('img', { className: 'nndl-seen', alt: words.seen, width: 96, height: 96 });
    this.answers = make('div', { className: 'nndl-answers' });
    this.status = make('p', { className: 'nndl-status', 'aria-live': 'polite' });
    return make('div', { className: 'nndl-columns' },
      make('div', { className: 'nndl-left' }, this.canvas, tools),
      make('div', { className: 'nndl-right' },
        make('figure', {}, this.seen, make('figcaption', {}, words.seen)),
        this.answers, this.status));
  }

  place({ clientX, clientY }) {
    const { left, top, width } = this.canvas.getBoundingClientRect();
    const units = (pixels) => Math.round(10 * pixels * this.size / width) / 10;
    return [units(clientX - left), units(clientY - top)];
  }

  begin(point) {
    this.strokes.push({ width: Number(this.width.value), points: [point] });
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
    const places = (moves.length ? moves : [event]).map((each) => this.place(each));
    this.strokes.at(-1).points.push(...places);
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
    const { pen } = this, move = MOVES[event.key];
    if (event.key !== ' ' && !move) return;
    const inside = (value) => Math.min(Math.max(value, 0), this.size);
    if (move) {
      pen.x = inside(pen.x + STEP * move[0]);
      pen.y = inside(pen.y + STEP * move[1]);
      if (pen.down) this.strokes.at(-1).points.push([pen.x, pen.y]);
    } else {
      pen.down = !pen.down;
      if (pen.down) this.begin([pen.x, pen.y]);
    }
    if (pen.down || !move) this.finish();
    pen.shown = true;
    event.preventDefault();
    this.paint();
  }

  undo() {
    if (this.strokes.pop()) this.changed();
    else this.clear();
  }

  clear(digit = null) {
    Object.assign(this, { strokes: [], digit });
    this.canvas.style.backgroundImage = '';
    this.changed();
  }

  changed() {
    this.pen.down = false;
    this.paint();
    this.finish();
  }

  paint() {
    const { context, size, pen } = this;
    context.clearRect(0, 0, size, size);
    context.strokeStyle = 'white';
    context.lineCap = context.lineJoin = 'round';
    for (const { width, points } of this.strokes) {
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(...points[0]);
      for (const point of points) context.lineTo(...point);
      context.stroke();
    }
    if (!pen.shown) return;
    context.lineWidth = 2;
    context.strokeStyle = pen.down ? '#e69f00' : '#56b4e9';
    context.setLineDash(pen.down ? [] : [4, 4]);
    context.beginPath();
    context.arc(pen.x, pen.y, Number(this.width.value) / 2 + 3, 0, 2 * Math.PI);
    context.stroke();
    context.setLineDash([]);
  }

  send() {
    this.waiting = this.pending !== null;
    if (this.waiting) return;
    this.pending = this.model.get('drawing').number + 1;
    this.model.set('drawing',
      { number: this.pending, strokes: structuredClone(this.strokes), digit: this.digit });
    this.model.save_changes();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.pending = null;
      this.status.textContent = this.words.lost;
    }, PATIENCE);
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
  }

  show(answer) {
    const { words } = this;
    if (answer.error) {
      this.status.textContent = fill(words.failed, answer);
      return;
    }
    if (answer.under && this.digit !== null) {
      this.canvas.style.backgroundImage = `url("${answer.under}")`;
    }
    this.seen.style.visibility = answer.seen ? 'visible' : 'hidden';
    if (answer.seen) this.seen.src = answer.seen;
    this.answers.replaceChildren(...answer.answers.map((each) => bars(each, words)));
    const said = answer.answers.map((each) => reading(each, words).said);
    const label = answer.label === null ? '' : ` ${fill(words.label, answer)}`;
    this.status.textContent = said.length
      ? `${said.join(words.and)}${words.end}${label} ${fill(words.took, answer)}` : words.empty;
  }
}

export default {
  render({ model, el }) {
    const pad = new Pad(model);
    el.classList.add('nndl');
    el.lang = pad.words.language;
    el.dataset.lmSuppressShortcuts = 'true';  // keys pressed here are not JupyterLab's
    el.addEventListener('keydown', (event) => event.stopPropagation());
    el.append(pad.build());
    pad.paint();
    pad.show(model.get('answer'));
    const receive = () => pad.receive();
    model.on('change:answer', receive);
    return () => { clearTimeout(pad.timer); model.off('change:answer', receive); };
  },
};
