// What a colour on the map means: one scale for each question, and its legend.

export const SCALES = {
  packs: {
    title: "Free packs",
    steps: [
      { name: "--scale-0", label: "none" },
      { name: "--scale-1", label: "1" },
      { name: "--scale-2", label: "2 to 3" },
      { name: "--scale-3", label: "4 to 6" },
      { name: "--scale-4", label: "7 or more" },
    ],
    stepOf: ({ status }) => [0, 1, 3, 6].filter((bound) => status.freePacks > bound).length,
  },
  wait: {
    title: "Wait, 90 % of riders",
    steps: [
      { name: "--scale-0", label: "over the promise" },
      { name: "--scale-1", label: "3/4 to all of it" },
      { name: "--scale-2", label: "1/2 to 3/4" },
      { name: "--scale-3", label: "1/4 to 1/2" },
      { name: "--scale-4", label: "under 1/4" },
    ],
    stepOf: ({ wait }) => (typeof wait?.waitP90Minutes === "number" ? [1, 0.75, 0.5, 0.25].filter((bound) => wait.waitP90Minutes <= bound * wait.promisedWaitMinutes).length : null),
  },
  queue: {
    title: "Riders in the queue",
    steps: [
      { name: "--scale-0", label: "6 or more" },
      { name: "--scale-1", label: "4 to 5" },
      { name: "--scale-2", label: "2 to 3" },
      { name: "--scale-3", label: "1" },
      { name: "--scale-4", label: "none" },
    ],
    stepOf: ({ status }) => [5, 3, 1, 0].filter((bound) => status.queueLength <= bound).length,
  },
};

export const CLOSED = "--closed";

/** The colour's name of a station; `--closed` where it gives no packs or the answer is unknown. */
export function shade(station, scale) {
  if (station.status.state !== "OPEN") {
    return CLOSED;
  }
  const step = SCALES[scale].stepOf(station);
  return step === null ? CLOSED : SCALES[scale].steps[step].name;
}
