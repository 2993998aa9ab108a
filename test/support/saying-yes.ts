import type { Elicit } from './mcp.ts';

/** A person who says yes to everything, and types the name where one is to be typed. @param questions keeps what was asked */
export function sayingYes(questions: string[] = []): Elicit {
  return ({ message, ...request }) => {
    questions.push(message);
    const schema = JSON.stringify('requestedSchema' in request ? request.requestedSchema : {});
    const name = /"Type (.*?) to confirm"/.exec(schema)?.[1];
    const content = { answer: 'run', ...(name === undefined ? {} : { name }) };
    return { action: 'accept', content };
  };
}
