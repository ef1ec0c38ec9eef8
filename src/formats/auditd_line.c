#include <string.h>

#include "formats/auditd_priv.h"

/* linux/audit.h and libaudit's list; those that logs of attacks hold. */
static const struct {
    const char *name;
    uint32_t number;
} types[] = {{"LOGIN", 1006},
             {"USER_AUTH", 1100},
             {"USER_ACCT", 1101},
             {"USER_MGMT", 1102},
             {"CRED_ACQ", 1103},
             {"CRED_DISP", 1104},
             {"USER_START", 1105},
             {"USER_END", 1106},
             {"USER_AVC", 1107},
             {"USER_CHAUTHTOK", 1108},
             {"USER_ERR", 1109},
             {"CRED_REFR", 1110},
             {"USER_LOGIN", 1112},
             {"USER_LOGOUT", 1113},
             {"ADD_USER", 1114},
             {"DEL_USER", 1115},
             {"ADD_GROUP", 1116},
             {"DEL_GROUP", 1117},
             {"USER_CMD", 1123},
             {"USER_TTY", 1124},
             {"SYSTEM_BOOT", 1127},
             {"SYSTEM_SHUTDOWN", 1128},
             {"SERVICE_START", 1130},
             {"SERVICE_STOP", 1131},
             {"GRP_MGMT", 1132},
             {"DAEMON_START", 1200},
             {"DAEMON_END", 1201},
             {"DAEMON_ABORT", 1202},
             {"DAEMON_CONFIG", 1203},
             {"DAEMON_ROTATE", 1205},
             {"SYSCALL", 1300},
             {"PATH", 1302},
             {"IPC", 1303},
             {"SOCKETCALL", 1304},
             {"CONFIG_CHANGE", 1305},
             {"SOCKADDR", 1306},
             {"CWD", 1307},
             {"EXECVE", 1309},
             {"MQ_OPEN", 1312},
             {"OBJ_PID", 1318},
             {"TTY", 1319},
             {"EOE", 1320},
             {"BPRM_FCAPS", 1321},
             {"CAPSET", 1322},
             {"MMAP", 1323},
             {"NETFILTER_PKT", 1324},
             {"NETFILTER_CFG", 1325},
             {"SECCOMP", 1326},
             {"PROCTITLE", 1327},
             {"KERN_MODULE", 1330},
             {"FANOTIFY", 1331},
             {"BPF", 1334},
             {"OPENAT2", 1337},
             {"AVC", 1400},
             {"MAC_STATUS", 1404},
             {"MAC_POLICY_LOAD", 1403},
             {"INTEGRITY_DATA", 1800},
             {"ANOM_PROMISCUOUS", 1700},
             {"ANOM_ABEND", 1701},
             {"ANOM_LOGIN_FAILURES", 2100}};

uint32_t wd_audit_type_number(wd_slice type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (wd_slice_eq(type, wd_slice_str(types[i].name))) {
            return types[i].number;
        }
    }
    uint64_t n = 0;
    if (wd_slice_starts(type, WD_S("UNKNOWN[")) && wd_slice_ends(type, WD_S("]"))) {
        type = wd_slice_sub(type, 8, type.len - 9);
    }
    return wd_slice_to_u64(type, &n) && n <= UINT32_MAX ? (uint32_t) n : 0;
}

wd_slice wd_audit_type_name(uint32_t number)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].number == number) {
            return wd_slice_str(types[i].name);
        }
    }
    return (wd_slice){0};
}

static bool take_number(wd_slice *s, uint8_t end, uint64_t *out)
{
    size_t at = wd_slice_find_byte(*s, end);
    if (at == SIZE_MAX || !wd_slice_to_u64(wd_slice_sub(*s, 0, at), out)) {
        return false;
    }
    *s = wd_slice_sub(*s, at + 1, s->len);
    return true;
}

static wd_slice word_behind(wd_slice line, wd_slice mark)
{
    size_t at = wd_slice_find(line, mark);
    if (at == SIZE_MAX || (at > 0 && line.ptr[at - 1] != ' ')) {
        return (wd_slice){0};
    }
    wd_slice word = wd_slice_sub(line, at + mark.len, line.len);
    return wd_slice_sub(word, 0, wd_slice_find_byte(word, ' '));
}

bool wd_audit_head_of(wd_slice line, wd_audit_head *out)
{
    *out = (wd_audit_head){0};
    size_t at = wd_slice_find(line, WD_S("audit("));
    if (at == SIZE_MAX) {
        return false;
    }
    wd_slice front = wd_slice_sub(line, 0, at);
    wd_slice rest = wd_slice_sub(line, at + 6, line.len);
    out->type = word_behind(front, WD_S("type="));
    out->node = word_behind(front, WD_S("node="));
    if (out->type.len == 0 || !take_number(&rest, '.', &out->seconds) ||
        !take_number(&rest, ':', &out->millis) || !take_number(&rest, ')', &out->serial)) {
        return false;
    }
    uint32_t number = wd_audit_type_number(out->type);
    wd_slice name = wd_is_digit(out->type.ptr[0]) ? wd_audit_type_name(number) : (wd_slice){0};
    out->type = name.len > 0 ? name : out->type;
    if (wd_slice_starts(rest, WD_S(":"))) {
        rest = wd_slice_sub(rest, 1, rest.len);
    }
    out->rest = rest;
    return out->seconds < (UINT64_C(1) << 40) && out->millis < 1000;
}

/* Up to the closing mark, or all of it when there is none. */
static wd_slice take_until(wd_slice *rest, uint8_t close)
{
    size_t at = wd_slice_find_byte(*rest, close);
    wd_slice v = wd_slice_sub(*rest, 0, at);
    *rest = at == SIZE_MAX ? WD_EMPTY : wd_slice_sub(*rest, at + 1, rest->len);
    return v;
}

static bool is_gap(uint8_t c)
{
    return c == ' ' || c == ',' || c == 0x1d || c == '\t';
}

bool wd_audit_pair(wd_slice *rest, wd_slice *key, wd_slice *value, bool *quoted)
{
    for (;;) {
        size_t skip = 0;
        while (skip < rest->len && is_gap(rest->ptr[skip])) {
            skip++;
        }
        *rest = wd_slice_sub(*rest, skip, rest->len);
        size_t n = 0;
        while (n < rest->len && rest->ptr[n] != '=' && !is_gap(rest->ptr[n])) {
            n++;
        }
        if (n >= rest->len) {
            return false;
        }
        *key = wd_slice_sub(*rest, 0, n);
        bool pair = rest->ptr[n] == '=';
        *rest = wd_slice_sub(*rest, n + 1, rest->len);
        if (pair && n > 0) {
            break; /* a word without a value, as in "avc:  denied", is passed over */
        }
    }
    uint8_t first = rest->len > 0 ? rest->ptr[0] : 0;
    *quoted = first == '"' || first == '\'' || first == '{';
    if (*quoted) {
        *rest = wd_slice_sub(*rest, 1, rest->len);
        *value = take_until(rest, first == '{' ? '}' : first);
        return true;
    }
    size_t n = 0;
    while (n < rest->len && !is_gap(rest->ptr[n])) {
        n++;
    }
    *value = wd_slice_sub(*rest, 0, n);
    *rest = wd_slice_sub(*rest, n, rest->len);
    return true;
}

static int hex_digit(uint8_t c)
{
    if (wd_is_digit(c)) {
        return c - '0';
    }
    c = wd_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Keys whose values the audit system writes in hexadecimal when they hold blanks or quotes. */
static bool is_encoded_key(wd_slice type, wd_slice key)
{
    static const char *const keys[] = {"proctitle", "name", "comm", "exe", "cwd",  "acct", "cmd",
                                       "key",       "path", "dir",  "old", "data", "ocomm"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (wd_slice_eq(key, wd_slice_str(keys[i]))) {
            return true;
        }
    }
    return wd_slice_eq(type, WD_S("EXECVE")) && key.len >= 2 && key.ptr[0] == 'a' &&
           wd_is_digit(key.ptr[1]) && wd_slice_find(key, WD_S("_len")) == SIZE_MAX;
}

wd_slice wd_audit_decoded(wd_arena *arena, wd_slice type, wd_slice key, wd_slice value)
{
    if (value.len < 2 || value.len % 2 != 0 || !is_encoded_key(type, key)) {
        return value;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (hex_digit(value.ptr[i]) < 0) {
            return value;
        }
    }
    uint8_t *p = wd_arena_alloc(arena, value.len / 2);
    if (p == NULL) {
        return value;
    }
    for (size_t i = 0; i < value.len / 2; i++) {
        int byte = hex_digit(value.ptr[2 * i]) * 16 + hex_digit(value.ptr[2 * i + 1]);
        p[i] = byte == 0 ? ' ' : (uint8_t) byte; /* zeros part the arguments of a proctitle */
    }
    return wd_slice_of(p, value.len / 2);
}
