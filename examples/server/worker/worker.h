/* The process that opens the files of strangers, pictures and models, and computes. It has one
 * socket and no other right. */
#ifndef SERVER_WORKER_WORKER_H
#define SERVER_WORKER_WORKER_H

enum { WORKER_SOCKET = 3 };

/* The first argument of the program that makes it a worker; then follow the mode of the sandbox and
 * the most memory in MiB. */
#define WORKER_ARGUMENT "--worker-process"

/* Runs until the socket is closed. Returns the exit status. */
int worker_run(int argc, char **argv);

#endif
