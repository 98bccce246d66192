// What several widgets use.

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

function best(shares) {
  return shares.indexOf(Math.max(...shares));
}

function percent(share) {
  return Math.round(100 * share);
}

// How sure a network is of each digit: ten bars with their numbers, the longest one marked.
function bars({ name, shares }, words) {
  const digit = best(shares);
  const rows = shares.map((share, i) =>
    make('div', { className: i === digit ? 'nndl-bar nndl-best' : 'nndl-bar' },
      make('span', { className: 'nndl-digit' }, String(i)),
      make('span', { className: 'nndl-track' },
        make('span', { className: 'nndl-share', style: `width: ${100 * share}%` })),
      make('span', { className: 'nndl-percent' }, fill(words.percent, { share: percent(share) }))));
  const spoken = fill(words.reads, { name, digit, share: percent(shares[digit]) });
  return make('div', { className: 'nndl-bars', role: 'img', 'aria-label': spoken },
    make('div', { className: 'nndl-name' }, `${name}: `, make('b', {}, String(digit))), ...rows);
}

// The outermost element of a widget; keys pressed in it are not JupyterLab's.
function begin(el, words) {
  el.classList.add('nndl');
  el.lang = words.language;
  el.dataset.lmSuppressShortcuts = 'true';
  el.addEventListener('keydown', (event) => event.stopPropagation());
}
