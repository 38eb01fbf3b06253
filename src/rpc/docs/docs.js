'use strict';
// Starts Swagger UI on the description of this server, and logs in for it, or takes a module's token. The token stays in this page: nothing is
// stored, and it is gone when the page is.

const at = (id) => document.getElementById(id);
const scheme = 'bearer'; // its name in the description

let token = null;
let entrance = 'login'; // the form to come in by; a module's operations all want the module's token instead

function useToken(given, who) {
  token = given;
  if (token) ui.preauthorizeApiKey(scheme, token);
  else ui.authActions.logout([scheme]);
  at('who').textContent = who ?? '';
  at(entrance).hidden = Boolean(token);
  at('logout').hidden = !token;
}

// What is done by hand below, under "Try it out", counts here too.
function follow(response) {
  if (entrance !== 'login' || !response.ok || !response.url) return response;
  const path = new URL(response.url).pathname.replace(/\/$/, '');
  if (path === '/login' || path === '/user/password') useToken(response.obj.access_token, 'logged in');
  if (path === '/logout') useToken(null);
  return response;
}

async function post(path, body) {
  const headers = { 'Content-Type': 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  const reply = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  const said = await reply.json().catch(() => ({})); // a proxy may answer in HTML
  if (!reply.ok) throw new Error(typeof said.detail === 'string' ? said.detail : `refused with status ${reply.status}`);
  return said;
}

async function attempt(action) {
  at('trouble').textContent = '';
  try {
    await action();
  } catch (error) {
    at('trouble').textContent = error.message;
  }
}

at('login').addEventListener('submit', (event) => {
  event.preventDefault();
  attempt(async () => {
    const username = at('username').value;
    const { access_token } = await post('/login', { username, password: at('password').value });
    at('password').value = '';
    useToken(access_token, username);
  });
});

at('module').addEventListener('submit', (event) => {
  event.preventDefault();
  useToken(at('module_token').value.trim(), 'with the token');
  at('module_token').value = '';
});

at('logout').addEventListener('submit', (event) => {
  event.preventDefault();
  attempt(async () => {
    try {
      if (entrance === 'login') await post('/logout', {});
    } finally {
      useToken(null); // it may have died by itself
    }
  });
});

const ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  responseInterceptor: follow,
  onComplete: () => {
    const description = ui.specSelectors.specJson();
    at('title').textContent = description.getIn(['info', 'title']);
    document.title = `${at('title').textContent} API`;
    const paths = description.get('paths');
    if (paths.every((path) => path.every((operation) => operation.has('security')))) entrance = 'module';
    at(entrance).hidden = entrance === 'login' && !paths.has('/login');
  },
});
