// The entry of the command `parseval`.
import { main } from './entry.js';

await main(() => import('../index.js'));
