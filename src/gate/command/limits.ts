/** Longest command that is looked into, UTF-16 units; a longer one counts as destroying unread. */
export const longestCommand = 32 * 1024;
/** How much text is read in all, that of scripts within included. */
export const mostText = 48 * 1024;
/** How deep scripts and wrappers within each other are followed. */
export const deepest = 8;
/** How deep substitutions within each other are followed. */
export const deepestSubstitution = 16;
/** How many simple commands are judged, those of guesses and nested scripts included. */
export const mostCommands = 300;
/** How many other parts are judged. */
export const mostParts = 2000;
/** How many words one simple command may have. */
export const mostWords = 1000;
/** How many words one braced word may become, and how many characters may stand in braces. */
export const mostBraced = 128;
export const longestBrace = 500;
/** How many braces one word may have. */
export const mostBraces = 16;
/** How many values of one variable are tried. */
export const mostValues = 6;
/** In how many folders a path that is not absolute is looked up. */
export const mostFolders = 64;
/** How many words of a guess are looked at. */
export const mostGuessed = 64;

/** Something of a command is beyond what is looked into. It never weakens a verdict: what is not seen may destroy. */
export class LimitReached extends Error {}
