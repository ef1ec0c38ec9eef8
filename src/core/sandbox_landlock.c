#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/sandbox_priv.h"

/*
 * The kernel's interface, linux/landlock.h, with the rights of newer ABIs than the header on the
 * build machine knows (Debian 12 ships ABI 2). The kernel takes the struct by size, so each ABI
 * gets as much of it as it understands. Source: Documentation/userspace-api/landlock.rst.
 */
typedef struct ruleset_attr {
    uint64_t handled_fs;  /* ABI 1 */
    uint64_t handled_net; /* ABI 4 */
    uint64_t scoped;      /* ABI 6 */
} ruleset_attr;

enum {
    CREATE_RULESET_VERSION = 1,
    FS_RIGHTS_ABI_1 = (1 << 13) - 1, /* execute, read, write, remove, make: bits 0 to 12 */
    FS_REFER_ABI_2 = 1 << 13,
    FS_TRUNCATE_ABI_3 = 1 << 14,
    FS_IOCTL_DEV_ABI_5 = 1 << 15,
    NET_BIND_AND_CONNECT_TCP_ABI_4 = 3,
    SCOPE_ABSTRACT_UNIX_AND_SIGNAL_ABI_6 = 3
};

#ifdef SYS_landlock_create_ruleset

uint32_t wd_landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t) 0, CREATE_RULESET_VERSION);
    return abi > 0 ? (uint32_t) abi : 0;
}

bool wd_landlock_deny_all(uint32_t abi)
{
    ruleset_attr attr = {.handled_fs = FS_RIGHTS_ABI_1};
    size_t size = sizeof attr.handled_fs;
    attr.handled_fs |= abi >= 2 ? FS_REFER_ABI_2 : 0;
    attr.handled_fs |= abi >= 3 ? FS_TRUNCATE_ABI_3 : 0;
    attr.handled_fs |= abi >= 5 ? FS_IOCTL_DEV_ABI_5 : 0;
    if (abi >= 4) {
        attr.handled_net = NET_BIND_AND_CONNECT_TCP_ABI_4;
        size = offsetof(ruleset_attr, scoped);
    }
    if (abi >= 6) {
        attr.scoped = SCOPE_ABSTRACT_UNIX_AND_SIGNAL_ABI_6;
        size = sizeof attr;
    }
    int fd = (int) syscall(SYS_landlock_create_ruleset, &attr, size, 0);
    if (fd < 0) {
        return false;
    }
    long r = syscall(SYS_landlock_restrict_self, fd, 0);
    int saved = errno;
    close(fd);
    errno = saved;
    return r == 0;
}

#else

uint32_t wd_landlock_abi(void)
{
    return 0;
}

bool wd_landlock_deny_all(uint32_t abi)
{
    (void) abi;
    errno = ENOSYS;
    return false;
}

#endif
