/**
 * Lines that name no path, or mean something else than they say: each with where it was seen.
 *
 * An expression sees at most one piece of a line, and has no repetition inside a repetition.
 */
import { normalisePath, parentOf } from '../mounts/paths.ts';
import { entryDiagnosis, missingMount } from './mount-advice.ts';
import { readOwnWords } from './own-words.ts';
import { hardenedPart, placementAt, volumeOf } from './site.ts';
import type { CrashSite, Diagnosis } from './diagnosis.ts';

interface KnownLine {
  readonly words: RegExp;
  /** Undefined where the line says more than that. */
  readonly judge: (line: string, match: RegExpExecArray, site: CrashSite) => Diagnosis | undefined;
}

const knownLines: readonly KnownLine[] = [
  {
    // nginxinc/docker-nginx 10-listen-on-ipv6-by-default.sh (namespacelabs/foundation#47); fc-cache
    // and others ask likewise.
    words: /can ?not modify .{0,300}\(read-only file system\?\)/i,
    judge: (line) => benign(line, 'The script tries to edit a file, and goes on without.'),
  },
  {
    // fontconfig src/fccache.c: it reads the fonts at each start instead.
    words: /fontconfig error: no writable cache directories/i,
    judge: (line) => benign(line, 'Fontconfig goes on without a cache.'),
  },
  {
    // busybox, glibc
    words: /\b(?:mktemp|mkstemp|mkdtemp|tmpfile|tempnam)\b[^/]{0,40}read-only file system/i,
    judge: (line, _match, site) =>
      temporary('/tmp', 'The program keeps temporary files.', line, site),
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
    words: /unable to create temp(?:orary)? ?dir(?![\w ]{0,12}[:[(]? ?['"]?\/)/i,
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
    judge: (line, _match, site) => rubyTemporary(line, site),
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
    // just-containers/s6-overlay README: /run as a whole has to be writable, and S6_READ_ONLY_ROOT
    // says that the rest is not (just-containers/s6-overlay#578).
    words:
      /\bs6-[\w-]{2,32}: (?:fatal|warning): unable to .{0,80}\/run\/.{0,200}read-only file system/i,
    judge: (line, _match, site) => ({
      ...missingMount(
        { directory: '/run', contents: 'empty', use: 's6 keeps its services here' },
        line,
        site,
        's6 makes its own directories in /run.',
      ),
      advice: 'Set S6_READ_ONLY_ROOT=1 as well, so that s6 copies what it would change elsewhere.',
    }),
  },
  {
    // supervisor options.py existing_dirpath: a volume above it hides the image's own.
    words: /directory named as part of the path (\/[^\s'"`,;:)\]}]{1,1024}) does not exist/i,
    judge: (line, match, site) => {
      const directory = parentOf(normalisePath(match[1] ?? ''));
      return missingDirectory(directory, line, site, `The directory ${directory} is not there.`);
    },
  },
  {
    // httpd server/util_mutex.c, docker-library/php#250: a volume above it hides the image's own.
    words: /invalid mutex directory in argument file:(\/[^\s'"`,;:)\]}]{1,1024})/i,
    judge: (line, match, site) => {
      const directory = normalisePath(match[1] ?? '');
      const seen = `Apache keeps its locks in ${directory}, which is not there.`;
      return missingDirectory(directory, line, site, seen);
    },
  },
  {
    // OpenSSH sshd.c (systemd/mkosi#2025): made by an init script, which a container does not run.
    words: /missing privilege separation directory:? (\/[^\s'"`,;:)\]}]{1,1024})/i,
    judge: (line, match, site) => {
      const directory = normalisePath(match[1] ?? '');
      const seen = `sshd needs the directory ${directory}, and nobody made it.`;
      return missingDirectory(directory, line, site, seen);
    },
  },
  {
    // falood/file_system#79 (Elixir), and others that look for one.
    words:
      /(?:could not|unable to|failed to|cannot|can't) (?:get|find|determine|create) an? (?:writable )?temp(?:orary)? ?(?:dir(?:ectory)?|folder|location)\b(?! ['"(/])/i,
    judge: (line, _match, site) =>
      temporary('/tmp', 'The program found no directory for temporary files.', line, site),
  },
  {
    // seakee/CPA-Manager-Plus#653: sqlite.h.in has SQLITE_IOERR_GETTEMPPATH as 6410.
    words: /disk I\/O error:? \(6410\)|SQLITE_IOERR_GETTEMPPATH/,
    judge: (line, _match, site) =>
      temporary('/tmp', 'SQLite found no directory for temporary files.', line, site),
  },
  {
    words:
      /attempt to write a read-?only database|unable to open database file|SQLITE_(?:READONLY|CANTOPEN)\b/i,
    judge: (line, { input }) =>
      readOwnWords(input) === undefined
        ? {
            cause: 'missing-mount',
            line,
            detail:
              'SQLite could not write its database, or the directory that it is in; the line does not say where that is.',
            advice:
              'Look up the path in the program’s configuration: the whole directory has to be writable, for the journal.',
          }
        : undefined,
  },
  {
    // numba core/caching.py (numba/numba#4032): the directory of the module and the user's cache.
    words: /no locator available for file/,
    judge: (line) => ({
      cause: 'environment',
      line,
      detail:
        'Numba has no place for its cache: neither beside the module nor in the user’s cache directory.',
      advice: 'Set NUMBA_CACHE_DIR to a path that is writable, such as /tmp.',
    }),
  },
  {
    // rails/bootsnap ext/bootsnap/bootsnap.c (rails/bootsnap#359)
    words: /(?:read-only file system|permission denied) - bs_fetch:/i,
    judge: (line) => ({
      cause: 'missing-mount',
      line,
      detail:
        'Bootsnap keeps its cache in tmp/cache below the working directory, or where BOOTSNAP_CACHE_DIR says.',
      advice:
        'Name that directory in the profile, or set BOOTSNAP_CACHE_DIR to a path that is writable, such as /tmp.',
    }),
  },
  {
    // just-containers/s6-overlay libexec/preinit (just-containers/s6-overlay#600)
    words: /(\/[^\s'"`,;:)\]}]{1,1024}) belongs to uid \d{1,10} instead of \d{1,10}/,
    judge: (line, match) => ({
      cause: 'ownership',
      path: normalisePath(match[1] ?? ''),
      line,
      detail: `${match[1] ?? ''} belongs to another user than the one that the container runs as.`,
      advice: 'Run the container as that user, or set securityContext.fsGroup on the pod.',
    }),
  },
  {
    // hashicorp/docker-vault#53, varnishcache/varnish-cache#4193: mlock says ENOMEM without it.
    words:
      /failed to lock memory|mlock(?:all)?\(?\)?.{0,80}(?:failed|cannot allocate|out of memory)/i,
    judge: (line) => ({
      cause: 'capability',
      line,
      detail:
        'The program locks memory, which takes IPC_LOCK or a higher limit. No mount fixes that.',
      advice:
        'Have the program do without (Vault: disable_mlock), or add IPC_LOCK to securityContext.capabilities.add, which level restricted takes away again.',
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

/** The diagnosis of a line that is known as a whole; `evidence` is what is quoted of it. */
export function knownLine(text: string, evidence: string, site: CrashSite): Diagnosis | undefined {
  for (const { words, judge } of knownLines) {
    const match = words.exec(text);
    const diagnosis = match === null ? undefined : judge(evidence, match, site);
    if (diagnosis !== undefined) return diagnosis;
  }
  return undefined;
}

function benign(line: string, detail: string): Diagnosis {
  return { cause: 'benign', line, detail };
}

/** The program expects a directory that its image has no more, or never had. */
function missingDirectory(
  directory: string,
  line: string,
  site: CrashSite,
  seen: string,
): Diagnosis {
  return missingMount({ directory, contents: 'empty', absent: true }, line, site, seen);
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
export function rubyTemporary(line: string, site: CrashSite): Diagnosis {
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
