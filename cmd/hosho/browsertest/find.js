// Finds what a person means by the words they read. Called as find(kind, what): kind is "click", "field" or "any".
// Returns the element, or a sentence saying why there is none, as a string.
(function find(kind, what) {
  const clean = (text) => (text || '').replace(/\s+/g, ' ').trim();
  const visible = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: false })
    && element.getClientRects().length > 0;

  if (/^[#.[]/.test(what) || what.startsWith('css=')) {
    const found = [...document.querySelectorAll(what.replace(/^css=/, ''))].filter((e) => kind === 'field' || visible(e));
    if (found.length === 1) return found[0];
    return `${found.length} elements match`;
  }

  const words = (ids) => ids.split(/\s+/).map((id) => clean(document.getElementById(id)?.textContent)).join(' ');
  // The names a control goes by: what is spoken for it, its labels, its own text.
  const names = (element) => {
    const all = [];
    if (element.hasAttribute('aria-labelledby')) all.push(words(element.getAttribute('aria-labelledby')));
    if (element.hasAttribute('aria-label')) all.push(element.getAttribute('aria-label'));
    for (const label of element.labels || []) all.push(label.innerText, ownText(label));
    if (kind === 'click') {
      if (/^(submit|button|reset)$/.test(element.type || '') && element.value) all.push(element.value);
      all.push(element.innerText, element.getAttribute('title'));
      for (const image of element.querySelectorAll('img[alt]')) all.push(image.alt);
    }
    return all.map(clean).filter(Boolean);
  };
  // A label may hold its control, a hint or a mark; its own text leaves controls out.
  const ownText = (label) => {
    const copy = label.cloneNode(true);
    copy.querySelectorAll('input, select, textarea, button').forEach((e) => e.remove());
    return copy.textContent;
  };

  const selector = kind === 'field'
    ? 'input:not([type=hidden], [type=submit], [type=button], [type=reset]), select, textarea, [contenteditable=true]'
    : 'a[href], button, summary, input[type=submit], input[type=button], input[type=reset], input[type=checkbox], '
      + 'input[type=radio], [role=button], [role=link], [role=tab], [role=menuitem], [role=option], [role=checkbox], [role=radio]';
  // A hidden file field or check box may be drawn by its label.
  const drawn = (element) => visible(element) || [...(element.labels || [])].some(visible);
  let found = [...document.querySelectorAll(selector)].filter(drawn);
  const wanted = clean(what);
  const exact = found.filter((e) => names(e).includes(wanted));
  found = exact.length ? exact : found.filter((e) => names(e).some((name) => name.includes(wanted)));
  // An open dialog, then the main part of the page, is what a person looks at first.
  for (const place of ['dialog:modal', 'main']) {
    const inside = found.filter((e) => e.closest(place));
    if (found.length > 1 && inside.length) found = inside;
  }
  if (found.length === 1) return found[0];
  if (!found.length) return 'nothing on the page goes by that name';
  // Links that lead to one address are one thing to a person, wherever they click.
  if (found.every((e) => e.tagName === 'A' && e.href === found[0].href)) return found[0];
  return `${found.length} things go by that name: ` + found.map((e) => e.outerHTML.slice(0, 120)).join(' | ');
})
