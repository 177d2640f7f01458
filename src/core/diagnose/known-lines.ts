/**
 * Lines that name no path, or mean something else than they say: each with where it was seen.
 *
 * An expression sees at most one piece of a line, and has no repetition inside a repetition.
 */
import { normalisePath } from '../mounts/paths.ts';
import { quote } from './log-text.ts';
import { entryDiagnosis, missingMount } from './mount-advice.ts';
import { hardenedPart, placementAt, volumeOf } from './site.ts';
import type { CrashSite, Diagnosis } from './diagnosis.ts';

interface KnownLine {
  readonly words: RegExp;
  readonly judge: (line: string, match: RegExpExecArray, site: CrashSite) => Diagnosis;
}

const knownLines: readonly KnownLine[] = [
  {
    // nginxinc/docker-nginx 10-listen-on-ipv6-by-default.sh (namespacelabs/foundation#47); fc-cache
    // and others ask likewise.
    words: /can ?not modify .{0,300}\(read-only file system\?\)/i,
    judge: (line) => benign(line, 'The script tries to edit a file, and goes on without.'),
  },
  {
    // matplotlib/matplotlib#25838
    words: /matplotlib created a temporary (?:config\/)?cache directory/i,
    judge: (line) => benign(line, 'Matplotlib found another place for its cache.'),
  },
  {
    // nginxinc/docker-nginx 20-envsubst-on-templates.sh says so and goes on
    // (nginx/docker-nginx-unprivileged#107).
    words: / exists, but (\/[^\s'"`,;:)\]}]{1,1024}) is not writable/,
    judge: (line, match, site) =>
      missingMount(
        { directory: normalisePath(match[1] ?? ''), contents: 'seeded' },
        line,
        site,
        `Templates are rendered to ${match[1] ?? ''}, which cannot be written; the program starts without them.`,
      ),
  },
  {
    // bitnami/charts#5600, docker-library/postgres#154
    words: /temp(?:orary)? file for here.?document/i,
    judge: (line, _match, site) =>
      temporary('/tmp', 'A shell keeps here-documents in temporary files.', line, site),
  },
  {
    // matplotlib/matplotlib#5939
    words: /no usable temporary directory (?:name )?found/i,
    judge: (line, _match, site) =>
      temporary('/tmp', 'Python found no directory for temporary files.', line, site),
  },
  {
    // camunda/camunda-platform-helm#5977, jetty/jetty.project#11667
    words: /java\.io\.tmpdir is set to (\/[^\s'"`,;:)\]}]{1,1024})/,
    judge: (line, match, site) =>
      temporary(match[1] ?? '/tmp', 'Java could not make a temporary directory.', line, site),
  },
  {
    words: /unable to create temp(?:orary)? ?dir/i,
    judge: (line, _match, site) =>
      temporary('/tmp', 'Java could not make a temporary directory.', line, site),
  },
  {
    // quarkusio/quarkus#46388
    words: /temporary directory ['"]?(\/[^\s'"`,;:)\]}]{1,1024})['"]? (?:does not|doesn't) exist/i,
    judge: (line, match, site) =>
      temporary(
        match[1] ?? '/tmp',
        'The program expects this directory and cannot make it.',
        line,
        site,
      ),
  },
  {
    // ruby/ruby lib/tmpdir.rb, kubernetes/kubernetes#110835
    words:
      /could not find a temporary directory|temporary path is (?:world-writable|not writable)|is world-writable: \/tmp/i,
    judge: rubyTemporary,
  },
  {
    // dotnet/runtime#86259, dotnet/coreclr#15243
    words:
      /failed to create coreclr, hresult: 0x8007000e|failed to create coreclr, hresult: 0x80004005/i,
    judge: coreClr,
  },
  {
    // tyriis/home-ops#9610, matplotlib/matplotlib#25838
    words: /matplotlib requires access to a writable cache directory/i,
    judge: (line) => ({
      cause: 'environment',
      line,
      detail:
        'Matplotlib has no place for its cache: neither its home directory nor a temporary one is writable.',
      advice: 'Set MPLCONFIGDIR to a path that is writable, such as /tmp.',
    }),
  },
  {
    // kubernetes v1.34 pkg/kubelet/kuberuntime/security_context.go; InseeFrLab/onyxia#279
    words: /image will run as root|image has non-numeric user \(|cannot verify user is non-root/,
    judge: nonRootUser,
  },
  {
    // datashim-io/datashim#207
    words: /mountPath: Invalid value: .{0,1100}must be unique/,
    judge: (line) => ({
      cause: 'duplicate-mount',
      line,
      detail:
        'Two volumes are mounted at one path: another webhook added one after the pod was hardened.',
      advice: 'Have that webhook run before, or mount at a path that the profile does not name.',
    }),
  },
  {
    // sudo plugins/sudoers; su of busybox
    words: /no new privileges|must be suid to work|effective uid is not 0/i,
    judge: (line) => ({
      cause: 'capability',
      line,
      detail:
        'The program gains privileges by sudo, su or a set-uid file, which allowPrivilegeEscalation: false prevents.',
      advice: 'Run the container as the user that it switches to.',
    }),
  },
  {
    // opencontainers/runc libcontainer/init_linux.go: the error of a seeding container where its
    // image has no such tool.
    words:
      /exec: "(?:\/[^"\s]{1,200}\/)?cp": (?:executable file not found|stat .{1,200}no such file)/,
    judge: (line) => ({
      cause: 'missing-mount',
      line,
      detail: 'The image has no cp, so the files of its seeded paths cannot be copied.',
      advice:
        'Say cp: none in its profile, or contents: empty where the image keeps no file; else mount a volume there.',
    }),
  },
  {
    // opencontainers/runc libcontainer/rootfs_linux.go
    words: /to rootfs at "?(\/[^\s'"`,;:)\]}]{1,1024})/,
    judge: (line, match) => ({
      cause: 'missing-mount',
      path: normalisePath(match[1] ?? ''),
      line,
      detail: `The runtime cannot make the mount point ${match[1] ?? ''}, since it lies in a volume that is mounted read-only.`,
      advice: 'Mount it outside of that volume, or make the volume hold a directory of that name.',
    }),
  },
];

/** The diagnosis of a line that is known as a whole. */
export function knownLine(line: string, site: CrashSite): Diagnosis | undefined {
  for (const { words, judge } of knownLines) {
    const match = words.exec(line);
    if (match !== null) return judge(quote(line), match, site);
  }
  return undefined;
}

function benign(line: string, detail: string): Diagnosis {
  return { cause: 'benign', line, detail };
}

/** A directory for temporary files, as it is written. */
function temporary(written: string, seen: string, line: string, site: CrashSite): Diagnosis {
  const path = normalisePath(written);
  const placement = placementAt(path, site);
  if (placement.kind !== 'mounted') {
    return missingMount(
      { directory: path, contents: 'empty', use: 'keeps temporary files' },
      line,
      site,
      seen,
    );
  }
  return {
    cause: 'ownership',
    path,
    line,
    detail: `${seen} ${path} is a volume that can be written, but not by this user, or it is full.`,
    advice: 'Look at sizeLimit of the volume, and at who owns what is in it.',
  };
}

/**
 * An emptyDir has mode 0777, and Ruby refuses it without the sticky bit, which a copy of the
 * image's /tmp has.
 */
function rubyTemporary(line: string, _match: RegExpExecArray, site: CrashSite): Diagnosis {
  const known = { cause: 'ownership', path: '/tmp', line } as const;
  const placement = placementAt('/tmp', site);
  if (placement.kind === 'mounted' && !hardenedPart(placement.mount)) {
    const { mountPath } = placement.mount;
    return {
      ...known,
      detail: `Ruby refuses a /tmp that everybody may write to and that has no sticky bit, and the volume ${volumeOf(placement.mount)} at ${mountPath} has none.`,
      advice:
        'Leave /tmp to the profile, or say medium: Memory in that emptyDir: in memory it has the sticky bit, and counts against the memory limit.',
    };
  }
  const wanted = { directory: '/tmp', contents: 'seeded', use: 'keeps temporary files' } as const;
  const seen =
    'Ruby refuses a /tmp that everybody may write to and that has no sticky bit; a copy of the image’s has it.';
  const advice =
    'Where the image has no cp, say medium: Memory in place of contents: seeded: in memory an emptyDir has the sticky bit, and counts against the memory limit.';
  return { ...entryDiagnosis(wanted, known, seen, site), advice };
}

function coreClr(line: string, _match: RegExpExecArray, site: CrashSite): Diagnosis {
  const advice = 'Or set DOTNET_EnableDiagnostics=0 (COMPlus_EnableDiagnostics=0 before .NET 6).';
  if (placementAt('/tmp', site).kind === 'mounted') {
    return {
      cause: 'environment',
      line,
      detail: 'The .NET runtime could not make its diagnostics socket, though /tmp is writable.',
      advice: advice.replace(/^Or set/, 'Set'),
    };
  }
  const wanted = {
    directory: '/tmp',
    contents: 'empty',
    use: 'the runtime makes its diagnostics socket here',
  } as const;
  const seen = 'The .NET runtime makes a diagnostics socket in /tmp at start.';
  return { ...missingMount(wanted, line, site, seen), advice };
}

function nonRootUser(line: string): Diagnosis {
  return {
    cause: 'non-root-user',
    line,
    detail:
      'The pod asks for runAsNonRoot, and the image names root or a user by name, whose number the kubelet does not know.',
    advice:
      'Set runAsUser to the number of the image’s user (`id -u NAME` in the image shows it), or say it in the profile: user: { uid: …, gid: … }.',
  };
}
