/**
 * The levels of the log. In a file of its own so that reading settings does not load the logger.
 */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];
