// The confusion matrix of one network, the digits behind a number of it, and one digit in detail.

const MOST = 60;  // digits shown at once

class ErrorsView {
  constructor(model) {
    this.words = model.get('words');
    this.answers = model.get('answers');
    this.labels = model.get('labels');
    this.sheet = model.get('sheet');
    this.names = Object.keys(this.answers);
    this.name = this.names[0];
    this.cell = null;  // [true, read], or null for all that are wrong
    this.place = [0, 0];  // of the number that the keyboard is on
    this.chosen = this.wrong()[0];
  }

  get reads() {
    return this.answers[this.name].reads;
  }

  numbers(test) {
    return this.labels.map((_, i) => i).filter((i) => test(this.labels[i], this.reads[i]));
  }

  wrong() {
    return this.numbers((label, read) => label !== read);
  }

  build() {
    const { words } = this;
    this.select = make('select', { onchange: () => this.choose({ name: this.select.value }) },
      ...this.names.map((name) => make('option', { value: name }, name)));
    this.table = make('table', { className: 'nndl-matrix' });
    this.everything = make('button', { type: 'button', onclick: () => this.choose({ cell: null }) },
      words.all);
    this.title = make('p', { className: 'nndl-title', 'aria-live': 'polite' });
    this.digits = make('div', { className: 'nndl-digits' });
    this.detail = make('div', { className: 'nndl-detail', 'aria-live': 'polite' });
    return make('div', { className: 'nndl-columns' },
      make('div', { className: 'nndl-left nndl-wide' },
        make('p', {}, make('label', {}, `${words.network} `, this.select)),
        this.table, make('p', { className: 'nndl-note' }, words.caption)),
      make('div', { className: 'nndl-right' }, this.title, this.digits, this.everything,
        this.detail));
  }

  choose(change) {
    if ('name' in change) this.cell = null;
    Object.assign(this, change);
    if (!('chosen' in change)) this.chosen = this.shown()[0];
    this.show();
  }

  shown() {
    if (!this.cell) return this.wrong();
    const [true_, read] = this.cell;
    return this.numbers((label, answer) => label === true_ && answer === read);
  }

  show() {
    this.showMatrix();
    this.showDigits();
    this.showDetail();
  }

  showMatrix() {
    const { words } = this;
    const counts = Array.from({ length: 10 }, () => Array(10).fill(0));
    this.labels.forEach((label, i) => { counts[label][this.reads[i]] += 1; });
    const head = make('tr', {}, make('th', {}, `${words.true} ↓ ${words.read} →`),
      ...counts.map((_, i) => make('th', { scope: 'col' }, String(i))));
    const rows = counts.map((row, label) => make('tr', {},
      make('th', { scope: 'row' }, String(label)),
      ...row.map((n, read) => make('td', {}, this.cellOf(n, label, read)))));
    const hadFocus = this.table.contains(document.activeElement);
    this.table.replaceChildren(head, ...rows);
    if (hadFocus) this.focusCell();
  }

  cellOf(n, label, read) {
    const here = this.place[0] === label && this.place[1] === read;
    const kind = label === read ? 'nndl-right-answer' : n ? 'nndl-wrong-answer' : 'nndl-none';
    const pressed = this.cell?.[0] === label && this.cell?.[1] === read;
    const button = make('button', { type: 'button', className: `nndl-cell ${kind}`,
      tabIndex: here ? 0 : -1, 'aria-pressed': pressed,
      'aria-label': fill(this.words.cell, { n, true: label, read }),
      onclick: () => this.choose({ cell: [label, read], place: [label, read] }),
      onkeydown: (event) => this.walk(event, label, read) }, n ? String(n) : '·');
    button.style.setProperty('--share', Math.min(1, n / 8));
    return button;
  }

  walk(event, label, read) {
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const inside = (value) => Math.min(Math.max(value, 0), 9);
    this.place = [inside(label + move[0]), inside(read + move[1])];
    this.showMatrix();
    this.focusCell();
  }

  focusCell() {
    this.table.querySelector('button[tabindex="0"]').focus();
  }

  showDigits() {
    const { words, labels } = this;
    const numbers = this.shown();
    this.title.textContent = this.cell
      ? fill(words.cell, { n: numbers.length, true: this.cell[0], read: this.cell[1] })
      : fill(words.wrong, { n: numbers.length, total: labels.length });
    const buttons = numbers.slice(0, MOST).map((i) => {
      const said = fill(words.digit,
        { number: i, true: labels[i], name: this.name, read: this.reads[i] });
      return make('button', { type: 'button', className: 'nndl-thumb', title: said,
        'aria-label': said, 'aria-pressed': i === this.chosen,
        onclick: () => this.choose({ chosen: i }) },
        this.image(i, 44), make('span', {}, `${labels[i]}→${this.reads[i]}`));
    });
    const rest = numbers.length - buttons.length;
    this.digits.replaceChildren(...buttons, rest > 0 ? fill(words.more, { n: rest }) : '');
    this.everything.hidden = !this.cell;
  }

  showDetail() {
    const i = this.chosen;
    if (i === undefined) { this.detail.replaceChildren(); return; }
    const { words } = this;
    this.detail.replaceChildren(
      make('p', {}, fill(words.chosen, { number: i, true: this.labels[i] })),
      make('div', { className: 'nndl-answers' }, this.image(i, 128),
        ...this.names.map((name) => bars({ name, shares: this.answers[name].shares[i] }, words))));
  }

  image(i, size) {
    const { address, across, rows } = this.sheet;
    const image = make('span', { className: 'nndl-image' });
    Object.assign(image.style, {
      width: `${size}px`, height: `${size}px`, backgroundImage: `url(${address})`,
      backgroundSize: `${across * size}px ${rows * size}px`,
      backgroundPosition: `${-(i % across) * size}px ${-Math.floor(i / across) * size}px`,
    });
    return image;
  }
}

export default {
  render({ model, el }) {
    const view = new ErrorsView(model);
    begin(el, view.words);
    el.append(view.build());
    view.show();
  },
};
