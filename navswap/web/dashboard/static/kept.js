// What a panel follows: the things of a stream's snapshot, then each of them as it changes.

export class Kept {
  /**
   * `all` and `one` are the fields of a snapshot and of an update; `isOver` says of which things the list lets go, and
   * `roles` who may follow it, where that is not every role that sees the panel.
   */
  constructor(operation, { all, one, isOver, roles = null }) {
    Object.assign(this, { operation, all, one, isOver, roles });
    this.forget();
  }

  forget() {
    this.things = new Map();
    this.isKnown = false;
  }

  /** Take a message of the stream; returns the ids of what changed. */
  take(change) {
    if (change.__typename === "Ended") {
      this.forget();
      return [];
    }
    if (change[this.all] !== undefined) {
      const things = [change[this.all] ?? []].flat(); // of one thing alone, a snapshot has the thing or null
      this.things = new Map(things.map((thing) => [thing.id, thing]));
      this.isKnown = true;
      return [...this.things.keys()];
    }
    const thing = change[this.one];
    if (!thing) {
      return [];
    }
    if (this.isOver(thing)) {
      this.things.delete(thing.id);
    } else {
      this.things.set(thing.id, thing);
    }
    return [thing.id];
  }

  get list() {
    return [...this.things.values()];
  }
}
