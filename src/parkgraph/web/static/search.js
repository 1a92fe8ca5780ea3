// Suggestions while one types; without this script the form searches all the same.
"use strict";

for (const field of document.querySelectorAll("input[data-suggest]")) {
  const list = document.createElement("ul");
  list.id = `${field.id}-suggestions`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.labels[0].textContent);
  list.hidden = true;
  field.after(list);
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-expanded", "false");
  let chosen = -1;
  let asked = new AbortController();
  let waiting;

  const show = (open) => {
    list.hidden = !open;
    field.setAttribute("aria-expanded", String(open));
    choose(-1);
  };

  // What is on its way must not open it again.
  const close = () => {
    clearTimeout(waiting);
    asked.abort();
    show(false);
  };

  const choose = (index) => {
    chosen = index;
    [...list.children].forEach((option, n) => option.setAttribute("aria-selected", String(n === index)));
    field.setAttribute("aria-activedescendant", index < 0 ? "" : list.children[index].id);
    list.children[index]?.scrollIntoView({ block: "nearest" });
  };

  const option = (result, n) => {
    const item = document.createElement("li");
    item.id = `${list.id}-${n}`;
    item.setAttribute("role", "option");
    item.dataset.href = result.href;
    const name = document.createElement("span");
    name.textContent = result.label;
    name.lang = result.lang || "";
    const kind = document.createElement("span");
    kind.className = "types";
    kind.textContent = result.passage
      ? result.snippet.map((part) => part.text).join("")
      : result.types.slice(0, 2).join(" · ");
    item.append(name, " ", kind);
    return item;
  };

  const suggest = async () => {
    asked.abort();
    asked = new AbortController();
    const question = field.value.trim();
    if (!question) return show(false);
    const query = new URLSearchParams({ q: question, limit: 8, format: "json" });
    const lang = field.form.elements.lang?.value;
    if (lang) query.set("lang", lang);
    try {
      const answer = await fetch(`/search?${query}`, { signal: asked.signal });
      const { results } = await answer.json();
      list.replaceChildren(...results.filter((result) => result.href).map(option));
      show(list.children.length > 0 && document.activeElement === field);
    } catch {
      // Typed on, or no network: the form still works.
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(suggest, 120);
  });
  field.addEventListener("keydown", (event) => {
    const last = list.children.length - 1;
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown") choose(chosen < last ? chosen + 1 : 0);
    else if (event.key === "ArrowUp") choose(chosen > 0 ? chosen - 1 : last);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && chosen >= 0) location.assign(list.children[chosen].dataset.href);
    else return;
    event.preventDefault();
  });
  field.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const item = event.target.closest("li");
    if (item && event.button === 0) location.assign(item.dataset.href);
  });
}
