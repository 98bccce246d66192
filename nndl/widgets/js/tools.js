// Functions that several widgets use.

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

// The outermost element of a widget; keys pressed in it are not JupyterLab's.
function begin(el, words) {
  el.classList.add('nndl');
  el.lang = words.language;
  el.dataset.lmSuppressShortcuts = 'true';
  el.addEventListener('keydown', (event) => event.stopPropagation());
}
