// Files chosen, dropped or pasted wait on a list until a button of the form is pressed. Then they
// are sent one by one, and the form carries their ids. While a picture waits, parts of it can be
// covered (cover.js): what is covered never leaves the device. Without this module the form sends
// the files itself. All words come from the page.

// What a file is by its first bytes. HEIC, in which phones keep their photos, is told apart so
// that people hear what helps.
async function kindOf(file) {
  const head = String.fromCharCode(...new Uint8Array(await file.slice(0, 1024).arrayBuffer()));
  if (head.startsWith('\x89PNG')) return 'image/png';
  if (/^RIFF[^]{4}WEBP/.test(head)) return 'image/webp';
  if (/^[^]{4}ftyp(he[iv]|m[is]f1)/.test(head)) return 'heic';
  if (head.includes('%PDF-')) return 'application/pdf';
  return head.startsWith('\xff\xd8\xff') ? 'image/jpeg' : '';
}

function sizeOf(bytes) {
  if (bytes < 1 << 10) return bytes + ' B';
  return bytes < 1 << 20 ? Math.ceil(bytes / 1024) + ' KB' : (bytes / (1 << 20)).toFixed(1) + ' MB';
}

async function sumOf(file) {
  const sum = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return Array.from(new Uint8Array(sum), (b) => b.toString(16).padStart(2, '0')).join('');
}

// The picture as it will be sent, small and right side up.
async function small(file) {
  const bitmap = await createImageBitmap(file);
  const [width, height] = [224, 168];
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const scale = Math.max(width / bitmap.width, height / bitmap.height);
  const pen = canvas.getContext('2d');
  pen.drawImage(bitmap, (width - bitmap.width * scale) / 2, 0, bitmap.width * scale, bitmap.height * scale);
  bitmap.close();
  return canvas;
}

function enhance(parts) {
  const words = parts.dataset;
  const field = parts.parentElement;
  const form = field.closest('form');
  const input = field.querySelector('input[type=file]');
  const part = (item, name) => item.querySelector(`[data-part=${name}]`);
  const doing = (item, name) => item.querySelector(`[data-do=${name}]`);
  const named = (text, name) => text.replace('{name}', name);
  parts.replaceWith(parts.content);
  const list = field.querySelector('.uploads');
  const status = field.querySelector('[role=status]');
  const dialog = field.querySelector('dialog');
  const model = list.firstElementChild;
  model.remove();
  const icon = model.querySelector('.thumb svg');
  field.dataset.drop = '';

  // Looked at and sent in the order in which they were chosen, one at a time.
  let last = Promise.resolve(), busy = 0, pressed;
  const inTurn = (step) => {
    busy++;
    last = last.then(step).then(() => {
      if (--busy || !pressed) return;
      const { by } = pressed;
      if (!wrong() && list.querySelector('[data-s=held]')) return sendAll();
      // What was pressed meanwhile is done now, or said to be in want of something.
      pressed = undefined;
      form.requestSubmit(by);
    });
  };

  const wrong = () => list.querySelector('[data-s=failed], [data-s=refused]');

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

  // state: looking, held, sending, done, failed (may be tried again) or refused. What is looked at is as high as what
  // is held: the buttons below the list must not move away under a finger.
  function show(item, state, why = '') {
    item.dataset.s = state;
    const waits = state === 'looking' || state === 'held';
    const caption = part(item, 'caption');
    if (caption) caption.hidden = state === 'refused';
    const boxes = item.boxes?.length;
    const told = [boxes && words.covered.replace('{n}', boxes), waits && words.held, state === 'held' && item.kind === 'application/pdf' && words.pdf];
    part(item, 'state').textContent = told.filter(Boolean).join(' ');
    item.querySelector('progress').hidden = state !== 'sending';
    part(item, 'why').textContent = why;
    item.querySelector('.error').hidden = !why;
    doing(item, 'cover').hidden = !waits || !item.picture;
    doing(item, 'again').hidden = state !== 'failed';
    doing(item, 'stop').hidden = state !== 'sending';
    doing(item, 'remove').hidden = state === 'sending';
    if (why) say(why);
  }

  function keep(item, id, said = '') {
    const hidden = document.createElement('input');
    Object.assign(hidden, { type: 'hidden', name: 'evidence', value: id });
    item.append(hidden);
    const caption = part(item, 'caption');
    if (caption) {
      const text = caption.querySelector('textarea');
      text.name = 'caption-' + id;
      text.id = 'f-' + text.name;
      text.value ||= said;
    }
    show(item, 'done');
  }

  function taken(item, answer) {
    part(item, 'name').textContent = answer.name;
    part(item, 'size').textContent = answer.receipt;
    keep(item, answer.id);
    say(named(words.done, answer.name));
  }

  // One request; what comes of it is its status and its answer, status 0 where there is none.
  function ask(item, method, url, body, headers = {}, tell) {
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      request.open(method, url);
      request.responseType = 'json';
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      if (tell) request.upload.addEventListener('progress', (event) => tell(event.loaded / event.total));
      request.addEventListener('loadend', () => done(request));
      item.stop = () => request.abort();
      request.send(body);
    });
  }

  // Straight to the store of files where that takes them, which spares the portal the bytes;
  // nothing where it does not.
  async function sendToStore(item, tell) {
    if (!words.store || !globalThis.crypto?.subtle) return;
    const { file, boxes } = item;
    const told = { file_name: file.name, media_type: file.type, size: file.size, sha256: await sumOf(file), covered: boxes?.length ?? 0 };
    const { response } = await ask(item, 'POST', words.upload, JSON.stringify(told), { 'Content-Type': 'application/json' });
    if (!response?.put) return response;
    const { status: sent } = await ask(item, response.put.method, response.put.url, file, response.put.headers, tell);
    if (sent !== 200 || !item.isConnected) return;
    tell(1);
    return (await ask(item, 'POST', `${words.upload}/${response.id}`)).response;
  }

  async function sendHere(item, tell) {
    const body = new FormData();
    body.append('covered', item.boxes?.length ?? 0);
    body.append('files', item.file, item.file.name);
    const request = await ask(item, 'POST', words.upload, body, {}, tell);
    return request.response ?? { out: request.status && !request.responseURL.endsWith(words.upload) };
  }

  function send(item) {
    show(item, 'sending');
    const bar = item.querySelector('progress');
    const tell = (done) => {
      bar.value = done;
      part(item, 'state').textContent = done < 1 ? words.sending.replace('{n}', Math.floor(done * 100)) : words.checking;
    };
    tell(0);
    inTurn(async () => {
      if (!item.isConnected) return;
      let answer;
      try {
        answer = await sendToStore(item, tell);
        if (!answer?.id && !answer?.refused && item.isConnected) answer = await sendHere(item, tell);
      } catch (error) {
        console.error(error); // the file is gone, or has changed since
      }
      if (answer?.id) taken(item, answer);
      else if (answer?.refused) show(item, 'refused', answer.refused);
      else show(item, 'failed', answer?.out ? words.out : words.failed);
    });
  }

  function sendAll() {
    for (const item of list.querySelectorAll('[data-s=held]')) send(item);
  }

  // Pasted pictures all have one name; on a list they need their own.
  function freeName(name) {
    const there = [...list.querySelectorAll('[data-part=name]')].map((e) => e.textContent);
    const [, stem, end] = /^(.*?)(\.[^.]*)?$/s.exec(name);
    let free = name;
    for (let n = 2; there.includes(free); n++) free = `${stem}-${n}${end ?? ''}`;
    return free;
  }

  // What cannot be drawn goes on without a picture: the portal will say what is wrong with it, if anything is.
  async function picture(item) {
    const canvas = await small(item.file).catch(() => {});
    item.picture = Boolean(canvas);
    item.querySelector('.thumb').replaceChildren(canvas ?? icon.cloneNode(true));
  }

  function add(files) {
    for (const file of files) {
      const name = freeName(file.name);
      const item = row(name, sizeOf(file.size));
      item.picture = file.type.startsWith('image/'); // as it seems so far
      show(item, 'looking');
      inTurn(async () => {
        if (!item.isConnected) return;
        item.kind = file.size > Number(words.max) ? 'large' : await kindOf(file).catch(() => 'broken');
        const why = { large: words.large, broken: words.broken, heic: words.heic, '': words.type }[item.kind];
        if (why) return show(item, 'refused', named(why, name));
        item.whole = item.file = new File([file], name, { type: item.kind });
        if (item.kind === 'application/pdf') item.picture = false;
        else await picture(item);
        show(item, 'held');
        if (!pressed) say(named(words.chosen, name));
      });
    }
  }

  async function cover(item) {
    if (item.dataset.s === 'looking') await last;
    if (item.dataset.s !== 'held' || !item.picture) return; // refused, or on its way already
    let made;
    try {
      const module = await import(words.cover);
      made = await module.default(dialog, item.whole, item.boxes ?? [], Number(words.max));
    } catch (error) {
      console.error(error);
      return say(words.nocover, true);
    }
    if (made) {
      item.file = made.file;
      item.boxes = made.boxes;
      part(item, 'name').textContent = made.file.name;
      part(item, 'size').textContent = sizeOf(made.file.size);
      await picture(item);
      show(item, 'held');
      say(made.boxes.length ? words.covered.replace('{n}', made.boxes.length) : words.uncovered);
    }
    doing(item, item.picture ? 'cover' : 'remove').focus();
  }

  list.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    const item = button?.closest('li');
    if (!item) return;
    if (button.dataset.do === 'cover') return cover(item);
    if (button.dataset.do === 'again') {
      send(item);
      doing(item, 'stop').focus();
      return;
    }
    const beside = item.nextElementSibling ?? item.previousElementSibling;
    item.remove();
    item.stop?.();
    say(named(words.removed, part(item, 'name').textContent));
    (beside?.querySelector('.buttons button:not([hidden])') ?? input).focus();
  });

  // Phones open their camera at once by an input of its own; elsewhere it would only be a second one of the same.
  const camera = field.querySelector('[data-do=camera]');
  const lens = Object.assign(document.createElement('input'), { type: 'file', accept: 'image/jpeg,image/png' });
  lens.setAttribute('capture', 'environment');
  camera.parentElement.hidden = !matchMedia('(pointer: coarse)').matches;
  camera.addEventListener('click', () => lens.click());
  for (const from of [input, lens]) {
    from.addEventListener('change', () => {
      add([...from.files]);
      from.value = '';
    });
  }

  form.addEventListener('submit', (event) => {
    if (!busy && wrong()) {
      say(words.left, true);
      wrong().querySelector('.buttons button:not([hidden])').focus();
    } else if (busy || list.querySelector('[data-s=held]')) {
      pressed = { by: event.submitter };
      say(words.waiting, true);
      if (!busy) sendAll();
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
  for (const box of kept?.querySelectorAll('input:checked') ?? []) {
    const [name, receipt] = ['.choice-label', '.hint'].map((words) => box.closest('label').querySelector(words)?.textContent);
    keep(row(name, receipt ?? ''), box.value, kept.querySelector(`[name="caption-${box.value}"]`)?.value);
  }
  kept?.remove();

  return { form, add };
}

const fields = [...document.querySelectorAll('template[data-upload]')].map(enhance);

// A pasted picture goes to the form one is in, else to the page's first. Where one writes, what is
// there as text too, as from a table or a text program, is pasted as text.
document.addEventListener('paste', (event) => {
  const { files = [], types = [] } = event.clipboardData ?? {};
  if (!files.length || types.includes('text/plain') && event.target.closest?.('input, textarea') || document.querySelector('dialog[open]')) return;
  event.preventDefault();
  (fields.find((f) => f.form.contains(document.activeElement)) ?? fields[0]).add([...files]);
});
