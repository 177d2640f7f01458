// What a person does with a site in a browser.

import { cookiesOf, request } from './http-client.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const PASSWORD = 'correct horse battery staple';

/**
 * Sets up WordPress where that has not been done, uploads a file, and reads it and the title;
 * rejects where it cannot.
 */
export async function publish(origin: string): Promise<void> {
  const setUp = new URLSearchParams({
    weblog_title: 'Carved in stone',
    user_name: 'author',
    admin_password: PASSWORD,
    admin_password2: PASSWORD,
    admin_email: 'author@example.com',
    language: '',
  });
  await request(
    `${origin}/wp-admin/install.php?step=2`,
    { method: 'POST', headers: FORM, body: setUp.toString() },
    { status: 200, body: /Success!|Already Installed/ },
  );
  const name = `note-${Date.now()}.txt`;
  await request(
    `${origin}/xmlrpc.php`,
    { method: 'POST', headers: { 'content-type': 'text/xml' }, body: uploadOf(name) },
    { status: 200, body: new RegExp(`/uploads/.*/${name}`) },
  );
  const now = new Date();
  const month = `${now.getUTCFullYear()}/${String(now.getUTCMonth() + 1).padStart(2, '0')}`;
  const uploaded = `${origin}/wp-content/uploads/${month}/${name}`;
  await request(uploaded, {}, { status: 200, body: /^kept$/ });
  await request(`${origin}/`, {}, { status: 200, body: /<title>Carved in stone/ });
}

/** The call of WordPress's XML-RPC that uploads a file. */
function uploadOf(name: string): string {
  const content = Buffer.from('kept').toString('base64');
  const values = [
    '<int>1</int>',
    '<string>author</string>',
    `<string>${PASSWORD}</string>`,
    `<struct>
      <member><name>name</name><value><string>${name}</string></value></member>
      <member><name>type</name><value><string>text/plain</string></value></member>
      <member><name>bits</name><value><base64>${content}</base64></value></member>
    </struct>`,
  ];
  const params = values.map((value) => `<param><value>${value}</value></param>`).join('');
  return `<?xml version="1.0"?><methodCall><methodName>wp.uploadFile</methodName><params>${params}</params></methodCall>`;
}

/** Signs in to Adminer, and sees the databases; rejects where it cannot. */
export async function signIn(origin: string): Promise<void> {
  const body = new URLSearchParams({
    'auth[driver]': 'server',
    'auth[server]': '127.0.0.1',
    'auth[username]': 'author',
    'auth[password]': 'secret',
    'auth[db]': '',
  });
  const signedIn = await request(
    `${origin}/`,
    { method: 'POST', headers: FORM, body: body.toString() },
    { status: 302 },
  );
  const cookie = cookiesOf(signedIn);
  const page = new URL(signedIn.get('location') ?? '', origin);
  await request(page, { headers: { cookie } }, { status: 200, body: /information_schema/ });
}
