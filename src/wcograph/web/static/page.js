// What makes the pages better with JavaScript: suggestions in fields, and tables that can be sorted.
"use strict";

for (const field of document.querySelectorAll("input[data-suggest]")) {
  const list = document.getElementById(field.getAttribute("list"));
  let timer = 0;
  let asked = "";
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const text = field.value.trim();
      if (!text || text === asked || [...list.options].some((option) => option.value === text)) return;
      asked = text;
      const query = new URLSearchParams({ query: field.dataset.suggest, param: field.dataset.param, q: text });
      try {
        const response = await fetch(`/suggest?${query}`);
        if (!response.ok || field.value.trim() !== text) return;
        const found = await response.json();
        const options = found.map(({ value, label }) => {
          const option = document.createElement("option");
          option.value = value;
          if (label && label !== value) option.label = label;
          return option;
        });
        if (options.length) list.replaceChildren(...options);
      } catch {
        // The field works without suggestions.
      }
    }, 150);
  });
}

for (const table of document.querySelectorAll("table.sortable")) {
  const bodies = table.tBodies;
  const headings = table.tHead ? [...table.tHead.rows[0].cells] : [];
  if (bodies.length !== 1 || bodies[0].rows.length < 2 || bodies[0].querySelector("th")) continue;
  const numbers = new Intl.Collator(document.documentElement.lang, { numeric: true, sensitivity: "base" });
  headings.forEach((heading, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const down = heading.getAttribute("aria-sort") === "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...bodies[0].rows];
      const text = (row) => row.cells[at].textContent.trim();
      rows.sort((a, b) => {
        const [x, y] = [text(a), text(b)];
        if (!x || !y) return (x ? 0 : 1) - (y ? 0 : 1); // what is empty comes last
        return numbers.compare(x, y) * (down ? -1 : 1);
      });
      bodies[0].append(...rows);
    });
  });
}

const summary = document.querySelector(".summary[tabindex]");
if (summary) summary.focus();
