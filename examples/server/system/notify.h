#ifndef SERVER_SYSTEM_NOTIFY_H
#define SERVER_SYSTEM_NOTIFY_H

/* Tells systemd (sd_notify(3)) "READY=1" and the like, where it has asked for it. */
void notify_manager(const char *state);

#endif
