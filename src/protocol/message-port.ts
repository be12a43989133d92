// A port over a MessagePort of a thread: messages are cloned, and large arrays move instead.
import type { MessagePort } from 'node:worker_threads';
import { movable } from './movable.js';
import type { Port } from './port.js';

/** A port over a MessagePort. Whoever posts a large array that fills its buffer gives it away: it is empty afterwards. */
export function messagePortPort(port: MessagePort): Port {
  let closed = false;
  let onClose: (reason: string) => void = () => undefined;
  const end = (reason: string): void => {
    if (closed) return;
    closed = true;
    port.close();
    onClose(reason);
  };
  return {
    post(message) {
      if (!closed) port.postMessage(message, movable(message));
    },
    listen(onMessage, whenClosed) {
      onClose = whenClosed;
      port.on('message', (message: unknown) => {
        if (!closed) onMessage(message);
      });
      port.on('messageerror', () => end('a message could not be read'));
      port.on('close', () => end('the other end closed the connection'));
    },
    close() {
      if (closed) return;
      closed = true;
      port.close();
    },
  };
}
