/**
 * What a process may not do without a capability that a pod can have, by the words with which it
 * complains. What no level leaves is in privileges.ts.
 */

interface Need {
  readonly words: RegExp;
  readonly capabilities: readonly string[];
  /** What the process tries: goes after "it". */
  readonly tries: string;
}

/**
 * Source: capabilities(7). nginx's root master needs CHOWN, SETUID and SETGID (nself-org/cli#276):
 * with one of them alone it starts and serves nothing.
 */
const needs: readonly Need[] = [
  {
    words: /chown|chgrp|changing (?:ownership|group)|change (?:ownership|owner)/,
    capabilities: ['CHOWN'],
    tries: 'gives a file to another user',
  },
  {
    words:
      /set(?:re|res|eu|eg)?[ug]id|setgroups|initgroups|switching to|drop(?:ping)? privileges|change (?:user|group)|must be suid|su-exec|gosu/,
    capabilities: ['SETUID', 'SETGID'],
    tries: 'goes on as another user',
  },
  {
    words: /\bping\b|raw socket|socket\(\)|sock_raw|\bsocket: operation not permitted|pcap_/,
    capabilities: ['NET_RAW'],
    tries: 'opens a raw socket',
  },
  { words: /mlock|memory lock|lock memory/, capabilities: ['IPC_LOCK'], tries: 'locks memory' },
  { words: /setrlimit|ulimit|rlimit/, capabilities: ['SYS_RESOURCE'], tries: 'raises a limit' },
  {
    words: /setpriority|\bnice\b|sched_set|ioprio/,
    capabilities: ['SYS_NICE'],
    tries: 'changes a priority',
  },
  {
    words: /setcap|setfcap/,
    capabilities: ['SETFCAP'],
    tries: 'gives capabilities to a file',
  },
  { words: /ptrace/, capabilities: ['SYS_PTRACE'], tries: 'traces another process' },
  { words: /chroot/, capabilities: ['SYS_CHROOT'], tries: 'changes its root' },
  { words: /mknod/, capabilities: ['MKNOD'], tries: 'makes a device' },
  {
    words: /settimeofday|adjtime|clock_settime|set date/,
    capabilities: ['SYS_TIME'],
    tries: 'sets the clock',
  },
];

/** `lower` is a line in lower case. */
export function neededCapabilities(lower: string): Need | undefined {
  return needs.find(({ words }) => words.test(lower));
}
