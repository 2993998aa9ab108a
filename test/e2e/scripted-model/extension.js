// A language model for tests. It reads what to do from script.json in the folder SCRIPTED_MODEL_DIR, and writes a line to
// log.jsonl there for each request: what it was offered, what its tool calls returned, what it answered. The file chat-ready
// appears there when the editor's own chat extension, which may be enabled later, is active.
//
// It also runs commands, as any extension can: each line that is appended to commands.jsonl is one, and a line in
// outcomes.jsonl says how it ended.
const { appendFileSync, existsSync, readFileSync, watch, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const vscode = require('vscode');

/**
 * @typedef {{ tool: string, input: Record<string, unknown> }} Step
 * @typedef {{ id: string, steps: Step[], closing: string }} Script
 * @typedef {{ id: string, command: string, args: unknown[] }} Command
 */

const dir = process.env.SCRIPTED_MODEL_DIR ?? '';

const model = {
  id: 'scripted-1',
  name: 'Scripted One',
  family: 'scripted',
  version: '1',
  maxInputTokens: 200_000,
  maxOutputTokens: 8_000,
  capabilities: { toolCalling: true, imageInput: false },
};

/** @param {vscode.ExtensionContext} context */
exports.activate = (context) => {
  const provider = {
    provideLanguageModelChatInformation: () => [model],
    provideLanguageModelChatResponse: respond,
    provideTokenCount: async () => 10,
  };
  context.subscriptions.push(
    vscode.lm.registerLanguageModelChatProvider('scripted', provider),
    vscode.extensions.onDidChange(announceChat),
    vscode.commands.registerCommand('scripted-model.configure', configure),
    vscode.commands.registerCommand('scripted-model.invokeTools', invokeTools),
    runCommands(),
  );
  announceChat(); // not awaited: the chat waits for this model
};

/** Those that stand there already were run before the window was loaded again. */
function runCommands() {
  let seen = readCommands().length;
  const watcher = watch(dir, () => {
    const commands = readCommands();
    for (const command of commands.slice(seen)) void runCommand(command);
    seen = commands.length;
  });
  return new vscode.Disposable(() => watcher.close());
}

/** @param {Command} command */
async function runCommand({ id, command, args }) {
  const error = await vscode.commands.executeCommand(command, ...args).then(() => undefined, String);
  appendFileSync(join(dir, 'outcomes.jsonl'), `${JSON.stringify({ id, error })}\n`);
}

/** @returns {Command[]} the lines that are whole */
function readCommands() {
  const file = join(dir, 'commands.jsonl');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

/** @param {string} setting @param {unknown} value */
function configure(setting, value) {
  return vscode.workspace.getConfiguration().update(setting, value, vscode.ConfigurationTarget.Global);
}

/**
 * Calls tools all at once, as an agent does that does not wait; their answers are lines in invoked.jsonl.
 * @param {Step[]} steps
 */
function invokeTools(steps) {
  for (const { tool, input } of steps) {
    const name = vscode.lm.tools.find((one) => one.name.endsWith(`_${tool}`))?.name ?? tool;
    const called = vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
    called
      .then((result) => result.content.map(textOf).join('\n'), String)
      .then((answer) => appendFileSync(join(dir, 'invoked.jsonl'), `${JSON.stringify({ answer })}\n`));
  }
}

async function announceChat() {
  const chat = vscode.extensions.getExtension('GitHub.copilot-chat');
  if (chat === undefined) return;
  await chat.activate();
  writeFileSync(join(dir, 'chat-ready'), '');
}

/**
 * Answers with the script's next step: the first one whose result is not yet among the messages. The editor also asks side
 * questions (a title for the chat, for example); they come without tools and get plain text.
 * @type {vscode.LanguageModelChatProvider['provideLanguageModelChatResponse']}
 */
async function respond(_model, messages, options, progress) {
  const script = readScript();
  const tools = (options.tools ?? []).map((tool) => tool.name);
  const results = resultsOf(messages, script);
  const step = tools.length > 0 ? script.steps[results.length] : undefined;
  const answer = answerTo(script, step, tools);
  log({ script: script.id, tools, results, answer });
  progress.report(
    'tool' in answer
      ? new vscode.LanguageModelToolCallPart(`${script.id}-${results.length}`, answer.tool, answer.input)
      : new vscode.LanguageModelTextPart(answer.text),
  );
}

/**
 * @param {Script} script
 * @param {Step | undefined} step
 * @param {string[]} tools
 * @returns {{ tool: string, input: Record<string, unknown> } | { text: string }}
 */
function answerTo(script, step, tools) {
  if (step === undefined) return { text: tools.length > 0 ? script.closing : 'A chat' };
  const tool = tools.find((name) => name === step.tool || name.endsWith(`_${step.tool}`));
  return tool ? { tool, input: step.input } : { text: `SCRIPT-ERROR: the tool ${step.tool} was not offered.` };
}

/**
 * @param {readonly vscode.LanguageModelChatRequestMessage[]} messages
 * @param {Script} script
 * @returns {string[]} the results of this script's own calls, in order
 */
function resultsOf(messages, script) {
  return messages
    .flatMap((message) => message.content)
    .filter((part) => part instanceof vscode.LanguageModelToolResultPart)
    .filter((result) => result.callId.startsWith(`${script.id}-`))
    .map((result) => result.content.map(textOf).join('\n'));
}

/** @param {unknown} part */
function textOf(part) {
  return part instanceof vscode.LanguageModelTextPart ? part.value : JSON.stringify(part);
}

/** @returns {Script} */
function readScript() {
  try {
    return JSON.parse(readFileSync(join(dir, 'script.json'), 'utf8'));
  } catch (error) {
    return { id: 'none', steps: [], closing: `SCRIPT-ERROR: ${error}` };
  }
}

/** @param {unknown} entry */
function log(entry) {
  appendFileSync(join(dir, 'log.jsonl'), `${JSON.stringify(entry)}\n`);
}
