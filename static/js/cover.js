// Covers parts of a picture with solid boxes, in the pixels of a new file, at its full size. Boxes are drawn from
// corner to corner, by dragging or by pressing one corner and then the other, or added and moved by keys. All words
// come from the dialog.

const SHOWN = 2000; // pixels of the longer side of what is drawn on
const MOST = 100; // boxes of a picture, as the portal has it

const part = (dialog, name) => dialog.querySelector(`[data-part=${name}]`);

function drawn(bitmap, width, height, boxes = []) {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const pen = canvas.getContext('2d');
  pen.drawImage(bitmap, 0, 0, width, height);
  pen.fillStyle = '#000';
  for (const b of boxes) pen.fillRect(b.x, b.y, b.width, b.height);
  // Some devices give an empty or an altered picture in place of an error.
  for (const b of boxes) {
    const pixel = pen.getImageData(b.x + (b.width >> 1), b.y + (b.height >> 1), 1, 1).data;
    if (pixel.join() !== '0,0,0,255') throw new Error('the boxes are not in the picture');
  }
  return canvas;
}

const encoded = (canvas, type) => new Promise((done, fail) => {
  canvas.toBlob((blob) => blob?.type === type ? done(blob) : fail(new Error('no ' + type)), type, .92);
});

// The file with the boxes in it. Screenshots stay PNG, where that is not too large.
async function burn(file, bitmap, boxes, max) {
  const canvas = drawn(bitmap, bitmap.width, bitmap.height, boxes);
  let blob = file.type === 'image/png' && await encoded(canvas, 'image/png');
  if (!blob || blob.size > max) blob = await encoded(canvas, 'image/jpeg');
  if (blob.size > max) throw new Error('too large');
  const end = blob.type === 'image/png' ? '.png' : '.jpg';
  const kept = end === '.jpg' && /\.jpe?g$/i.test(file.name);
  return new File([blob], kept ? file.name : file.name.replace(/\.[^.]*$/, '') + end, { type: blob.type });
}

// Resolves to the file to send and its boxes, or to nothing where it was left as it is.
export default async function cover(dialog, file, given, max) {
  const words = dialog.dataset;
  const bitmap = await createImageBitmap(file);
  const { width: W, height: H } = bitmap;
  const scale = Math.min(1, SHOWN / Math.max(W, H));
  const shown = URL.createObjectURL(await encoded(drawn(bitmap, Math.ceil(W * scale), Math.ceil(H * scale)), 'image/jpeg'));
  const svg = dialog.querySelector('.cover svg');
  const image = svg.querySelector('image');
  const model = part(dialog, 'box');
  const status = dialog.querySelector('[role=status]');
  const step = Math.max(1, Math.round(Math.max(W, H) / 100));
  const least = Math.max(2, Math.round(step / 2));
  const life = new AbortController();
  const on = (target, name, run) => target.addEventListener(name, run, { signal: life.signal });
  const past = [];
  let chosen, corner, drag, keyed, result;

  const rects = () => [...svg.querySelectorAll(':scope > rect')];
  const box = (r) => ({ x: +r.getAttribute('x'), y: +r.getAttribute('y'), width: +r.getAttribute('width'), height: +r.getAttribute('height') });
  const percent = (n, of) => Math.round(n / of * 100);

  function say(text) {
    status.textContent = text.replace('{n}', rects().length);
  }

  function name(r) {
    const b = box(r);
    const values = { n: rects().indexOf(r) + 1, x: percent(b.x, W), y: percent(b.y, H), w: percent(b.width, W), h: percent(b.height, H) };
    r.setAttribute('aria-label', words.box.replace(/\{(\w)\}/g, (_, k) => values[k]));
    return r.getAttribute('aria-label');
  }

  // Whole pixels, outwards, and inside the picture.
  function place(r, b) {
    const whole = (from, size, most) => Math.min(most, Math.max(least, Math.ceil(from + size) - Math.floor(from)));
    const width = whole(b.x, b.width, W), height = whole(b.y, b.height, H);
    const x = Math.min(W - width, Math.max(0, Math.floor(b.x))), y = Math.min(H - height, Math.max(0, Math.floor(b.y)));
    for (const [k, v] of Object.entries({ x, y, width, height })) r.setAttribute(k, v);
  }

  function put(b) {
    const r = model.cloneNode();
    r.removeAttribute('data-part');
    place(r, b);
    svg.append(r);
    return r;
  }

  function reset(boxes) {
    for (const r of rects()) r.remove();
    for (const b of boxes) put(b);
    rects().forEach(name);
    choose();
  }

  // The box that keys and buttons are about.
  function choose(r) {
    chosen = r;
    corner = undefined;
    for (const other of rects()) other.toggleAttribute('data-chosen', other === r);
    return r;
  }

  // What one step back leads to; a row of keys on one box is one step.
  function remember(by) {
    if (by && by === keyed) return;
    keyed = by;
    past.push(rects().map(box));
  }

  function add(b) {
    if (rects().length >= MOST) return say(words.most);
    remember();
    const r = choose(put(b));
    name(r);
    return r;
  }

  function remove(r) {
    if (!r) return say(words.none);
    remember();
    const all = rects(), i = all.indexOf(r);
    r.remove();
    choose();
    rects().forEach(name);
    (all[i + 1] ?? all[i - 1] ?? part(dialog, 'add')).focus();
    say(words.gone);
  }

  function undo() {
    if (!past.length) return say(words.nothing);
    reset(past.pop());
    keyed = undefined;
    if (!dialog.contains(document.activeElement) || document.activeElement === document.body) part(dialog, 'undo').focus();
    say(words.back);
  }

  function at(event) {
    const p = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return { x: Math.min(W, Math.max(0, p.x)), y: Math.min(H, Math.max(0, p.y)) };
  }

  const between = (a, b) => ({ x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) });

  on(svg, 'pointerdown', (event) => {
    if (event.button || !event.isPrimary) return;
    const p = at(event);
    const r = event.target.closest('rect');
    if (r && !corner) {
      remember();
      choose(r);
      drag = { from: p, was: box(r), x: event.clientX, y: event.clientY };
    } else if (corner) {
      drag = { from: corner, fresh: true };
      corner = undefined;
      place(chosen, between(drag.from, p));
    } else {
      if (!add({ ...p, width: 0, height: 0 })) return;
      drag = { from: p, fresh: true, x: event.clientX, y: event.clientY };
    }
    svg.setPointerCapture(event.pointerId);
    event.preventDefault();
    chosen.focus({ preventScroll: true });
  });
  on(svg, 'pointermove', (event) => {
    if (!drag) return;
    const p = at(event);
    if (drag.fresh) place(chosen, between(drag.from, p));
    else place(chosen, { ...drag.was, x: drag.was.x + p.x - drag.from.x, y: drag.was.y + p.y - drag.from.y });
  });
  const lift = (event) => {
    if (!drag) return;
    const pressed = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 6;
    if (drag.fresh && pressed) {
      // Pressed without dragging: the first of two corners.
      corner = drag.from;
      say(words.corner);
    } else if (pressed) {
      past.pop(); // chosen, not moved
      say(name(chosen));
    } else {
      say(name(chosen));
    }
    drag = undefined;
  };
  on(svg, 'pointerup', lift);
  on(svg, 'pointercancel', () => {
    if (drag) undo();
    drag = undefined;
  });
  on(svg, 'focusin', (event) => {
    const r = event.target.closest('rect');
    if (r && r !== chosen) choose(r);
  });

  on(svg, 'keydown', (event) => {
    const r = event.target.closest('rect');
    if (!r || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (way) {
      remember(r);
      const b = box(r);
      corner = undefined;
      if (event.shiftKey) place(r, { ...b, width: Math.min(W - b.x, b.width + way[0]), height: Math.min(H - b.y, b.height + way[1]) });
      else place(r, { ...b, x: b.x + way[0], y: b.y + way[1] });
      say(name(r));
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      remove(r);
    } else {
      return;
    }
    event.preventDefault();
  });
  on(dialog, 'keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === 'z') {
      event.preventDefault();
      undo();
    }
  });

  on(part(dialog, 'add'), 'click', () => {
    const n = rects().length % 8;
    const r = add({ x: W * .3, y: H * (.1 + n * .1), width: W * .4, height: Math.min(H * .08, W * .4) });
    if (!r) return;
    r.focus();
    say(name(r));
  });
  on(part(dialog, 'remove'), 'click', () => remove(chosen?.isConnected && chosen));
  on(part(dialog, 'undo'), 'click', undo);
  on(part(dialog, 'clear'), 'click', () => {
    if (!rects().length) return say(words.none);
    remember();
    reset([]);
    say(words.gone);
  });
  on(part(dialog, 'close'), 'click', () => dialog.close());
  on(part(dialog, 'use'), 'click', async () => {
    if (corner) chosen.remove(); // a corner without its box
    const boxes = rects().map(box);
    try {
      result = { boxes, file: boxes.length ? await burn(file, bitmap, boxes, max) : file };
      dialog.close();
    } catch (error) {
      console.error(error);
      say(words.trouble);
    }
  });

  for (const [k, v] of Object.entries({ width: W, height: H, href: shown })) image.setAttribute(k, v);
  for (const [k, v] of Object.entries({ width: W, height: H, viewBox: `0 0 ${W} ${H}` })) svg.setAttribute(k, v);
  reset(given);
  say('');
  dialog.showModal();
  await new Promise((done) => on(dialog, 'close', done));
  life.abort();
  reset([]);
  image.removeAttribute('href');
  URL.revokeObjectURL(shown);
  bitmap.close();
  return result;
}
