/** Milliseconds after the last key until the server is asked. */
const PAUSE = 250;

const TEXTS = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/g;
const WORD = /(?:`(?:``|[^`])*|[\p{L}_][\p{L}\p{N}_]*)$/u;
const WORDS = ['and', 'or', 'not', 'in', 'True', 'False'];

/** A column, a comparison that takes one of its values, and what is typed of the value. */
const VALUE = /(`(?:``|[^`])+`|[\p{L}_][\p{L}\p{N}_]*)\s*(?:[=!]=\s*|\bin\s*[[(](?:[^\])]*,)?\s*)('[^']*|"[^"]*|\w*)$/u;

const made = (kind, content, ...parts) => {
  const element = document.createElement('div');
  element.className = `evallib-${kind}`;
  element.textContent = content;
  element.append(...parts);
  return element;
};

const unquoted = (text) => text.replace(/^['"`]/, '').toLowerCase();

/** Those that begin with what is typed, then those that have it somewhere; none where it is typed already. */
function fitting(options, typed) {
  const part = unquoted(typed);
  const found = options.filter(({ text, shown }) => text !== typed && unquoted(shown ?? text).includes(part));
  const begins = ({ text, shown }) => unquoted(shown ?? text).startsWith(part);
  return [...found.filter(begins), ...found.filter((one) => !begins(one))];
}

class RuleField {
  constructor(box) {
    Object.assign(this, { box, known: new Map(), values: new Map(), options: [], chosen: -1, typing: false });
    box.addEventListener('input', () => this.typed());
    box.addEventListener('keydown', (event) => this.pressed(event), true);
    box.addEventListener('focusout', () => this.left());
  }

  get input() { return this.box.querySelector('input, textarea'); }

  get lines() {
    const lines = this.data.several ? this.input.value.split('\n') : [this.input.value];
    return lines.map((line) => line.trim()).filter(Boolean);
  }

  /** Take what the page says of the field: at first, and when it is drawn again. */
  update(data, place) {
    // Streamlit may still be loading its field.
    if (!this.input) return setTimeout(() => place.isConnected && this.update(data, place), PAUSE);
    const about = JSON.stringify(data.about);
    if (this.about !== about) this.known.clear(), this.values.clear();
    Object.assign(this, { about, data, list: place.querySelector('.evallib-choices'), told: place.querySelector('.evallib-verdicts') });
    this.list.id = `choices-${data.url.slice(-32)}`;
    this.told.id = `verdicts-${data.url.slice(-32)}`;
    this.list.onmousedown = (event) => event.preventDefault();
    this.list.setAttribute('aria-label', 'Completions');
    for (const [name, value] of [['autocomplete', 'off'], ['spellcheck', 'false'], ['aria-autocomplete', 'list'],
      ['aria-controls', this.list.id], ['aria-describedby', this.told.id]]) this.input.setAttribute(name, value);
    this.ask();
  }

  typed() {
    this.typing = true;
    clearTimeout(this.later);
    this.later = setTimeout(() => this.ask(), PAUSE);
    this.offer();
  }

  left() {
    this.typing = false;
    this.close();
    this.ask();
  }

  async post(question) {
    const answer = await fetch(this.data.url, { method: 'POST', body: JSON.stringify(question) });
    return answer.json();
  }

  /** Have every line judged that has not been, one question at a time, and show the verdicts. */
  async ask() {
    clearTimeout(this.later);
    const unknown = [...new Set(this.lines)].filter((line) => !this.known.has(line)).slice(0, 100);
    if (this.asking || !unknown.length) return this.show();
    this.asking = true;
    this.slow = setTimeout(() => this.show(), PAUSE);
    const about = this.about;
    let answer;
    try { answer = await this.post({ rules: unknown }); } catch { answer = { error: 'The server does not answer.' }; }
    this.asking = false;
    clearTimeout(this.slow);
    if (about !== this.about) return this.ask();
    if (answer.error) {
      if (answer.busy) this.later = setTimeout(() => this.told.isConnected && this.ask(), 10 * PAUSE);
      return this.show(answer.error);
    }
    this.of = answer.of ?? this.of;
    unknown.forEach((line, place) => this.known.set(line, answer.verdicts[place]));
    this.ask();
  }

  show(trouble) {
    if (!this.input || !this.told.isConnected) return;
    const verdicts = this.lines.map((line) => [line, this.known.get(line)]);
    const wrong = verdicts.some(([, said]) => said?.error);
    // What a reader hears at once: an error that stays, not one of a word that is half typed.
    this.told.setAttribute('role', wrong && !this.typing ? 'alert' : 'status');
    this.input.setAttribute('aria-invalid', String(wrong));
    const shown = trouble ? [made('said', trouble)] : verdicts.map(([line, said]) => this.verdict(line, said ?? {}));
    const apply = this.typing ? `${this.data.several ? 'Ctrl+Enter' : 'Enter'} applies it.` : '';
    if (apply && !wrong) shown.push(made('said', apply));
    const now = JSON.stringify([trouble, verdicts, this.of, apply]);
    if (now !== this.shown) this.told.replaceChildren(...shown);
    this.shown = now;
  }

  verdict(line, { rows, error, around }) {
    if (error) {
      const rule = around ? made('rule', '', around[0], Object.assign(document.createElement('mark'), { textContent: around[1] }), around[2]) : '';
      return made('wrong', '', rule, made('why', error));
    }
    const count = rows === undefined ? (this.data.about[2] ? 'Counting …' : 'Rows are counted once the evaluation has ended.')
      : `${rows.toLocaleString('en')} of ${this.of.toLocaleString('en')} rows`;
    const said = made(rows === 0 ? 'none' : 'said', count);
    return this.data.several ? made('line', '', made('rule', line), said) : said;
  }

  pressed(event) {
    if (event.target !== this.input || event.isComposing) return;
    const { key, ctrlKey, altKey } = event;
    const open = !this.list.hidden, single = !this.data.several;
    if (!open && ((key === ' ' && ctrlKey) || (key === 'ArrowDown' && (altKey || single)))) this.offer(true);
    else if (!open) { if (key === 'Enter') this.left(); return; }
    else if (key === 'ArrowDown' || key === 'ArrowUp') this.choose(this.chosen + (key === 'ArrowDown' ? 1 : -1));
    else if (key === 'Tab' && !event.shiftKey) this.accept(this.options[Math.max(this.chosen, 0)]);
    else if (key === 'Enter' && this.chosen >= 0) this.accept(this.options[this.chosen]);
    else if (key === 'Escape') this.close();
    else { if (key === 'Enter') this.left(); return; }
    event.preventDefault();
    event.stopPropagation();
  }

  /** Show what could stand at the caret. */
  async offer(all = false) {
    const input = this.input, caret = input.selectionStart;
    const line = input.value.slice(0, caret).split('\n').pop();
    const [typed, options] = await this.completions(this.data.several ? line.replace(/^[^:'"`]*:/, '') : line, all);
    if (input.selectionStart !== caret || !this.box.contains(document.activeElement)) return;
    this.from = caret - typed.length;
    this.options = fitting(options, typed).slice(0, 60);
    this.list.replaceChildren(...this.options.map((option, place) => this.choice(option, place)));
    this.list.hidden = !this.options.length;
    this.choose(-1);
    this.list.scrollIntoView({ block: 'nearest' });
  }

  choice(option, place) {
    const element = made('choice', option.shown ?? option.text, made('kind', option.kind ?? ''));
    element.id = `${this.list.id}-${place}`;
    element.setAttribute('role', 'option');
    element.onclick = () => this.accept(option);
    return element;
  }

  async completions(before, all) {
    const value = VALUE.exec(before);
    if (value) return [value[2], value[2] || all || /[[(,\s=]$/.test(before) ? await this.valuesOf(value[1]) : []];
    const plain = before.replace(TEXTS, (text) => '_'.repeat(text.length));
    const typed = WORD.exec(plain)?.[0] ?? '';
    if (/['"]/.test(plain) || (!typed && !all) || WORDS.includes(typed)) return ['', []];
    const columns = this.data.columns.map(([text, shown, kind]) => ({ text, shown, kind }));
    const functions = this.data.functions.map((name) => ({ text: `${name}(`, kind: 'function' }));
    return [typed, [...columns, ...functions]];
  }

  async valuesOf(column) {
    if (!this.values.has(column)) this.values.set(column, this.post({ column }).catch(() => ({})));
    return ((await this.values.get(column)).values ?? []).map((text) => ({ text }));
  }

  choose(place) {
    const count = this.options.length, items = [...this.list.children];
    this.chosen = place < -1 ? count - 1 : place >= count ? -1 : place;
    items.forEach((item, at) => item.setAttribute('aria-selected', String(at === this.chosen)));
    items[this.chosen]?.scrollIntoView({ block: 'nearest' });
    if (this.chosen < 0) this.input.removeAttribute('aria-activedescendant');
    else this.input.setAttribute('aria-activedescendant', items[this.chosen].id);
  }

  accept({ text }) {
    const input = this.input, caret = input.selectionStart;
    const content = input.value.slice(0, this.from) + text + input.value.slice(caret);
    // As if it had been typed: the field is Streamlit's, which learns of it by the event.
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(input), 'value').set.call(input, content);
    input.setSelectionRange(this.from + text.length, this.from + text.length);
    input.dispatchEvent(new Event('input', { bubbles: true }));
    input.focus();
    this.close();
  }

  close() {
    this.list.hidden = true;
    this.options = [];
    this.input?.removeAttribute('aria-activedescendant');
  }
}

export default function ({ data, parentElement }) {
  const box = parentElement.closest('[class*="st-key-rule-"]');
  box.evallibRules ??= new RuleField(box);
  box.evallibRules.update(data, parentElement);
}
