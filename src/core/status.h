#ifndef WD_CORE_STATUS_H
#define WD_CORE_STATUS_H

/**
 * The few outcomes a function of this program can have. The detail (component, offset, sentence)
 * stands in the wd_err that the caller passes in; see core/err.h.
 */
typedef enum wd_status {
    WD_OK = 0,
    WD_E_NOMEM,       /* the arena's byte limit or the system's memory is used up */
    WD_E_IO,          /* a system call on a file or descriptor failed */
    WD_E_TRUNCATED,   /* the input ends before the structure does */
    WD_E_MALFORMED,   /* the bytes contradict the format */
    WD_E_LIMIT,       /* a limit of core/limits.h was reached */
    WD_E_UNSUPPORTED, /* well-formed, but a variant that is not read here */
    WD_E_DENIED,      /* permission, symlink policy or sandbox */
    WD_E_NOT_FOUND,   /* the thing asked for is not there */
    WD_E_USAGE,       /* the person's request makes no sense as given */
    WD_E_CORRUPT_CASE /* the case folder is not what this program wrote */
} wd_status;

#define WD_MUST_USE __attribute__((warn_unused_result))
#define WD_PRINTF(fmt_index, first_arg) __attribute__((format(printf, fmt_index, first_arg)))

/** Short constant name such as "truncated"; never NULL. */
const char *wd_status_name(wd_status s);

#endif
