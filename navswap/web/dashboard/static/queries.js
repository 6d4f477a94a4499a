// "See the query": the operations of a panel, to read, to copy, and to try.

import { find, h } from "./dom.js";
import OPERATIONS from "./operations.js";

find("query-copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(find("query-text").textContent);
  find("query-copy").textContent = "Copied";
});

/** Show operations by their names, the first one opened. */
export function showQueries(names) {
  find("query-names").replaceChildren(...names.map((name) => h("button", { type: "button", data: { name }, onclick: () => choose(name) }, name)));
  choose(names[0]);
  find("query-dialog").showModal();
}

function choose(name) {
  for (const button of find("query-names").children) {
    button.setAttribute("aria-pressed", `${button.dataset.name === name}`);
  }
  find("query-copy").textContent = "Copy";
  find("query-text").textContent = OPERATIONS[name];
  find("query-open").href = `/graphiql#query=${encodeURIComponent(OPERATIONS[name])}`;
}
