// A child for the tests of startChild: sends back what it gets on each pipe, and prints or ends when told to.
import { parentPort } from '../../../src/protocol/child.js';

for (let index = 0; index < Number(process.env.PIPES); index++) {
  const port = parentPort(index);
  port.listen(
    (message) => {
      if (message === 'print') process.stdout.write('printed\n');
      else if (message === 'fail') process.exit(3);
      else port.post({ index, message });
    },
    () => process.exit(0),
  );
}
