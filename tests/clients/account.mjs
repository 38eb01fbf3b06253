// What a test of a client expects, and the account of what did not hold.
export const source = `import sys

def main(*, name):
    print("greeting", file=sys.stderr)
    return {"message": f"Hello, {name}"}
`;

/** Runs `use(address, expect)` against the server of KAPPA_SERVER; ends the process with 1 when something did not hold. */
export async function account(use) {
  const failures = [];
  try {
    await use(process.env.KAPPA_SERVER, (holds, what) => holds || failures.push(what));
  } catch (error) {
    failures.push(error.stack);
  }
  for (const failure of failures) console.error(`FAILED: ${failure}`);
  process.exit(failures.length === 0 ? 0 : 1);
}
