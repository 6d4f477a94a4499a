// "See the query": the operations of a panel, to read, to copy, and to try.

import { find, h } from "./dom.js";
import OPERATIONS from "./operations.js";

find("query-copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(find("query-text").textContent);
    find("query-copy").textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(find("query-text")); // no clipboard without https: the user copies the selection
    find("query-copy").textContent = "Selected";
  }
});

let lender = "";

/** Show operations by their names, the first one opened; GraphiQL opens them with the session of that id. */
export function showQueries(names, session) {
  lender = session.id;
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
  find("query-open").href = `/graphiql#lender=${lender}&query=${encodeURIComponent(OPERATIONS[name])}`;
}
