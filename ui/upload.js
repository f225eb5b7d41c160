/** What each zone still has to send. It outlives the zone, which is drawn anew when the page around it changes. */
const queues = (window.evallibUploads ??= new Map());

/** Milliseconds after which a page that has not answered is told once more. */
const PATIENCE = 3000;

function queueOf(key) {
  if (!queues.has(key)) queues.set(key, { waiting: [], failures: new Set() });
  return queues.get(key);
}

const shown = (name) => name.slice(0, 80);

function show({ zone, data, sending, share, waiting, failures }) {
  const [text, note, done] = ['text', 'note', 'done'].map((part) => zone.querySelector(`.${part}`));
  const more = waiting.length ? `, ${waiting.length} more to come` : '';
  const busy = sending ? [`Uploading ${shown(sending)}${more} …`] : [];
  text.textContent = data.label;
  note.textContent = [...failures, ...busy].join(' ') || data.note;
  done.style.width = `${100 * (share ?? 0)}%`;
  zone.classList.toggle('busy', Boolean(sending));
  zone.classList.toggle('failed', failures.size > 0);
}

function add(queue, files) {
  if (!files.length) return;
  queue.failures.clear();
  queue.waiting.push(...[...files].slice(0, queue.data.several ? files.length : 1));
}

function reason(answer) {
  try { return JSON.parse(answer).error; } catch { return 'The upload failed.'; }
}

/** Send the next file: a link takes one, and the next link comes once the page knows of that file. */
function proceed(queue) {
  const { token, url, limit, tooLarge } = queue.data;
  while (queue.waiting[0]?.size > limit) queue.failures.add(shown(queue.waiting.shift().name) + tooLarge);
  if (!queue.sending && queue.arrived?.token !== token && queue.waiting.length) send(queue, token, url);
  show(queue);
}

/** Tell the page of the file that has arrived, again and again until it answers with the next link. */
function announce(queue) {
  if (queue.arrived?.token !== queue.data.token || !queue.zone.isConnected) return;
  queue.tell('uploaded', queue.arrived);
  clearTimeout(queue.again);
  queue.again = setTimeout(() => announce(queue), PATIENCE);
}

function send(queue, token, url) {
  const file = queue.waiting.shift(), request = new XMLHttpRequest();
  const end = (failure) => {
    queue.sending = undefined;
    if (failure) queue.failures.add(failure);
    proceed(queue);
  };
  Object.assign(queue, { sending: file.name, share: 0 });
  request.open('PUT', url);
  request.setRequestHeader('X-File-Name', encodeURIComponent(file.name));
  request.upload.onprogress = (event) => {
    if (event.lengthComputable) queue.share = event.loaded / event.total;
    show(queue);
  };
  request.onerror = () => {
    queue.waiting = [];
    end(`The connection broke off while ${shown(file.name)} was sent. Please choose it, and what came after it, again.`);
  };
  request.onload = () => {
    if (request.status !== 200) return end(reason(request.responseText));
    queue.arrived = { token, name: file.name };
    announce(queue);
    end();
  };
  request.send(file);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const zone = parentElement.querySelector('.zone'), input = parentElement.querySelector('input');
  const queue = queueOf(data.key), isNew = queue.zone !== zone;
  Object.assign(queue, { zone, data, tell: setTriggerValue });
  // What arrived while no zone was on the page is told now.
  if (isNew) announce(queue);
  const take = (files) => { add(queue, files); input.value = ''; proceed(queue); };
  input.setAttribute('aria-label', data.label);
  input.multiple = data.several;
  input.onchange = () => take(input.files);
  zone.ondragover = (event) => { event.preventDefault(); zone.classList.add('over'); };
  zone.ondragleave = () => zone.classList.remove('over');
  zone.ondrop = (event) => { event.preventDefault(); zone.classList.remove('over'); take(event.dataTransfer.files); };
  // A quick hand chooses a file while this module is still loading.
  take(input.files);
}
