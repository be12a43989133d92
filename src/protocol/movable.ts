// Which parts of a message are worth moving to the other end instead of copying them.

/** Below this many bytes copying costs less. */
const smallest = 4096;

/** The buffers in a message that whoever posts it may give away: those of large arrays that fill theirs. */
export function movable(message: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (ArrayBuffer.isView(value)) {
      const { buffer, byteLength } = value;
      if (buffer instanceof ArrayBuffer && byteLength >= smallest && byteLength === buffer.byteLength) found.add(buffer);
    } else if (value instanceof ArrayBuffer) {
      if (value.byteLength >= smallest) found.add(value);
    } else for (const item of Object.values(value)) look(item);
  };
  look(message);
  return [...found];
}
