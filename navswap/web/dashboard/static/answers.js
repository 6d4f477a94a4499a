// Answers that come late: what is shown is never replaced by something older, or by what another user was to see.

export class Answers {
  constructor() {
    this.asked = 0;
    this.taken = 0;
  }

  /** Ask once more; the function returned says, once the answer is there, whether it may still be shown. */
  ask() {
    this.asked += 1;
    const mine = this.asked;
    return () => {
      const isNewer = mine > this.taken;
      this.taken = Math.max(this.taken, mine);
      return isNewer;
    };
  }

  /** Show none of the answers that were asked for until now. */
  drop() {
    this.taken = this.asked;
  }
}
