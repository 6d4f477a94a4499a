// Tickets: what is broken, who sees to it, and what to do about it, for those who may.

import { newKey, nodesOf } from "./api.js";
import { gauge } from "./charts.js";
import { Kept } from "./kept.js";
import { dayTime, distance, empty, find, h, heading, minutes, percent, sentence, stationLink, words, written } from "./dom.js";
import { OPERATORS, OVERSEERS } from "./roles.js";

const ACTIONS = ["RESET_MODULE", "LOCK_SLOT", "DERATE_CHARGING", "REROUTE_RIDERS", "SWAP_MODULE", "SEND_TECHNICIAN"];
const SHOWN = { unresolved: "Unresolved", mine: "Mine", RESOLVED: "Resolved" };
const ORDER = { CRITICAL: 0, MAJOR: 1, MINOR: 2 };

const open = new Kept("OpenTickets", { all: "tickets", one: "ticket", isOver: (ticket) => ticket.state === "RESOLVED" });

/** What is looked at, and what was last said of an act; the list follows its stream. */
const state = { shown: "unresolved", opened: null, said: null, assignees: null };

export const tickets = {
  id: "tickets",
  title: "Tickets",
  roles: OVERSEERS,
  operations: ["OpenTickets", "Tickets", "Ticket", "AssignTicket", "CommentTicket", "ResolveTicket", "ReopenTicket"],
  everyMs: 60_000,
  follows: [open],
  /** Whether what is shown has another content after changes to some tickets. */
  concerns: (ids) => (state.opened === null ? state.shown !== "RESOLVED" : ids.includes(state.opened)),
  async load({ session }) {
    if (session.user.role === "ADMIN" && state.assignees === null) {
      const members = await session.askAll("Assignees", (answer) => answer.staffMembers);
      state.assignees = members.filter((member) => member.user !== null);
    }
    const { opened, shown } = state;
    if (opened !== null) {
      return { opened, shown, ticket: (await session.ask("Ticket", { id: opened })).ticket };
    }
    return { opened, shown, list: await listOf(session) };
  },
  view({ opened, shown, list, ticket }, context) {
    if (opened !== state.opened || (opened === null && shown !== state.shown)) {
      return [empty("Loading …")]; // an answer to what was looked at before
    }
    return opened === null ? listView(list, context) : ticketView(ticket, context);
  },
  /** Forget what the last user looked at. */
  reset() {
    Object.assign(state, { shown: "unresolved", opened: null, said: null, assignees: null });
    open.forget();
  },
};

async function listOf(session) {
  const ask = async (filter) => nodesOf((await session.ask("Tickets", { filter })).tickets);
  if (state.shown === "RESOLVED") {
    return ask({ state: "RESOLVED" });
  }
  const unresolved = open.isKnown ? open.list : (await Promise.all([ask({ state: "OPEN" }), ask({ state: "ASSIGNED" })])).flat();
  const shown = state.shown === "mine" ? unresolved.filter((ticket) => ticket.assignee?.id === session.user.id) : unresolved;
  return shown.sort((one, other) => ORDER[one.severity] - ORDER[other.severity] || Date.parse(one.dueAt) - Date.parse(other.dueAt));
}

function listView(list, context) {
  const tab = ([name, title]) =>
    h("button", { type: "button", "aria-pressed": `${state.shown === name}`, data: { key: `shown-${name}` }, onclick: () => change({ shown: name }, context) }, title);
  return [
    h("div.segmented", { role: "group", "aria-label": "Which tickets" }, Object.entries(SHOWN).map(tab)),
    list.length === 0
      ? empty(state.shown === "RESOLVED" ? "None was resolved yet." : "None. Nothing waits to be repaired.")
      : h("ol.tickets", { id: "ticket-list" }, list.map((ticket) => ticketRow(ticket, context))),
  ];
}

function ticketRow(ticket, context) {
  const isLate = ticket.state !== "RESOLVED" && Date.parse(ticket.dueAt) < Date.now();
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", data: { key: ticket.id, id: ticket.id }, onclick: () => change({ opened: ticket.id }, context) },
      h("span.severity", { data: { severity: ticket.severity } }, words(ticket.severity)),
      h("strong", {}, sentence(ticket.code)),
      h("span.where", {}, written(ticket.station.name), ticket.evseId === null ? null : `, slot ${ticket.evseId}`),
      h("span.who", {}, ticket.assignee ? written(ticket.assignee.name) : ticket.state === "RESOLVED" ? "resolved" : "not assigned"),
      h("time", { datetime: ticket.dueAt, ...(isLate ? { data: { tone: "bad" } } : {}) }, ticket.state === "RESOLVED" ? distance(ticket.resolvedAt) : `due ${distance(ticket.dueAt)}`),
    ),
  );
}

function ticketView(ticket, context) {
  const back = h("button.back", { type: "button", data: { key: "back" }, onclick: () => change({ opened: null, said: null }, context) }, "‹ All tickets");
  if (!ticket) {
    return [back, empty("There is no such ticket.")];
  }
  const analysis = ticket.fault?.analyses.at(-1);
  return [
    back,
    h("h3.title", {}, sentence(ticket.code), h("span.severity", { data: { severity: ticket.severity } }, words(ticket.severity)), h("span.pill", { id: "ticket-state", data: { state: ticket.state } }, words(ticket.state))),
    h("p", {}, stationLink(ticket.station, context, "ticket"), `${ticket.evseId === null ? "" : `, slot ${ticket.evseId}`}. Opened ${distance(ticket.openedAt)}, due ${distance(ticket.dueAt)}. `, ticket.assignee ? [written(ticket.assignee.name), " sees to it."] : "It is not assigned."),
    ticket.fault?.description ? h("p.soft", {}, ticket.fault.description) : null,
    analysis ? advice(analysis) : null,
    h("output.said", { id: "ticket-said", role: "status" }, state.said ?? ""),
    OPERATORS.includes(context.session.user.role) ? acts(ticket, context) : h("p.soft", {}, "Your role may look on; administrators and staff act."),
    heading("History"),
    h(
      "ol.history",
      {},
      [
        ...ticket.history.map((event) => ({ at: event.occurredAt, says: [sentence(event.kind), event.detail ? [": ", written(event.detail)] : null] })),
        ...ticket.comments.map((comment) => ({ at: comment.writtenAt, says: [written(comment.author?.name ?? "A user"), ": ", written(comment.text)] })),
      ]
        .sort((one, other) => Date.parse(other.at) - Date.parse(one.at))
        .map((event) => h("li", {}, h("time", { datetime: event.at }, dayTime(event.at)), h("span", {}, event.says))),
    ),
  ];
}

function advice(analysis) {
  return [
    heading("What is likely to end it", `by ${words(analysis.source)}`),
    h("ul.advice", {}, analysis.ranked.slice(0, 4).map((one) => h("li", {}, h("span", {}, sentence(one.action)), gauge(one.probability, 1, { label: percent(one.probability) }), h("b", {}, percent(one.probability)), h("small", {}, minutes(one.expectedMinutes))))),
  ];
}

function acts(ticket, context) {
  if (ticket.state === "RESOLVED") {
    return form("reopen", "Reopen", [text("reason", "Why")], context, (values, filledIn) => act("ReopenTicket", { ticketId: ticket.id, ...values }, "Reopened.", context, filledIn));
  }
  const { user } = context.session;
  const assign = (assigneeId, filledIn = null) => act("AssignTicket", { ticketId: ticket.id, assigneeId }, "Assigned.", context, filledIn);
  return h(
    "div.acts",
    { id: "ticket-acts" },
    user.role === "ADMIN"
      ? form("assign", "Assign", [choice("assigneeId", "Assign to", (state.assignees ?? []).map((member) => [member.user.id, `${member.user.name} (${member.skills.map(words).join(", ")})`]), ticket.assignee?.id)], context, ({ assigneeId }, filledIn) => assign(assigneeId, filledIn))
      : ticket.assignee?.id === user.id
        ? null
        : h("button.primary", { type: "button", id: "take-ticket", data: { key: "take" }, onclick: (event) => once(event.target, () => assign(user.id)) }, "Take it"),
    form("resolve", "Resolve", [choice("action", "What ended it", ACTIONS.map((action) => [action, sentence(action)]), ticket.recommendedAction), text("detail", "What was done")], context, (values, filledIn) => act("ResolveTicket", { ticketId: ticket.id, ...values }, "Resolved.", context, filledIn)),
    form("comment", "Comment", [text("text", "Comment")], context, (values, filledIn) => act("CommentTicket", { ticketId: ticket.id, idempotencyKey: newKey(), ...values }, "Written down.", context, filledIn)),
  );
}

function form(name, label, fields, context, onSubmit) {
  const submit = (event) => {
    event.preventDefault();
    const button = event.target.querySelector("button");
    button.focus();
    once(button, () => onSubmit(Object.fromEntries(new FormData(event.target)), event.target));
  };
  return h("form", { id: `${name}-ticket`, onsubmit: submit }, fields, h("button", { type: "submit", data: { key: `submit-${name}` } }, label));
}

/** Do what a button asks for, and nothing more until that is done. */
async function once(button, work) {
  if (button.getAttribute("aria-disabled") !== "true") {
    button.setAttribute("aria-disabled", "true");
    await work();
    button.removeAttribute("aria-disabled");
  }
}

function text(name, label) {
  return h("label", {}, h("span", {}, label), h("input", { name, required: true, maxlength: 500, autocomplete: "off", data: { key: `text-${name}` } }));
}

function choice(name, label, options, chosen) {
  return h("label", {}, h("span", {}, label), h("select", { name, required: true, data: { key: `choice-${name}` } }, options.map(([value, title]) => h("option", { value, selected: value === chosen }, title))));
}

/** Act on the ticket that is opened; where that is refused or fails, what was typed stays. */
async function act(operation, input, done, context, filledIn = null) {
  const { opened } = state;
  try {
    const [answer] = Object.values(await context.session.ask(operation, { input }));
    state.said = answer.ticket ? done : answer.message;
    if (answer.ticket) {
      filledIn?.reset();
    }
  } catch (error) {
    state.said = error.message;
  }
  if (opened === state.opened) {
    find("ticket-said")?.replaceChildren(state.said);
    await context.refresh();
  } else {
    state.said = null; // the user looks at another ticket by now
  }
}

function change(what, context) {
  Object.assign(state, what);
  return context.refresh();
}
