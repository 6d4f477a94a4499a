// Who and what moves: transport jobs and their offers, and the staff.

import { nodesOf } from "./api.js";
import { gauge } from "./charts.js";
import { Kept } from "./kept.js";
import { clockTime, distance, empty, figure, figures, h, heading, minutes, number, percent, stationLink, table, words, written } from "./dom.js";
import { AUDITORS, OVERSEERS } from "./roles.js";


const MOST_LISTED = 50;
const openJobs = new Kept("OpenJobs", { all: "jobs", one: "job", isOver: (job) => !["OPEN", "ACCEPTED", "IN_TRANSIT"].includes(job.state) });
const isOver = (assignment) => !assignment.isActive;
const allAssignments = new Kept("ActiveAssignments", { all: "assignments", one: "assignment", isOver, roles: AUDITORS });
const ownAssignment = new Kept("OwnAssignment", { all: "activeAssignment", one: "assignment", isOver, roles: ["STAFF"] });

export const transport = {
  id: "transport",
  title: "Transport",
  roles: OVERSEERS,
  operations: ["OpenJobs", "Transport", "TransportJobs"],
  everyMs: 60_000,
  follows: [openJobs],
  withinMs: 2_000, // its sums are over the whole network
  async load({ session }) {
    const isAuditor = AUDITORS.includes(session.user.role);
    const [overview, jobs] = await Promise.all([isAuditor ? session.ask("Transport") : null, jobsOf(session)]);
    return { overview: overview?.adminLogistics ?? null, jobs };
  },
  view({ overview, jobs }, context) {
    return [...(overview ? logistics(overview, context) : []), heading("Open jobs", jobs.length > MOST_LISTED ? `the first ${MOST_LISTED} of ${jobs.length} by when they are due` : null), jobTable(jobs, context)];
  },
};

export const staff = {
  id: "staff",
  title: "Staff",
  roles: OVERSEERS,
  operations: ["ActiveAssignments", "OwnAssignment", "Staff", "StaffAssignments"],
  everyMs: 60_000,
  follows: [allAssignments, ownAssignment],
  withinMs: 1_000, // the whole roster is asked for with each change
  async load({ session }) {
    const isAuditor = AUDITORS.includes(session.user.role);
    const [members, assignments] = await Promise.all([isAuditor ? session.askAll("Staff", (answer) => answer.staffMembers) : null, assignmentsOf(session)]);
    return { members, assignments };
  },
  view({ members, assignments }, context) {
    return [...(members ? people(members, assignments) : []), heading("On an assignment"), assignmentTable(assignments, context), ...(members ? roster(members, context) : [])];
  },
};

async function jobsOf(session) {
  if (openJobs.isKnown) {
    return openJobs.list.sort((one, other) => Date.parse(one.dueAt) - Date.parse(other.dueAt));
  }
  return nodesOf((await session.ask("TransportJobs")).transportJobs);
}

async function assignmentsOf(session) {
  const followed = [allAssignments, ownAssignment].find((kept) => kept.isKnown);
  if (followed) {
    return followed.list.sort((one, other) => Date.parse(other.proposedAt) - Date.parse(one.proposedAt));
  }
  return nodesOf((await session.ask("StaffAssignments")).staffAssignments);
}

function logistics({ jobs, offers, transporters, balances, shops }, context) {
  const answered = offers.acceptedToday + offers.declinedToday + offers.expiredToday;
  return [
    figures(
      figure("Open", number(jobs.open), `${offers.out} offers out`),
      figure("Accepted", number(jobs.accepted)),
      figure("In transit", number(jobs.inTransit)),
      figure("Overdue", number(jobs.overdue), null, jobs.overdue ? "bad" : "good"),
      figure("Delivered today", number(jobs.deliveredToday + jobs.partialToday), `${number(jobs.packsToday)} packs, ${jobs.lateToday} late`),
      figure("Offers accepted", percent(answered ? offers.acceptedToday / answered : null), `of ${answered} answered today`),
      figure("Transporters", number(transporters.online), `${transporters.busy} busy, ${transporters.idle} idle`),
      figure("Partner shops", `${number(shops.stockPacks)} of ${number(shops.capacityPacks)}`, "places filled"),
    ),
    heading("Least charged packs ahead", balances.shortStations ? `${number(balances.missingPacks)} missing at ${balances.shortStations} stations` : "no station will run short"),
    balances.worst.length === 0
      ? empty("Nothing is forecast yet.")
      : table(
          [{ title: "Station" }, { title: "Forecast", isNumber: true }, { title: "After jobs", isNumber: true }, { title: "By" }],
          balances.worst.map((balance) => [
            stationLink(balance.station, context, "balance"),
            number(balance.forecastPacks, 1),
            h("span", balance.afterJobsPacks < 0 ? { data: { tone: "bad" } } : {}, number(balance.afterJobsPacks, 1)),
            words(balance.source),
          ]),
          "Stations with the least charged packs ahead",
        ),
  ];
}

function jobTable(jobs, context) {
  return jobs.length === 0
    ? empty("No job is open.")
    : table(
        [{ title: "From" }, { title: "To" }, { title: "Packs", isNumber: true }, { title: "State" }, { title: "Due", isNumber: true }],
        jobs.slice(0, MOST_LISTED).map((job) => [
          stop(job.originStop, context, `from-${job.id}`),
          stop(job.targetStop, context, `to-${job.id}`),
          number(job.packs),
          h("span.pill", { data: { state: job.state } }, job.state === "OPEN" && job.offers.length ? `open, ${job.offers.length} offered` : words(job.state)),
          due(job.dueAt),
        ]),
        "Open jobs",
      );
}

function stop({ name, station }, context, key) {
  return station ? stationLink({ ...station, name }, context, key) : written(name);
}

function due(moment) {
  const isLate = Date.parse(moment) < Date.now();
  return h("time", { datetime: moment, title: clockTime(moment), ...(isLate ? { data: { tone: "bad" } } : {}) }, distance(moment));
}

function people(members, assignments) {
  const onShift = members.filter((member) => member.shiftEndsAt !== null);
  const moving = assignments.filter((assignment) => assignment.state === "MOVING").length;
  return [
    figures(
      figure("On shift", number(onShift.length), `of ${members.length}`),
      figure("Assigned", number(assignments.length), `${moving} on the way`),
      figure("Can repair", number(onShift.filter((member) => member.skills.includes("REPAIR")).length), "on shift"),
    ),
    h("p.bar", {}, gauge(onShift.length, members.length, { label: `${onShift.length} of ${members.length} on shift` })),
  ];
}

function assignmentTable(assignments, context) {
  return assignments.length === 0
    ? empty("All staff are at their home stations.")
    : table(
        [{ title: "Who" }, { title: "To" }, { title: "Cause" }, { title: "State" }, { title: "Way", isNumber: true }],
        assignments.map((assignment) => [
          nameOf(assignment.staffMember),
          stationLink(assignment.target, context, assignment.id),
          words(assignment.cause),
          h("span.pill", { data: { state: assignment.state } }, words(assignment.state)),
          minutes(assignment.inputs.travelMinutes),
        ]),
        "Assignments",
      );
}

function nameOf(member) {
  return member?.user ? written(member.user.name) : "–";
}

function roster(members, context) {
  const onShift = members.filter((member) => member.shiftEndsAt !== null);
  return [
    heading("On shift now"),
    onShift.length === 0
      ? empty("No shift runs.")
      : table(
          [{ title: "Who" }, { title: "Home station" }, { title: "Skills" }, { title: "Until", isNumber: true }],
          onShift.map((member) => [nameOf(member), stationLink(member.homeStation, context, `home-${member.id}`), member.skills.map(words).join(", "), clockTime(member.shiftEndsAt)]),
          "Staff on shift",
        ),
  ];
}
