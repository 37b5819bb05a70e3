// Files are sent one by one as they are chosen, dropped or pasted, and the form carries their
// ids. Without this module the form sends them itself. All words come from the page.

function enhance(parts) {
  const words = parts.dataset;
  const field = parts.parentElement;
  const form = field.closest('form');
  const input = field.querySelector('input[type=file]');
  const part = (item, name) => item.querySelector(`[data-part=${name}]`);
  const named = (text, name) => text.replace('{name}', name);
  parts.replaceWith(parts.content);
  const list = field.querySelector('.uploads');
  const status = field.querySelector('[role=status]');
  const model = list.firstElementChild;
  model.remove();
  field.dataset.drop = '';

  // In the order in which they were chosen, one at a time.
  let last = Promise.resolve(), open = 0, submitter;

  // What has no place of its own on the page is seen as well as heard.
  function say(text, seen) {
    status.className = seen ? 'error' : 'vh';
    status.textContent = text;
  }

  function row(name, size) {
    const item = model.cloneNode(true);
    part(item, 'name').textContent = name;
    part(item, 'size').textContent = size;
    item.querySelector('progress').setAttribute('aria-label', name);
    for (const button of item.querySelectorAll('.buttons .vh')) button.textContent = name;
    list.append(item);
    return item;
  }

  // state: sending, done, failed (may be tried again) or refused.
  function show(item, state, why = '') {
    item.dataset.s = state;
    item.querySelector('progress').hidden = state !== 'sending';
    part(item, 'state').hidden = state !== 'sending';
    part(item, 'why').textContent = why;
    item.querySelector('.error').hidden = !why;
    item.querySelector('[data-do=again]').hidden = state !== 'failed';
    item.querySelector('[data-do=stop]').hidden = state !== 'sending';
    item.querySelector('[data-do=remove]').hidden = state === 'sending';
    if (why) say(why);
  }

  function keep(item, id) {
    const hidden = document.createElement('input');
    Object.assign(hidden, { type: 'hidden', name: 'evidence', value: id });
    item.append(hidden);
    const caption = part(item, 'caption');
    if (caption) {
      caption.hidden = false;
      caption.querySelector('textarea').name = 'caption-' + id;
    }
    show(item, 'done');
  }

  function taken(item, answer) {
    part(item, 'name').textContent = answer.name;
    part(item, 'size').textContent = answer.size;
    if (answer.thumbnail) {
      const picture = Object.assign(document.createElement('img'), { src: answer.thumbnail, alt: '', width: 112, height: 84 });
      item.querySelector('.thumb').replaceChildren(picture);
    }
    keep(item, answer.id);
    say(named(words.done, answer.name));
  }

  function send(item, file) {
    show(item, 'sending');
    open++;
    const bar = item.querySelector('progress');
    const tell = (done) => {
      bar.value = done;
      part(item, 'state').textContent = done < 1 ? words.sending.replace('{n}', Math.floor(done * 100)) : words.checking;
    };
    tell(0);
    const ask = new XMLHttpRequest();
    item.stop = () => ask.abort();
    last = last.then(() => new Promise((done) => {
      if (!item.isConnected) return done();
      ask.open('POST', words.upload);
      ask.responseType = 'json';
      ask.upload.addEventListener('progress', (event) => tell(event.loaded / event.total));
      ask.addEventListener('load', () => {
        const answer = ask.response;
        if (answer?.id) taken(item, answer);
        else if (answer?.refused) show(item, 'refused', answer.refused);
        else show(item, 'failed', ask.responseURL.endsWith(words.upload) ? words.failed : words.out);
      });
      ask.addEventListener('error', () => show(item, 'failed', words.failed));
      ask.addEventListener('loadend', done);
      const body = new FormData();
      body.append('files', file, file.name);
      ask.send(body);
    })).then(() => {
      // What was pressed meanwhile is done now.
      if (--open || !submitter) return;
      const button = submitter;
      submitter = undefined;
      form.requestSubmit(button);
    });
  }

  function add(files) {
    for (const file of files) {
      const item = row(file.name, '');
      item.file = file;
      if (file.size > Number(words.max)) show(item, 'refused', named(words.large, file.name));
      else send(item, file);
    }
  }

  list.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    const item = button?.closest('li');
    if (!item) return;
    if (button.dataset.do === 'again') {
      send(item, item.file);
      item.querySelector('[data-do=stop]').focus();
      return;
    }
    const beside = item.nextElementSibling ?? item.previousElementSibling;
    item.remove();
    item.stop?.();
    say(named(words.removed, part(item, 'name').textContent));
    (beside?.querySelector('.buttons button:not([hidden])') ?? input).focus();
  });

  input.addEventListener('change', () => {
    add([...input.files]);
    input.value = '';
  });

  form.addEventListener('submit', (event) => {
    const wrong = list.querySelector('[data-s=failed], [data-s=refused]');
    if (open) {
      submitter = event.submitter;
      say(words.waiting, true);
    } else if (wrong) {
      say(words.left, true);
      wrong.querySelector('.buttons button:not([hidden])').focus();
    } else {
      return;
    }
    event.preventDefault();
  });

  const holds = (event) => event.dataTransfer?.types.includes('Files');
  field.addEventListener('dragover', (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    field.dataset.drop = 'over';
  });
  field.addEventListener('dragleave', (event) => {
    if (!field.contains(event.relatedTarget)) field.dataset.drop = '';
  });
  field.addEventListener('drop', (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    field.dataset.drop = '';
    add([...event.dataTransfer.files]);
  });

  // What the form holds already, as after a refusal, stands on the same list.
  const kept = form.querySelector('input[type=checkbox][name=evidence]')?.closest('fieldset');
  for (const box of kept?.querySelectorAll('input:checked') ?? []) keep(row(box.closest('label').textContent.trim(), ''), box.value);
  kept?.remove();

  return { form, add };
}

const fields = [...document.querySelectorAll('template[data-upload]')].map(enhance);

// A pasted picture goes to the form one is in, else to the page's first.
document.addEventListener('paste', (event) => {
  const files = [...event.clipboardData?.files ?? []];
  if (!files.length) return;
  event.preventDefault();
  (fields.find((f) => f.form.contains(document.activeElement)) ?? fields[0]).add(files);
});
