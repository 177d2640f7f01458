/**
 * How much the service logs. In a file of its own so that reading the settings does not load the
 * logger.
 */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];
