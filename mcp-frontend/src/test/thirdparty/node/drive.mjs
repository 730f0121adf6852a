// Drives an MCP server over stdio or HTTP with the official TypeScript client, of the 1.x or the 2.x line.
// Takes the line ("1", "2", or "2-modern" for revision 2026-07-28) and one JSON object (command, or url and headers; program, long, after) as arguments and
// prints one: the server, its tools, a run with its progress, and what came after a cancelled one.

const [line, orders] = [process.argv[2], JSON.parse(process.argv[3])];
const [{ Client }, { StdioClientTransport }, { StreamableHTTPClientTransport }] =
  line === '1'
    ? await Promise.all([
        import('@modelcontextprotocol/sdk/client/index.js'),
        import('@modelcontextprotocol/sdk/client/stdio.js'),
        import('@modelcontextprotocol/sdk/client/streamableHttp.js'),
      ])
    : await Promise.all([
        import('@modelcontextprotocol/client'),
        import('@modelcontextprotocol/client/stdio'),
        import('@modelcontextprotocol/client'),
      ]);

const negotiation = line === '2-modern' ? { versionNegotiation: { mode: 'auto' } } : {};
const client = new Client({ name: 'third-party-test', version: '1' }, negotiation);

/** How the server is reached. */
function transport() {
  if (orders.url) {
    const { url, headers } = orders;
    return new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  }
  const [command, ...args] = orders.command;
  return new StdioClientTransport({ command, args, env: { ...process.env, ...orders.env } });
}

await client.connect(transport());

/** The 2.x line takes the options second; 1.x takes a result schema there. */
function run(code, options = {}) {
  const request = { name: 'run_code', arguments: { code } };
  return line === '1'
    ? client.callTool(request, undefined, options)
    : client.callTool(request, options);
}

const tools = (await client.listTools()).tools.map((tool) => tool.name);
const progress = [];
const answer = await run(orders.program, { onprogress: (p) => progress.push(p) });

const controller = new AbortController();
let begun;
const printed = new Promise((resolve) => (begun = resolve));
const long = run(orders.long, { signal: controller.signal, onprogress: begun }).then(
  () => false,
  () => true,
);
await printed;
controller.abort('enough');
const cancelled = await long;
const after = await run(orders.after);

console.log(
  JSON.stringify({
    sdk: line,
    version: line === '1' ? '' : client.getNegotiatedProtocolVersion(),
    server: client.getServerVersion().name,
    tools,
    failed: answer.isError === true,
    text: answer.content[0].text,
    structured: answer.structuredContent,
    progress,
    cancelled,
    after: after.content[0].text,
  }),
);
await client.close();
