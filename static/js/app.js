// Small comforts on top of pages that work without them: clocks that count on, files shown
// above the page, word of what others have changed, and a guard against sending a form twice.
// All words come from the page.
const root = document.documentElement;
const status = document.getElementById('live');
// The device's clock is not trusted: the server's time at rendering gives the skew.
const skew = Date.parse(root.dataset.now) - Date.now();
const plural = new Intl.PluralRules(root.lang);
const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

// Rounds down, as the server does: nobody is told of time they do not have.
function words(ms) {
  if (ms < MINUTE) return status.dataset.now;
  const [unit, size] = ms >= 2 * DAY ? ['day', DAY] : ms >= HOUR ? ['hour', HOUR] : ['min', MINUTE];
  const n = Math.floor(ms / size);
  const one = plural.select(n) === 'one' ? status.dataset[unit + 'One'] : '';
  return (one || status.dataset[unit]).replace('{n}', n);
}

function say(text) {
  if (status && text) status.textContent = text;
}

// Whether a click means "here": with a key or another button people ask for a new tab.
const plain = (event) => !(event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

const icons = { soon: 'clock-soon', over: 'clock-over', open: 'check' };

function tick(clock) {
  const left = clock.querySelector('[role=timer]');
  const ms = Date.parse(clock.dataset.due) - (Date.now() + skew);
  const kind = clock.dataset.kind;
  const next = ms <= 0 ? clock.dataset.zero : kind === 'due' && ms < DAY ? 'soon' : 'calm';
  left.textContent = ms <= 0 ? clock.dataset.over : words(ms);
  if (clock.dataset.s !== next) {
    clock.dataset.s = next;
    const icon = clock.querySelector('use');
    if (icon && icons[next]) icon.setAttribute('href', icon.getAttribute('href').replace(/#.*/, '#' + icons[next]));
    clock.querySelector('[data-refresh]')?.toggleAttribute('hidden', ms > 0);
    say(clock.dataset.label + ' ' + left.textContent);
  }
}

function tickAll() {
  for (const clock of document.querySelectorAll('[data-due]')) tick(clock);
}

if (status && root.dataset.now && document.querySelector('[data-due]')) {
  tickAll();
  setInterval(tickAll, MINUTE);
  document.addEventListener('visibilitychange', () => document.hidden || tickAll());
}

// Where the device keeps another time than the marketplace, a second line says the same moment in its own.
for (const shown of document.querySelectorAll('.clock [data-at]')) {
  const at = new Date(shown.dataset.at);
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(shown.dataset.at) ?? [0, '+', 0, 0];
  if (-at.getTimezoneOffset() === Number(sign + 1) * (hours * 60 + Number(minutes))) continue;
  const line = document.createElement('p');
  line.className = 'meta';
  const here = new Intl.DateTimeFormat(root.lang === 'en' ? 'en-GB' : root.lang, { month: 'short', day: 'numeric', weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  line.textContent = status.dataset.local.replace('{here}', here.format(at));
  shown.closest('.clock').querySelector('.clock-left').after(line);
}

// A file opens above the page one is on: what its own page shows, taken from there.
let asked = 0, opener;

async function view(href, from) {
  const mine = ++asked;
  let page, viewer;
  try {
    const answer = await fetch(href);
    page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    viewer = answer.ok && !answer.redirected && page.querySelector('main .viewer');
  } catch { /* the page itself will say what is wrong */ }
  if (mine !== asked) return;
  const heading = page?.querySelector('h1');
  if (!viewer || !heading) return location.assign(href);
  let box = document.getElementById('view');
  if (!box) box = frame(from);
  const title = box.querySelector('h2');
  title.textContent = heading.textContent;
  title.lang = heading.lang || root.lang;
  box.dataset.shown = href;
  box.setAttribute('aria-label', heading.textContent);
  const turned = from?.rel && box.contains(document.activeElement) ? from.rel : '';
  box.querySelector('.viewer')?.remove();
  box.append(document.adoptNode(viewer));
  if (!box.open) box.showModal();
  // Who leafs on by the link stays on it; the title is read out in any case.
  const next = turned && box.querySelector(`[rel=${turned}]`);
  (next || title).focus();
  box.querySelector('[role=status]').textContent = [heading.textContent, viewer.querySelector('.pages .meta')?.textContent].join(' ');
}

function frame(from) {
  opener = from;
  const make = (name, props, ...parts) => {
    const element = Object.assign(document.createElement(name), props);
    element.append(...parts);
    return element;
  };
  const close = make('button', { className: 'quiet small', type: 'button', textContent: status.dataset.close });
  const box = make('dialog', { id: 'view' },
    make('div', { className: 'view-head' }, make('h2', { tabIndex: -1 }), close), make('p', { className: 'vh', role: 'status' }));
  close.addEventListener('click', () => box.close());
  box.addEventListener('keydown', (event) => {
    const rel = { ArrowLeft: 'prev', ArrowRight: 'next' }[event.key];
    // In a picture shown in full size the arrows move about.
    const inside = event.target.matches('.viewer-box') && box.querySelector('.viewer-tools :checked');
    if (rel && !inside && plain(event)) box.querySelector(`[rel=${rel}]`)?.click();
  });
  box.addEventListener('close', () => {
    asked++;
    box.remove();
    ([...document.querySelectorAll('.evidence a')].find((a) => a.href === box.dataset.shown) ?? opener)?.focus();
  });
  document.body.append(box);
  return box;
}

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('.evidence a[href*="/evidence/"], #view a[rel]');
  if (!link || !plain(event)) return;
  event.preventDefault();
  view(link.href, link);
});

// Others work on the same cases: the page says when it has grown old, and leaves it to its reader to load it anew.
// What is typed meanwhile waits for the new page.
const watch = document.querySelector('[data-watch]');
const typed = 'typed ' + location.pathname;

async function look() {
  const line = watch.firstElementChild;
  if (document.hidden || !line.hidden) return;
  try {
    const answer = await fetch(watch.dataset.watch, { redirect: 'manual' });
    const n = answer.ok ? await answer.text() : '0';
    const count = line.querySelector('[data-other]');
    if (count) count.textContent = ((plural.select(n) === 'one' && count.dataset.one) || count.dataset.other).replace('{n}', n);
    line.hidden = n === '0';
  } catch { /* no connection: asked again in a minute */ }
}

if (watch) {
  setInterval(look, MINUTE);
  document.addEventListener('visibilitychange', look);
  const fields = () => [...document.querySelectorAll('main textarea')];
  watch.addEventListener('click', (event) => {
    if (event.target.closest('a') && plain(event)) sessionStorage.setItem(typed, JSON.stringify(fields().map((f) => [f.id, f.value])));
  });
  for (const [id, value] of JSON.parse(sessionStorage.getItem(typed) ?? '[]')) {
    const field = document.getElementById(id);
    if (field && !field.value) field.value = value;
  }
  sessionStorage.removeItem(typed);
}

// Colours change as they are chosen; the form's own button does the same with a new page.
document.querySelector('form[data-saved]')?.addEventListener('change', async ({ target, currentTarget: form }) => {
  if (target.value) root.dataset.theme = target.value;
  else delete root.dataset.theme;
  document.querySelector('meta[name=color-scheme]').content = target.value || 'light dark';
  try {
    const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)), redirect: 'manual' });
    if (answer.type === 'opaqueredirect') say(form.dataset.saved);
  } catch { /* the button is still there */ }
});

// A second press while the first is under way is dropped. Nothing is disabled:
// a disabled button would leave the form's data and confuse screen readers.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== 'post') return;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  // A form without an address of its own goes to the page's, with what the summary of errors was followed to;
  // the answer is a new page and begins at its top.
  if (location.hash && !form.hasAttribute('action')) form.setAttribute('action', location.pathname + location.search);
  form.dataset.sending = 'yes';
  event.submitter?.setAttribute('aria-disabled', 'true');
  say(status?.dataset.sending);
});

// Coming back by the back button, the form can be sent again.
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sending]')) delete form.dataset.sending;
  for (const button of document.querySelectorAll('[aria-disabled=true][type=submit]')) button.removeAttribute('aria-disabled');
});

// An error summary takes the focus, so that it is read out first.
document.querySelector('.errors')?.focus();
