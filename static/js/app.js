// Small comforts on top of pages that work without them: clocks that count on,
// and a guard against sending a form twice. All words come from the page.
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

function tick(clock) {
  const left = clock.querySelector('[role=timer]');
  const ms = Date.parse(clock.dataset.due) - (Date.now() + skew);
  const kind = clock.dataset.kind;
  const next = ms <= 0 ? clock.dataset.zero : kind === 'due' && ms < DAY ? 'soon' : 'calm';
  left.textContent = ms <= 0 ? clock.dataset.over : words(ms);
  if (clock.dataset.s !== next) {
    clock.dataset.s = next;
    clock.querySelector('[data-refresh]')?.toggleAttribute('hidden', ms > 0);
    say(clock.dataset.label + ' ' + left.textContent);
  }
}

function tickAll() {
  for (const clock of document.querySelectorAll('[data-due]')) tick(clock);
}

if (status && root.dataset.now && document.querySelector('[data-due]')) {
  tickAll();
  // In step with the minute of the clocks, not of the page's arrival.
  setInterval(tickAll, MINUTE);
  document.addEventListener('visibilitychange', () => document.hidden || tickAll());
}

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
