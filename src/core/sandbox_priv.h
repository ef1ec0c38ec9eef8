#ifndef WD_CORE_SANDBOX_PRIV_H
#define WD_CORE_SANDBOX_PRIV_H

/* Between sandbox.c and its two kernel parts; nobody else includes this. */

#include "core/sandbox.h"

/** Landlock ABI of the running kernel, 0 when it has none or it is switched off. */
uint32_t wd_landlock_abi(void);
/** Handles every right of that ABI and grants none. Needs no_new_privs. False with errno set. */
bool wd_landlock_deny_all(uint32_t abi);

/** Loads the allowlist. `socket_fd` is the only descriptor that may be sent to or received from.
 * Returns 0 or a negative errno; -ENOSYS when not compiled in. */
int wd_seccomp_load(int socket_fd, bool kill);

#endif
