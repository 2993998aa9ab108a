/** Longest command that is looked into, UTF-16 units; a longer one counts as destroying unread. */
export const longestCommand = 64 * 1024;
/** How deep scripts and wrappers within each other are followed. */
export const deepest = 8;
/** How many simple commands are judged, those of guesses and nested scripts included. */
export const mostCommands = 3000;
/** How many words one braced word may become. */
export const mostWords = 128;
/** How many values of one variable are tried. */
export const mostValues = 6;

/** Something of a command is beyond what is looked into. It never weakens a verdict: what is not seen may destroy. */
export class LimitReached extends Error {}
