// Each message that arrives is handled in a turn of its own, so that what cuts off one loses no other.
import type { Port } from '../../protocol/port.js';
import { inTurn } from './turns.js';

/** The port, with its messages one a turn. */
export function oneAtATime(port: Port): Port {
  return {
    post: (message) => port.post(message),
    listen: (onMessage, onClose) =>
      port.listen(
        (message) => void inTurn(() => onMessage(message)),
        (reason) => void inTurn(() => onClose(reason)),
      ),
    close: () => port.close(),
  };
}
