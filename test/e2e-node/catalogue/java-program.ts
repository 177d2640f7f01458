// The same program for each image of a Java runtime.

import { logs, type Case } from './harness.ts';

/** Runs from its source and makes a temporary file. */
export const temporaryFileInJava: Pick<Case, 'files' | 'container' | 'use'> = {
  files: {
    at: '/app',
    data: {
      'Main.java': `import java.nio.file.Files;
class Main {
  public static void main(String[] arguments) throws Exception {
    System.out.println("made " + Files.createTempFile("x", null));
    Thread.sleep(Long.MAX_VALUE);
  }
}
`,
    },
  },
  container: { command: ['java', '/app/Main.java'] },
  use: (cluster, pod) => logs(cluster, pod, /^made \/tmp\/x/m),
};
