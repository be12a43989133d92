// The entry of the command `parseval`.
import { main } from './entry.js';

await main(async () => {
  const library = await import('../index.js');
  library.measureConvolutions();
  return library;
});
