// The language service process: one for all notebooks. Its pipe speaks languageContract; it ends when its host does.
import { Connection } from '../../protocol/connection.js';
import { parentPort } from '../../protocol/child.js';
import { languageContract, languageHostContract } from '../../protocol/language.js';
import { LanguageService } from './service.js';

const service = new LanguageService((notebooks) => connection.send('stale', { notebooks }));
service.warmUp();
const connection = new Connection(parentPort(0), {
  here: languageContract,
  there: languageHostContract,
  handlers: service.handlers,
  onProblem: (problem) => console.error(`Refused: ${problem}`),
  onClose: () => process.exit(0),
});
