// Keeps a page up to date. Without it the pages are whole, and a reload brings them up to date.
// @ts-check

/** Shows every <time> below the element in the reader's own time zone. */
function localizeTimes(/** @type {ParentNode} */ root) {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const time of root.querySelectorAll("time"))
    if (time.dateTime) time.textContent = format.format(new Date(time.dateTime));
}

/** What tells an element from its neighbours of the same kind, whatever stands in it. */
const keyOf = (/** @type {Element} */ element) => element.getAttribute("data-key") ?? element.getAttribute("href");

/** Whether one node can become the other by changing what stands in it. */
const isAlike = (/** @type {Node} */ a, /** @type {Node} */ b) =>
  a instanceof Element && b instanceof Element
    ? a.tagName === b.tagName && keyOf(a) === keyOf(b)
    : a.nodeType === b.nodeType;

/** Makes one element like another with as few changes as it takes, so that focus, selection and transitions stay. */
function become(/** @type {Element} */ now, /** @type {Element} */ next) {
  for (const name of now.getAttributeNames()) if (!next.hasAttribute(name)) now.removeAttribute(name);
  for (const { name, value } of next.attributes) if (now.getAttribute(name) !== value) now.setAttribute(name, value);
  const wanted = [...next.childNodes];
  for (const [index, child] of wanted.entries()) {
    const there = now.childNodes[index] ?? null;
    const alike = [...now.childNodes].slice(index).find((node) => isAlike(node, child));
    if (alike !== there || !alike) now.insertBefore(alike ?? child, there);
    if (alike instanceof Element && child instanceof Element) become(alike, child);
    else if (alike && alike.nodeValue !== child.nodeValue) alike.nodeValue = child.nodeValue;
  }
  while (now.childNodes.length > wanted.length) now.lastChild?.remove();
}

/** @param {{ title: string, parts: Record<string, string> }} picture */
function show({ title, parts }) {
  document.title = title;
  for (const [id, markup] of Object.entries(parts)) {
    const element = document.getElementById(id);
    if (!element) continue;
    const next = element.cloneNode(false);
    if (!(next instanceof Element)) continue;
    next.innerHTML = markup; // escaped where it was made
    localizeTimes(next);
    become(element, next);
  }
}

function tell(/** @type {string} */ sentence) {
  const notice = document.getElementById("trouble");
  if (!notice) return;
  notice.hidden = sentence === "";
  if (notice.textContent !== sentence) notice.textContent = sentence;
}

/** Follows the page's events while it can be seen: a browser allows few connections, and many tabs share them. */
function follow(/** @type {string} */ address) {
  /** @type {EventSource | undefined} */
  let source;
  let hasEnded = false;
  const open = () => {
    source = new EventSource(address);
    source.addEventListener("picture", (event) => {
      tell("");
      show(JSON.parse(event.data));
    });
    source.addEventListener("trouble", (event) => tell(JSON.parse(event.data).message.replaceAll("`", "")));
    // Whoever is no longer signed in is led to where one signs in.
    source.addEventListener("leave", () => {
      source?.close();
      location.reload();
    });
    source.addEventListener("end", () => {
      hasEnded = true;
      source?.close();
    });
    source.addEventListener("error", () => {
      tell("The dashboard does not answer; this page goes on when it does.");
      // The browser tries again by itself, but not after an answer that was no stream of events.
      if (source?.readyState === EventSource.CLOSED && !hasEnded) setTimeout(() => !document.hidden && open(), 3000);
    });
  };
  const openOrClose = () => {
    source?.close();
    if (!document.hidden && !hasEnded) open();
  };
  document.addEventListener("visibilitychange", openOrClose);
  openOrClose();
}

/** Loads the page anew once the queue answers. */
function waitForQueue() {
  const look = async () => {
    const answer = await fetch("/healthz").catch(() => undefined);
    if (answer?.ok) location.reload();
  };
  setInterval(() => void look(), 2000);
}

localizeTimes(document);
const { events, waitsForQueue, isWaiting } = document.body.dataset;
if (events !== undefined) follow(events);
if (waitsForQueue !== undefined) waitForQueue();
if (isWaiting !== undefined) setTimeout(() => location.reload(), 1500);
