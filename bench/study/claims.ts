// What the four texts claim, and how what was found judges it. A verdict follows from numbers: other numbers, another verdict.

import { ofTheAnswer, ofThePost } from './claims-of-posts.js';
import { ofTheArticle, ofTheDraft } from './claims-of-papers.js';
import type { Claim } from './judging.js';

/** All claims, text by text. */
export const claims: readonly Claim[] = [...ofTheAnswer, ...ofThePost, ...ofTheDraft, ...ofTheArticle];
