/*
 * daemon_command: duizhangd's command line: what main does.
 */
#ifndef DUIZHANG_DAEMON_DAEMON_COMMAND_H
#define DUIZHANG_DAEMON_DAEMON_COMMAND_H

/* Reads the command line and the configuration, then checks it or runs the daemon; returns the exit status. */
int daemon_command(int argc, char **argv);

#endif
