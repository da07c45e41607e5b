// The SPARQL editor: it stands in for the textarea of a form that also works without it, runs the query without leaving
// the page, and shows an error below the line where it is. What comes from the server is written as text, never as HTML.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, StreamLanguage, syntaxHighlighting, syntaxTree } from "@codemirror/language";
import { sparql } from "@codemirror/legacy-modes/mode/sparql";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, keymap, lineNumbers, WidgetType } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const MOST_OPTIONS = 10; // so few need no scrolling
const MOST_KEYWORDS = 4;
const MOST_ROWS = 1000; // in the table; downloads have all
const BASE = "https://w3id.org/wcograph/"; // IRIs of the graph
const JSON_ROWS = "application/sparql-results+json";
const KEYWORDS = ("ASK AS ASC BASE BIND BY CONSTRUCT COUNT(*) DESC DESCRIBE DISTINCT EXISTS FILTER FROM GRAPH GROUP HAVING IN LIMIT " +
  "MINUS NAMED NOT OFFSET OPTIONAL ORDER PREFIX REDUCED SELECT SEPARATOR UNDEF UNION VALUES WHERE ABS AVG BOUND COALESCE CONCAT " +
  "CONTAINS COUNT DATATYPE DAY IF ISBLANK ISIRI ISLITERAL LANG LANGMATCHES LCASE MAX MIN MONTH NOW REGEX REPLACE ROUND SAMPLE " +
  "STR STRAFTER STRBEFORE STRDT STRENDS STRLANG STRLEN STRSTARTS SUBSTR SUM UCASE YEAR").split(" ");

// Colours are custom properties of the page (style.css), so light and dark follow it.
const look = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--back)", border: "2px solid var(--field)", borderRadius: "3px" },
  "&.cm-focused": { outline: "3px solid var(--focus)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", fontSize: "0.9rem", minHeight: "12rem", maxHeight: "60vh", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-gutters": { color: "var(--dim)", backgroundColor: "var(--back)", border: "none" },
  ".cm-matchingBracket": { backgroundColor: "transparent", outline: "1px solid var(--dim)" },
  ".cm-tooltip": { color: "var(--ink)", backgroundColor: "var(--back)", border: "1px solid var(--field)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { maxHeight: "none", maxWidth: "min(700px, 90vw)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "0.3rem 0.5rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { color: "var(--on-button)", backgroundColor: "var(--button)" },
  ".cm-wrong": { textDecoration: "underline wavy var(--bad)" },
  ".cm-why": { color: "var(--bad)", fontFamily: "system-ui, sans-serif", whiteSpace: "pre-wrap", padding: "0 0.5rem" },
});
const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--visited)", fontWeight: "bold" },
  { tag: tags.comment, color: "var(--dim)" },
  { tag: tags.string, color: "var(--good)" },
  { tag: tags.atom, color: "var(--ink)" },
  { tag: tags.variableName, color: "var(--link)" },
]);

class Why extends WidgetType {
  constructor(text) { super(); this.text = text; }
  eq(other) { return other.text === this.text; }
  toDOM() { return element("div", { className: "cm-why" }, this.text); }
}

const setMistake = StateEffect.define();
const mistake = StateField.define({
  create: () => Decoration.none,
  update(shown, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(setMistake)) {
        if (!effect.value) return Decoration.none;
        const { from, to, text } = effect.value;
        const below = Decoration.widget({ widget: new Why(text), block: true, side: 1 });
        const under = from < to ? [Decoration.mark({ class: "cm-wrong" }).range(from, to)] : [];
        return Decoration.set([...under, below.range(transaction.state.doc.lineAt(from).to)], true);
      }
    }
    return transaction.docChanged ? Decoration.none : shown;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// Lines and columns count from one, and columns count characters, which may be two units of a string here.
function placeOf(doc, line, column) {
  const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const before = [...at.text].slice(0, Math.max(column - 1, 0)).join("").length;
  const word = /^[^\s(){};,]+|^./u.exec(at.text.slice(before));
  return { from: at.from + before, to: at.from + before + (word ? word[0].length : 0) };
}

function completions(suggestions) {
  const known = new Map(); // what the server has answered
  const ask = async (typed, context) => {
    if (!known.has(typed)) {
      const stop = new AbortController();
      context.addEventListener("abort", () => stop.abort());
      const response = await fetch(`${suggestions}?q=${encodeURIComponent(typed)}`, { signal: stop.signal });
      if (!response.ok) return [];
      known.set(typed, await response.json());
    }
    return known.get(typed);
  };
  return async (context) => {
    if (/comment|string/.test(syntaxTree(context.state).resolveInner(context.pos, -1).name)) return null;
    const word = context.matchBefore(/[?$]\w*|[\p{L}\p{N}_:.-]+/u);
    if (!word && !context.explicit) return null;
    const typed = word ? word.text : "";
    const from = word ? word.from : context.pos;
    if (/^[?$]/.test(typed) || !typed) {
      const others = context.state.sliceDoc(0, from) + " " + context.state.sliceDoc(context.pos);
      const names = new Set([...others.matchAll(/[?$](\w+)/g)].map((match) => (typed[0] ?? "?") + match[1]));
      const options = [...names].filter((name) => name.startsWith(typed)).sort();
      return { from, filter: false, options: options.slice(0, MOST_OPTIONS).map((label) => ({ label, type: "variable" })) };
    }
    const start = typed.toUpperCase();
    const keywords = KEYWORDS.filter((label) => label.startsWith(start)).slice(0, MOST_KEYWORDS);
    const options = keywords.map((label) => ({ label, type: "keyword" }));
    if (typed.length > 1) {
      for (const { value, label } of await ask(typed, context).catch(() => [])) {
        options.push({ label: /^https?:/.test(value) ? `<${value}>` : value, detail: label === value ? "" : label });
      }
    }
    return { from, filter: false, options: options.slice(0, MOST_OPTIONS) };
  };
}

function link(value) {
  // IRIs of the graph lead to their pages on this host; of others, only web addresses become links.
  const local = value.startsWith(BASE) && value.slice(BASE.length);
  if (local && /^[\w~-][\w.~-]*(\/[\w~-][\w.~-]*)*(#[\w.~-]+)?$/.test(local)) return element("a", { href: "/" + local }, local);
  return /^https?:\/\/\S+$/.test(value) ? element("a", { href: value, rel: "noreferrer" }, value) : value;
}

function cell(term) {
  const made = element("td", {});
  if (!term) return made;
  if (term.type === "triple") made.append(JSON.stringify(term.value));
  else if (term.type === "uri") made.append(link(term.value));
  else made.append(term.type === "bnode" ? `_:${term.value}` : term.value);
  if (term["xml:lang"]) made.lang = term["xml:lang"];
  return made;
}

function table(answer) {
  const names = answer.head.vars;
  const rows = answer.results.bindings;
  const head = element("tr", {}, ...names.map((name) => element("th", { scope: "col" }, name)));
  const body = rows.slice(0, MOST_ROWS).map((row) => element("tr", {}, ...names.map((name) => cell(row[name]))));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
}

// Over a selection, a browser would insert text with the style of what it replaces, which the policy forbids.
function replaceSelection(event, view) {
  const { from, to, empty } = view.state.selection.main;
  if (event.inputType !== "insertText" || event.data === null || empty || view.composing) return false;
  const insert = () => view.state.update({
    changes: { from, to, insert: event.data }, selection: { anchor: from + event.data.length }, userEvent: "input.type", scrollIntoView: true,
  });
  event.preventDefault();
  const handlers = view.state.facet(EditorView.inputHandler);
  if (!handlers.some((handler) => handler(view, from, to, event.data, insert))) view.dispatch(insert());
  return true;
}

function start(area) {
  const form = area.form;
  const { pathname } = new URL(form.action);
  const label = form.querySelector(`label[for="${area.id}"]`);
  const host = element("div", { className: "editor" });
  const hint = element("p", { className: "hint" }, "Ctrl-Enter runs the query, Ctrl-Space completes a word, Tab leaves the editor.");
  const said = element("p", { className: "editor-said" });
  said.setAttribute("role", "status");
  const shown = element("div", {});
  area.after(host, hint);
  form.after(said, shown);
  area.hidden = true;
  area.required = false; // a field that is not seen cannot be asked for

  let running = null;
  async function run() {
    running?.abort();
    const stop = (running = new AbortController());
    const query = view.state.doc.toString();
    view.dispatch({ effects: setMistake.of(null) });
    for (const last of document.querySelectorAll("#answer, #query-error")) last.remove();
    shown.replaceChildren();
    said.textContent = "The query is running.";
    try {
      const response = await fetch(pathname, {
        method: "POST", body: query, signal: stop.signal,
        headers: { "Content-Type": "application/sparql-query", Accept: `${JSON_ROWS}, text/turtle;q=0.5` },
      });
      const type = response.headers.get("Content-Type") ?? "";
      if (!response.ok) {
        wrong(/json/.test(type) ? await response.json() : { detail: await response.text() });
        return;
      }
      if (!type.startsWith(JSON_ROWS)) {
        shown.append(element("pre", { tabIndex: 0 }, await response.text()));
        said.textContent = "The answer is a graph in Turtle.";
      } else {
        const answer = await response.json();
        said.textContent = summary(answer);
        if (answer.results) shown.append(scrolled(table(answer)));
      }
      const shared = new URL(form.action);
      shared.searchParams.set("query", query);
      window.history.replaceState(null, "", shared);
    } catch (error) {
      if (!stop.signal.aborted) said.textContent = `The server did not answer: ${error.message}.`;
    }
  }

  function wrong(problem) {
    const text = problem.detail || problem.title || "The server refused the query.";
    said.textContent = text;
    if (problem.line) {
      const { from, to } = placeOf(view.state.doc, problem.line, problem.column ?? 1);
      view.dispatch({ selection: { anchor: from }, effects: [setMistake.of({ from, to, text }), EditorView.scrollIntoView(from)] });
      view.focus();
    }
  }

  const view = new EditorView({
    parent: host.attachShadow({ mode: "open" }), // its styles are then constructed, as the page's policy demands
    root: host.shadowRoot,
    state: EditorState.create({
      doc: area.value,
      extensions: [
        keymap.of([{ key: "Mod-Enter", run: () => { form.requestSubmit(); return true; } }]),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
        lineNumbers(), history(), bracketMatching(), closeBrackets(), EditorView.lineWrapping,
        StreamLanguage.define(sparql), syntaxHighlighting(colours), look, mistake,
        autocompletion({ override: [completions("/suggest/terms")], icons: false }),
        EditorView.domEventHandlers({ beforeinput: replaceSelection }),
        EditorView.contentAttributes.of({ "aria-label": `${label?.textContent.trim() || "Query"}. ${hint.textContent}` }),
        EditorView.updateListener.of((update) => { if (update.docChanged) area.value = update.state.doc.toString(); }),
      ],
    }),
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name) return; // a download: the form as it is
    event.preventDefault();
    run();
  });
  label?.addEventListener("click", () => view.focus());
  if (area.dataset.line) {
    wrong({ detail: document.getElementById("query-error")?.textContent.trim(), line: +area.dataset.line, column: +area.dataset.column });
  }
}

function summary(answer) {
  if (!answer.results) return answer.boolean ? "Yes." : "No.";
  const count = answer.results.bindings.length;
  const rows = count === 1 ? "1 row" : `${count.toLocaleString("en")} rows`;
  return count > MOST_ROWS ? `${rows}; the table has the first ${MOST_ROWS.toLocaleString("en")}.` : `${rows}.`;
}

function scrolled(content) {
  const made = element("div", { className: "scroll", tabIndex: 0 }, content);
  made.setAttribute("role", "region");
  made.setAttribute("aria-label", "Answer");
  return made;
}

const area = document.querySelector("form textarea#query");
if (area) start(area);
