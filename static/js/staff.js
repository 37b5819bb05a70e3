// Keys and the side panel of the desk. Everything here presses what is on the page already: an
// element says in data-key which key does the same. All words come from pages.
const root = document.documentElement;
const spoken = { Esc: 'Escape', 'Ctrl+Enter': 'Control+Enter', 'g q': undefined };

// The hints are shown, and told to assistive technology, only where the keys work.
root.dataset.keys = 'on';
function announce() {
  for (const element of document.querySelectorAll('[data-key]')) {
    const { key } = element.dataset;
    const name = key in spoken ? spoken[key] : key;
    if (name) element.setAttribute('aria-keyshortcuts', name);
  }
}
announce();

const work = () => document.getElementById('work');
const rows = () => [...document.querySelectorAll('#work tbody th a')];

// An open panel answers before the rest of the page.
function target(key) {
  const wanted = `[data-key="${key}"]`;
  return document.querySelector(`#panel ${wanted}`) ?? document.querySelector(`main ${wanted}`) ?? document.querySelector(wanted);
}

function press(element) {
  if (!element) return false;
  element.click();
  return true;
}

// The row one is in: that of the focus, else that of the open panel.
function row() {
  const list = rows();
  const focused = list.indexOf(document.activeElement);
  return focused >= 0 ? focused : list.findIndex((a) => a.getAttribute('aria-current'));
}

function move(by) {
  const list = rows();
  if (!list.length) return false;
  const at = row();
  const to = list[at < 0 ? 0 : Math.min(list.length - 1, Math.max(0, at + by))];
  to.focus();
  return true;
}

// Panels are asked for one at a time; an answer that comes after a newer wish is dropped.
let asked = 0;
async function showPanel(href, push) {
  const mine = ++asked;
  try {
    const answer = await fetch(href, { headers: { Accept: 'text/html' } });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = page.getElementById('work');
    if (mine !== asked) return;
    // Signed out meanwhile, or a mistake: the page itself says so.
    if (!answer.ok || answer.redirected || !fresh || !work()) return location.assign(href);
    const held = rows()[row()]?.textContent;
    work().replaceWith(document.adoptNode(fresh));
    document.title = page.title;
    if (push) history.pushState({ desk: true }, '', href);
    announce();
    const panel = document.querySelector('#panel h2 a');
    (panel ?? rows().find((a) => a.textContent === held))?.focus({ preventScroll: !panel });
    panel?.closest('aside').scrollIntoView({ block: 'nearest' });
  } catch {
    location.assign(href);
  }
}

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href]');
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.dataset.key === '?') {
    event.preventDefault();
    showKeys(link.href);
  } else if (link.matches('#work tbody th a, #panel [data-key="Esc"]')) {
    event.preventDefault();
    showPanel(link.href, true);
  }
});
if (work()) history.replaceState({ desk: true }, '');
addEventListener('popstate', (event) => event.state?.desk && showPanel(location.href, false));

// Two pictures side by side move together, each by the same part of its own size.
const pair = [...document.querySelectorAll('[data-compare] .viewer-box')];
let led, rest;
for (const box of pair) {
  box.addEventListener('scroll', () => {
    if (led && led !== box) return; // it is being moved by the other
    led = box;
    clearTimeout(rest);
    rest = setTimeout(() => { led = undefined; }, 120);
    const part = (at, whole, seen) => (whole > seen ? at / (whole - seen) : 0);
    for (const other of pair) {
      if (other === box) continue;
      other.scrollTo(part(box.scrollLeft, box.scrollWidth, box.clientWidth) * (other.scrollWidth - other.clientWidth),
        part(box.scrollTop, box.scrollHeight, box.clientHeight) * (other.scrollHeight - other.clientHeight));
    }
  }, { passive: true });
}

// The list of keys is a page; here it opens above what one is doing.
async function showKeys(href) {
  let sheet = document.getElementById('key-sheet');
  if (!sheet) {
    try {
      const answer = await fetch(href, { headers: { Accept: 'text/html' } });
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const heading = page.querySelector('h1');
      const list = page.getElementById('key-list');
      if (!answer.ok || !heading || !list) return location.assign(href);
      sheet = document.createElement('dialog');
      sheet.id = 'key-sheet';
      const title = document.createElement('h2');
      title.id = 'key-title';
      title.textContent = heading.textContent;
      sheet.setAttribute('aria-labelledby', title.id);
      sheet.append(title, document.adoptNode(list));
      list.removeAttribute('id');
      list.querySelector('[hidden]')?.removeAttribute('hidden');
      list.querySelector('button')?.addEventListener('click', () => sheet.close());
      document.body.append(sheet);
    } catch {
      return location.assign(href);
    }
  }
  if (!sheet.open) sheet.showModal();
}

// Ctrl+Enter sends the form one is in; outside of any, the page's own.
function send() {
  const form = document.activeElement?.closest?.('form') ?? document.querySelector('main form:has([data-key="Ctrl+Enter"])');
  if (!form || form.method !== 'post') return false;
  const button = form.querySelector('[data-key="Ctrl+Enter"]') ?? form.querySelector('button[type=submit]');
  if (!button) return false;
  form.requestSubmit(button);
  return true;
}

function openCase() {
  if (press(target('o'))) return true;
  const link = rows()[row()];
  const base = work()?.dataset.cases;
  if (!link || !base) return false;
  location.assign(base + link.textContent.trim());
  return true;
}

function search() {
  const field = document.querySelector('main form[role=search] input[type=search]');
  field?.focus();
  field?.select();
  return Boolean(field);
}

const typing = (element) => Boolean(element?.closest?.('input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable=true]'));
let before = '';

function act(key) {
  switch (key) {
    case 'j': return move(1);
    case 'k': return move(-1);
    case 'o': return openCase();
    case '/': return search();
    case 'g': return false;
    case 'q': return before === 'g' && press(target('g q') ?? document.querySelector('.nav a[aria-current]'));
    case 'Escape': return press(target('Esc'));
    case '?': case '[': case ']': case 't': case 'u': case 'a': case 'n': case 'r': case 'd': return press(target(key));
    case 'e': {
      if (!press(target('e'))) return false;
      (document.querySelector('#versions .evidence a') ?? document.getElementById('versions'))?.focus();
      return true;
    }
  }
  return false;
}

document.addEventListener('keydown', (event) => {
  // 229 is what engines send while a word is being converted.
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
    if (!event.repeat && !document.querySelector('dialog[open]') && send()) event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]') || typing(event.target)) return;
  if (event.repeat && event.key !== 'j' && event.key !== 'k') return;
  if (act(event.key)) event.preventDefault();
  before = event.key;
});
