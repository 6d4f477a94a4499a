// Pictures that are drawn once and shown again in each frame: the ground of the map, and the marks on it.

const TILE = 256;
const MOST_MARKS = 600;

/** Streets and congestion, as one picture that is larger than the window, so that a pan only moves it. */
export class Ground {
  constructor() {
    this.picture = null;
    this.drawn = null;
  }

  /** Show the ground of a view. It is drawn again by `paint` where it does not reach, has another version, or a zoom has ended. */
  show(context, view, version, paint) {
    if (!this.fits(view, version)) {
      this.draw(view, version, paint);
    }
    const { drawn } = this;
    const pixels = TILE * 2 ** view.zoom;
    const grown = 2 ** (view.zoom - drawn.zoom);
    const [width, height] = [drawn.width * grown, drawn.height * grown];
    const x = (drawn.centre.x - view.centre.x) * pixels + (view.width - width) / 2;
    const y = (drawn.centre.y - view.centre.y) * pixels + (view.height - height) / 2;
    context.drawImage(this.picture, whole(x, view.ratio), whole(y, view.ratio), width, height);
  }

  fits(view, version) {
    const { drawn } = this;
    if (drawn === null || drawn.version !== version || drawn.window !== `${view.width}x${view.height}x${view.ratio}`) {
      return false;
    }
    if (drawn.zoom !== view.zoom) {
      return view.isZooming && Math.abs(drawn.zoom - view.zoom) < 1;
    }
    const pixels = TILE * 2 ** view.zoom;
    const reaches = (moved, size) => Math.abs(moved) * pixels <= beyond(size);
    return reaches(drawn.centre.x - view.centre.x, view.width) && reaches(drawn.centre.y - view.centre.y, view.height);
  }

  draw(view, version, paint) {
    const [width, height] = [view.width, view.height].map((size) => size + 2 * beyond(size));
    this.drawn = { version, width, height, zoom: view.zoom, centre: { ...view.centre }, window: `${view.width}x${view.height}x${view.ratio}` };
    const canvas = new OffscreenCanvas(Math.ceil(width * view.ratio), Math.ceil(height * view.ratio));
    const context = canvas.getContext("2d", { alpha: false });
    context.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
    paint({ ...view, context, width, height, dx: width / 2, dy: height / 2 });
    this.picture?.close();
    this.picture = canvas.transferToImageBitmap();
  }
}

/** Small pictures by their names. */
export class Marks {
  constructor() {
    this.pictures = new Map();
  }

  clear() {
    this.pictures.clear();
  }

  /** The picture of a name, which `paint` draws once, around the middle of a square of `size`. */
  of(name, size, ratio, paint) {
    let picture = this.pictures.get(name);
    if (!picture) {
      if (this.pictures.size >= MOST_MARKS) {
        this.clear();
      }
      const canvas = new OffscreenCanvas(Math.ceil(size * ratio), Math.ceil(size * ratio));
      const own = canvas.getContext("2d");
      own.scale(ratio, ratio);
      own.translate(size / 2, size / 2);
      paint(own);
      picture = canvas.transferToImageBitmap(); // which is shown without a copy, as a canvas is not
      this.pictures.set(name, picture);
    }
    return picture;
  }
}

/** How far the ground reaches beyond each side of a window of a size, in pixels. */
function beyond(size) {
  return Math.ceil(Math.max(280, 0.3 * size));
}

/** A place on a whole pixel of the device, where a picture is copied and not smoothed. */
function whole(value, ratio) {
  return Math.round(value * ratio) / ratio;
}
