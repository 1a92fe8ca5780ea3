// The query page with an editor: YASQE in place of the text field, answers without a new page.
// Without this file, or without the editor's bundle, the form does the same by itself.
// Nothing is stored in the browser, and nothing is asked of another host.

const { Yasqe } = window;
const form = document.querySelector("#ask");
const field = form.querySelector("textarea");
const run = form.querySelector("[type=submit]");
const said = form.dataset;

/** Longer addresses do not pass every server in between. */
const LONGEST_ADDRESS = 8000;
/** Suggestions shown at a time. */
const MOST = 60;

/** Texts, addresses and comments; and the prefix of a name. */
const NO_CODE = /"""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|<[^<>\s]*>|#.*/g;
const PREFIX = /(?<![\p{L}\p{N}_:?$.-])(\p{L}[\p{L}\p{N}_-]*):/gu;

/** A query between the quotes of a language. */
const QUOTED = {
  shell: (text) => text.replaceAll("'", "'\\''"),
  python: (text) => text.replaceAll("\\", "\\\\").replaceAll('"""', '\\"\\"\\"'),
};

const NONE = { prefixes: {}, terms: [] };
let known = NONE; // what can be completed
let terms; // its coming, from when the editor is first entered
let waiting; // the request under way
let shown = address(location); // the page's address, without a fragment
let fault; // the line that the last problem is in
const editor = grow();

// The editor

function grow() {
  const holder = document.createElement("div");
  field.after(holder);
  // Lists are merged into the defaults, which ask other hosts: so the defaults themselves change.
  Yasqe.defaults.autocompleters = ["variables"];
  const made = new Yasqe(holder, {
    value: field.value,
    persistenceId: null,
    consumeShareLink: null,
    createShareableLink: null,
    showQueryButton: false,
    resizeable: false,
    editorHeight: "auto",
    indentUnit: 2,
    tabSize: 2,
    requestConfig: { endpoint: new URL(form.action).href, method: "GET" },
    extraKeys: {
      "Ctrl-Enter": ask,
      "Cmd-Enter": ask,
      "Ctrl-S": false,
      "Ctrl-Space": complete,
      Esc: () => run.focus(),
      Tab: (cm) => cm.execCommand(cm.somethingSelected() ? "indentMore" : "insertSoftTab"),
      "Shift-Tab": "indentLess",
    },
  });
  const input = made.getInputField();
  input.setAttribute("aria-labelledby", "query-label");
  input.setAttribute("aria-describedby", "shortcuts");
  document.querySelector("#query-label").addEventListener("click", () => made.focus());
  for (const name of ["#shortcuts", "#copy"]) form.querySelector(name).hidden = false;
  field.hidden = true;
  field.required = false;
  return made;
}

editor.on("focus", learn);
editor.on("inputRead", (cm, change) => {
  if (change.origin === "paste") return void declareAll(change.text.join("\n"));
  const typed = word(cm);
  if (typed.includes(":") && !declaring(cm)) declare(typed);
  if (typed.length > 1 && !cm.state.completionActive) complete(cm);
});
editor.on("changes", () => {
  if (fault) editor.removeLineClass(fault, "background", "fault");
  fault = undefined;
  retell();
});
retell();

/** What depends on the text: the code samples, and the editor's own mark where it is not valid. */
function retell() {
  const text = editor.getValue();
  for (const sample of document.querySelectorAll("[data-query]")) {
    sample.textContent = QUOTED[sample.dataset.query](text);
  }
  editor.eachLine((line) => {
    const mark = line.gutterMarkers?.gutterErrorBar;
    if (!mark) return;
    // Its own hint is English, and styled in a way that the page's policy forbids.
    mark.onmouseover = mark.onmouseout = null;
    mark.title = said.invalid;
  });
}

// Completion: classes, properties and concepts of the data, by name or by label

function learn() {
  terms ??= fetch(said.terms)
    .then((response) => (response.ok ? response.json() : NONE))
    .catch(() => NONE)
    .then((found) => {
      known = found;
      if (found === NONE) terms = undefined; // the next visit to the editor tries again
    });
  return terms;
}

/** What is being typed; empty in variables, addresses, texts and comments. */
function word(cm) {
  const cursor = cm.getCursor();
  const before = cm.getLine(cursor.line).slice(0, cursor.ch);
  if (/^(string|comment|variable-3|atom|keyword)$/.test(cm.getTokenTypeAt(cursor) ?? "")) return "";
  return /(?:^|[^?$<\p{L}\p{N}_:.@-])([\p{L}\p{N}_][\p{L}\p{N}_:.-]*)$/u.exec(before)?.[1] ?? "";
}

function complete(cm) {
  if (/[?$][\p{L}\p{N}_]*$/u.test(before(cm))) return void editor.autocomplete();
  cm.showHint({ hint: suggest, completeSingle: false, closeCharacters: /[\s()[\]{};,>]/ });
}

function before(cm) {
  const { line, ch } = cm.getCursor();
  return cm.getLine(line).slice(0, ch);
}

/** Whether a prefix is being declared just here. */
function declaring(cm) {
  return /\bprefix\s+[\w-]*:?$/i.test(before(cm));
}

async function suggest(cm) {
  await terms;
  const typed = word(cm);
  const cursor = cm.getCursor();
  const found = declaring(cm) ? declarations(typed) : matches(typed, wanted(cm, typed));
  const pick = (_, data, { text }) => {
    const name = !declaring(cm);
    cm.replaceRange(text, data.from, data.to, "complete");
    if (name) declare(text);
  };
  return {
    from: { line: cursor.line, ch: cursor.ch - typed.length },
    to: cursor,
    list: found.slice(0, MOST).map(([text, label]) => ({ text, hint: pick, render: drawn(text, label) })),
  };
}

function drawn(text, label) {
  return (element) => {
    const beside = document.createElement("span");
    beside.className = "label";
    beside.textContent = label;
    element.append(text, beside);
  };
}

function declarations(typed) {
  return Object.entries(known.prefixes)
    .filter(([prefix]) => prefix.startsWith(typed.replace(/:$/, "")))
    .map(([prefix, iri]) => [`${prefix}: <${iri}>`, ""]);
}

/** The kind of term that the place asks for: after `a` a class, where a verb stands a property. */
function wanted(cm, typed) {
  const rest = before(cm).slice(0, before(cm).length - typed.length).trimEnd();
  if (/(?:^|\s)(?:a|rdf:type)$/.test(rest)) return ["class"];
  const cursor = cm.getCursor();
  const { state } = cm.getTokenAt({ line: cursor.line, ch: cursor.ch - typed.length }, true);
  return state.possibleCurrent?.includes("a") ? ["property"] : ["concept", "class", "property"];
}

function matches(typed, kinds) {
  const sought = typed.toLowerCase();
  const found = [];
  for (const [kind, name, label] of known.terms) {
    const place = kinds.indexOf(kind);
    const rank = place < 0 ? -1 : closeness(sought, name.toLowerCase(), label.toLowerCase());
    if (rank >= 0) found.push([rank, place, name, label]);
  }
  found.sort((a, b) => a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : 1));
  return found.map(([, , name, label]) => [name, label]);
}

/** 0 is best, -1 no match: the name from its start, its local part, the label, anywhere in it. */
function closeness(sought, name, label) {
  if (name.startsWith(sought)) return 0;
  if (name.slice(name.indexOf(":") + 1).startsWith(sought)) return 1;
  if (label.startsWith(sought)) return 2;
  return label.includes(sought) ? 3 : -1;
}

/** Declare the prefix of a name that the query uses: below the other declarations, if any. */
function declare(name) {
  const prefix = name.split(":")[0];
  const lines = editor.getValue().split("\n");
  const declared = new RegExp(`\\bprefix\\s+${prefix}:`, "i");
  if (!Object.hasOwn(known.prefixes, prefix) || lines.some((line) => declared.test(line))) return;
  const last = lines.findLastIndex((line) => /^\s*prefix\s/i.test(line));
  const at = last >= 0 ? last + 1 : lines.findIndex((line) => !/^\s*(#|$)/.test(line));
  editor.replaceRange(`PREFIX ${prefix}: <${known.prefixes[prefix]}>\n`, { line: Math.max(at, 0), ch: 0 });
}

/** Declare the prefixes that a pasted text uses, as far as they are known. */
async function declareAll(text) {
  await learn();
  editor.operation(() => {
    for (const [, prefix] of text.replace(NO_CODE, " ").matchAll(PREFIX)) declare(prefix);
  });
}

// Asking

function ask() {
  form.requestSubmit(run);
}

form.addEventListener("submit", (event) => {
  field.value = editor.getValue();
  if (form.elements.format.value !== "html") return; // a download is the browser's own business
  event.preventDefault();
  open(link());
});

/** The address of the query as it stands. */
function link() {
  field.value = editor.getValue();
  const values = new URLSearchParams(new FormData(form));
  values.delete("format");
  return new URL(`?${values}`, form.action);
}

function address({ pathname, search }) {
  return pathname + search;
}

/** Show the page at `url` in this one. */
async function open(url, { remember = true } = {}) {
  waiting?.abort();
  const mine = waiting = new AbortController();
  run.setAttribute("aria-busy", "true");
  tell(said.waiting);
  try {
    const response = await fetch(...request(url, mine.signal));
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const text = page.querySelector("#query")?.value;
    if (!remember && text !== undefined && text !== editor.getValue()) editor.setValue(text);
    if (remember && url.href.length < LONGEST_ADDRESS) history.pushState(null, "", url);
    shown = address(location);
    show(page);
  } catch (error) {
    if (error.name !== "AbortError") tell(said.unreachable);
  } finally {
    if (waiting === mine) run.removeAttribute("aria-busy");
  }
}

function request(url, signal) {
  const headers = { Accept: "text/html" };
  if (url.href.length < LONGEST_ADDRESS) return [url, { headers, signal }];
  const body = new URLSearchParams(url.search);
  const lang = body.get("lang");
  return [lang ? `${url.pathname}?lang=${lang}` : url.pathname, { method: "POST", body, headers, signal }];
}

function show(page) {
  const answer = document.querySelector("#answer");
  const found = page.querySelector("#answer");
  // What is no query page, such as a refusal, is shown with all it says.
  answer.replaceChildren(...(found ?? page.querySelector("main")).childNodes);
  for (const name of ["#kept", ".languages"]) {
    const newer = page.querySelector(name);
    if (newer) document.querySelector(name).replaceWith(newer);
  }
  tell(answer.querySelector(".count")?.textContent ?? "", { heard: true });
  const line = Number(answer.querySelector("[data-line]")?.dataset.line ?? 0);
  fault = line ? editor.addLineClass(line - 1, "background", "fault") : undefined;
  const { top } = answer.getBoundingClientRect();
  if (top < 0 || top > innerHeight * 0.75) answer.scrollIntoView();
}

/** Say something below the form; what the page shows elsewhere is only for those who listen. */
function tell(text, { heard = false } = {}) {
  const status = form.querySelector("#status");
  status.classList.toggle("heard", heard);
  status.textContent = text;
}

document.querySelector(".examples")?.addEventListener("click", (event) => {
  const example = event.target.closest("a");
  if (!example || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const url = new URL(example.href);
  editor.setValue(url.searchParams.get("query"));
  open(url);
});

addEventListener("popstate", () => {
  if (address(location) === shown) return; // only the fragment has changed
  const url = new URL(location);
  // What stands there where nothing is asked, the page at that address knows.
  if (url.searchParams.has("query")) editor.setValue(url.searchParams.get("query"));
  open(url, { remember: false });
});

form.querySelector("#copy").addEventListener("click", async () => {
  const url = link();
  try {
    await navigator.clipboard.writeText(url.href);
    tell(said.copied);
  } catch {
    // Without https browsers give no access to the clipboard.
    history.replaceState(null, "", url);
    shown = address(location);
    tell(said.addressed);
  }
});
