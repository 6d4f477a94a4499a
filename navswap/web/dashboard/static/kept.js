// What a panel follows: the things of a stream's snapshot, then each of them as it changes.

export class Kept {
  /** `all` and `one` are the fields of a snapshot and of an update; `isOver` says of which things the list lets go. */
  constructor(operation, { all, one, isOver }) {
    Object.assign(this, { operation, all, one, isOver });
    this.forget();
  }

  forget() {
    this.things = new Map();
    this.isKnown = false;
  }

  /** Take a message of the stream; returns the ids of what changed. */
  take(change) {
    if (change[this.all]) {
      this.things = new Map(change[this.all].map((thing) => [thing.id, thing]));
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
