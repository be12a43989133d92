// The two ends of a connection see each other as a port: messages go in, messages come out, in order.

/** One end of a connection that carries plain data, ArrayBuffers and typed arrays. What arrives may be anything. */
export interface Port {
  /** Sends a message; on a closed port it is dropped. Throws only for what cannot be sent, such as a BigInt: TypeError or RangeError. */
  post(message: unknown): void;
  /** Sets the one listener. `onClose` is called once, with a reason when the other end went away by itself. */
  listen(onMessage: (message: unknown) => void, onClose: (reason: string) => void): void;
  /** Closes this end; the other end's `onClose` is called where it can notice. */
  close(): void;
}
