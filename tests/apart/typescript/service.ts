// A service through openapi-fetch and its generated types, and which of its operations were asked.
import createClient from 'openapi-fetch';

/** Where each service is, and which token it wants. */
const services: Record<string, { address: string; token: string }> = JSON.parse(process.env.KAPPA_SERVICES ?? '{}');

/** "POST /login", by service: what was asked. */
export const asked: Record<string, string[]> = {};

export function service<Paths extends {}>(name: string, token = services[name].token) {
  // The query's free parameters travel as they are named: style "form", exploded, as the description says.
  const client = createClient<Paths>({ baseUrl: services[name].address, querySerializer: { object: { style: 'form', explode: true } } });
  const login = { token };
  asked[name] = [];
  client.use({
    onRequest({ request, schemaPath }) {
      asked[name].push(`${request.method} ${schemaPath}`);
      if (login.token) request.headers.set('Authorization', `Bearer ${login.token}`);
      return request;
    },
  });
  return { client, login };
}

type Answer<Data, Refusal> = { data?: Data; error?: Refusal; response: Response };

/** What an operation replies; it must not be refused. */
export async function given<Data, Refusal>(asking: Promise<Answer<Data, Refusal>>) {
  const { data, error, response } = await asking;
  if (data === undefined) throw new Error(`${response.status} ${response.url}: ${JSON.stringify(error)}`);
  return data;
}

/** What a refusal says; it must have that status. */
export async function refused<Data, Refusal>(status: number, asking: Promise<Answer<Data, Refusal>>) {
  const { data, error, response } = await asking;
  if (response.status !== status || error === undefined)
    throw new Error(`${response.status} ${response.url}, expected ${status}: ${JSON.stringify(data ?? error)}`);
  return error;
}

export function expect(holds: unknown, what: unknown) {
  if (!holds) throw new Error(`not as expected: ${typeof what === 'string' ? what : JSON.stringify(what)}`);
}

export const same = (a: unknown, b: unknown) => expect(JSON.stringify(a) === JSON.stringify(b), [a, b]);
