#include <arpa/inet.h>
#include <string.h>

#include "core/hash.h"
#include "formats/auditd_priv.h"

enum { MAX_ARGS = 4096 };

static bool is(wd_slice s, const char *word)
{
    return wd_slice_eq(s, wd_slice_str(word));
}

/* struct sockaddr in hexadecimal: family little-endian, port big-endian, address. */
static void take_address(wd_event_build *b, wd_audit_facts *f, wd_slice hex)
{
    uint8_t raw[28];
    char text[INET6_ADDRSTRLEN];
    size_t len = hex.len / 2 < sizeof raw ? hex.len / 2 : sizeof raw;
    if (len < 8 || !wd_unhex(wd_slice_sub(hex, 0, len * 2), raw, len) || raw[1] != 0) {
        return;
    }
    bool v6 = raw[0] == 10 && len >= 24;
    if ((!v6 && raw[0] != 2) ||
        inet_ntop(v6 ? AF_INET6 : AF_INET, raw + (v6 ? 8 : 4), text, sizeof text) == NULL) {
        return;
    }
    f->address = wd_arena_copy(b->scratch, wd_slice_str(text));
    f->port = wd_arena_printf(b->scratch, "%u", (unsigned) raw[2] << 8 | raw[3]);
}

/* a0, a1 ..., or a piece a1[0] of a long one. */
static void take_argument(wd_event_build *b, wd_audit_facts *f, wd_slice key, wd_slice value)
{
    uint64_t n = 0;
    size_t bracket = wd_slice_find_byte(key, '[');
    if (!wd_slice_to_u64(wd_slice_sub(key, 1, bracket == SIZE_MAX ? key.len : bracket - 1), &n) ||
        n >= MAX_ARGS) {
        return;
    }
    while (f->argc <= n) {
        if (WD_ROOM(b->scratch, f->argv, f->argc, f->cap) != WD_OK) {
            b->cut = true;
            return;
        }
        f->argv[f->argc++] = (wd_slice){0};
    }
    wd_slice *arg = &f->argv[n];
    if (arg->len == 0) {
        *arg = value;
        return;
    }
    wd_slice whole =
        wd_arena_printf(b->scratch, "%.*s%.*s", (int) arg->len, (const char *) arg->ptr,
                        (int) value.len, (const char *) value.ptr);
    *arg = whole.ptr != NULL ? whole : *arg;
}

static void keep(wd_slice *slot, wd_slice value)
{
    if (slot->len == 0 && !is(value, "(null)")) {
        *slot = value;
    }
}

static void note(wd_event_build *b, wd_audit_facts *f, const wd_audit_head *head, wd_slice key,
                 wd_slice value)
{
    static const struct {
        const char *key;
        size_t at;
    } kept[] = {{"exe", offsetof(wd_audit_facts, exe)},
                {"comm", offsetof(wd_audit_facts, comm)},
                {"cwd", offsetof(wd_audit_facts, cwd)},
                {"pid", offsetof(wd_audit_facts, pid)},
                {"ppid", offsetof(wd_audit_facts, ppid)},
                {"uid", offsetof(wd_audit_facts, uid)},
                {"arch", offsetof(wd_audit_facts, arch)},
                {"syscall", offsetof(wd_audit_facts, syscall)},
                {"UID", offsetof(wd_audit_facts, user)},
                {"proctitle", offsetof(wd_audit_facts, proctitle)}};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        if (is(key, kept[i].key)) {
            keep((wd_slice *) (void *) ((uint8_t *) f + kept[i].at), value);
            return;
        }
    }
    if (is(key, "saddr")) {
        take_address(b, f, value);
    } else if (is(key, "success")) {
        f->failed = is(value, "no");
    } else if (is(head->type, "PATH") && is(key, "name")) {
        f->path_name = value;
    } else if (is(key, "nametype") && is(value, "CREATE")) {
        keep(&f->created, f->path_name);
    } else if (f->executed && is(head->type, "EXECVE") && key.len >= 2 && key.ptr[0] == 'a' &&
               wd_is_digit(key.ptr[1]) && wd_slice_find(key, WD_S("_len")) == SIZE_MAX) {
        take_argument(b, f, key, value);
    }
}

void wd_audit_add_record(wd_event_build *b, wd_audit_facts *f, const wd_audit_head *head)
{
    wd_slice rest = head->rest;
    wd_slice outer = {0}; /* what follows the nested msg of a user-space record */
    wd_slice key;
    wd_slice value;
    bool quoted = false;
    f->executed = f->executed || is(head->type, "EXECVE");
    wd_event_build_add(b, WD_S("type"), head->type);
    for (;;) {
        if (!wd_audit_pair(&rest, &key, &value, &quoted)) {
            if (outer.len == 0) {
                return;
            }
            rest = outer;
            outer = (wd_slice){0};
            continue;
        }
        if (quoted && is(key, "msg") && outer.len == 0) {
            outer = rest;
            rest = value;
            continue;
        }
        if (!quoted) {
            value = wd_audit_decoded(b->scratch, head->type, key, value);
        }
        wd_event_build_add(b, key, value);
        note(b, f, head, key, value);
    }
}

/* execve and execveat where records carry numbers only: x86-64, i386, aarch64. */
static bool is_start(const wd_audit_facts *f)
{
    static const char *const calls[] = {"c000003e 59",  "c000003e 322", "40000003 11",
                                        "40000003 358", "c00000b7 221", "c00000b7 281"};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        wd_slice call = wd_slice_str(calls[i]);
        if (f->arch.len == 8 && wd_slice_starts(call, f->arch) &&
            wd_slice_eq(wd_slice_sub(call, 9, call.len), f->syscall)) {
            return true;
        }
    }
    return f->executed;
}

static wd_slice command_of(wd_event_build *b, const wd_audit_facts *f)
{
    size_t len = 0;
    for (size_t i = 0; i < f->argc; i++) {
        len += f->argv[i].len + 1;
    }
    if (len == 0) {
        return is_start(f) ? f->proctitle : (wd_slice){0};
    }
    uint8_t *p = wd_arena_alloc(b->scratch, len);
    if (p == NULL) {
        b->cut = true;
        return f->proctitle;
    }
    size_t at = 0;
    for (size_t i = 0; i < f->argc; i++) {
        if (i > 0) {
            p[at++] = ' ';
        }
        if (f->argv[i].len > 0) {
            memcpy(p + at, f->argv[i].ptr, f->argv[i].len);
        }
        at += f->argv[i].len;
    }
    return wd_slice_of(p, at);
}

/* A created file with the folder that the call was made in. */
static wd_slice full_path(wd_event_build *b, const wd_audit_facts *f)
{
    if (f->created.len == 0 || f->created.ptr[0] == '/' || f->cwd.len == 0) {
        return f->created;
    }
    return wd_event_build_join(b, (wd_slice[]){f->cwd, WD_S("/"), f->created}, 3);
}

void wd_audit_add_names(wd_event_build *b, const wd_audit_facts *f, wd_slice parent)
{
    wd_event_build_default(b, "Image", f->exe);
    wd_event_build_default(b, "CommandLine", command_of(b, f));
    wd_event_build_default(b, "CurrentDirectory", f->cwd);
    wd_event_build_default(b, "ProcessId", f->pid);
    wd_event_build_default(b, "ParentProcessId", f->ppid);
    wd_event_build_default(b, "ParentImage", parent);
    wd_event_build_default(b, "User",
                           f->user.len > 0   ? f->user
                           : is(f->uid, "0") ? WD_S("root")
                                             : f->uid);
    wd_event_build_default(b, "DestinationIp", f->address);
    wd_event_build_default(b, "DestinationPort", f->port);
    wd_event_build_default(b, "Initiated", f->address.len > 0 ? WD_S("true") : (wd_slice){0});
    wd_event_build_default(b, "TargetFilename", full_path(b, f));
}
