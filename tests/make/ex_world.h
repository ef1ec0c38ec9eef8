#ifndef WD_TESTS_MAKE_EX_WORLD_H
#define WD_TESTS_MAKE_EX_WORLD_H

#include "make/ex_base.h"

/*
 * The firm of the example: its 14 hosts, what was installed on them when, and which of them a
 * sensor or a host log sees. The whole can be cut off early (`--cut-after-days`): ex_visible says
 * which moments still left a record.
 */

enum { EX_HOSTS = 14 };

typedef enum ex_log { EX_LOG_NONE, EX_LOG_EVTX, EX_LOG_JSON /* DNS queries only */ } ex_log;

struct ex_world;

typedef struct ex_host {
    const char *name;
    const char *user;
    const char *address;
    const char *country;
    const char *sector;
    const char *site;
    const char *role;
    const char *product; /* "" when the product is not there */
    const char *version;
    const char *installed; /* ISO times, "" when not so */
    const char *contained;
    const char *removed;
    unsigned day_starts;  /* hour (UTC) at which people begin to work */
    ex_log log;           /* Sysmon log kept */
    bool sensor;          /* behind the Zeek sensor */
    bool inspected;       /* the proxy opens TLS to code hosts here */
    bool weekends;        /* a shop: open on Saturday and Sunday, and little office work */
    const char *log_from; /* day from which the log was kept; NULL: EX_FIRST_DAY */
    /* filled by ex_world_new */
    struct ex_world *world;
    bool audited;         /* its Security and System logs were collected too */
    const char *computer; /* name as the host's own logs print it */
    wd_time t_installed;  /* WD_NO_TIME when not so */
    wd_time t_end;        /* contained, or the end of the collection */
    wd_time t_gone;       /* the product ran no longer: removed, contained or t_end */
    wd_time t_cut;        /* records later than this are left out */
    ex_rows events;       /* of const ex_event */
    uint32_t machine;     /* first part of its process GUIDs */
    uint32_t next_process;
    const struct ex_process *phone[64]; /* the phone program by day since EX_FIRST_DAY */
    uint16_t next_port;
} ex_host;

typedef struct ex_options {
    bool benign;        /* the twin without altered files */
    unsigned cut_days;  /* evidence ends so many days after the install day; 0: not cut */
    const char *folder; /* where to write */
} ex_options;

typedef struct ex_world {
    wd_arena *arena;
    ex_options options;
    ex_host hosts[EX_HOSTS];
    ex_rows conn, dns, ssl, http; /* of const char *: lines of Zeek's logs */
    ex_rng uids;
} ex_world;

/** Evidence was collected from .. to; the sensor was down from .. to. */
#define EX_FIRST_DAY "2023-03-01T00:00:00Z"
#define EX_SENSOR_END "2023-04-01T00:00:00Z"
#define EX_LAST_DAY "2023-04-06T12:00:00Z"
#define EX_GAP_FROM "2023-03-18T02:10:00Z"
#define EX_GAP_TO "2023-03-18T07:40:00Z"

/** The world before anything happened in it; in `arena`. */
ex_world *ex_world_new(wd_arena *arena, const ex_options *options);
/** By name; ends the program when there is none. */
ex_host *ex_host_named(ex_world *w, const char *name);
/** True when the host was up and its records of that moment were collected. */
bool ex_visible(const ex_host *h, wd_time at);
/** True when the product is installed at that moment and the host is not isolated. */
bool ex_product_runs(const ex_host *h, wd_time at);
/** Moment at which the network logs end. */
wd_time ex_sensor_end(const ex_world *w);
/** Addresses of a name; always the same. The servers of the attack are in 203.0.113.0/24, all
 * others in 198.51.100.0/24 and 192.0.2.0/24 (RFC 5737), the firm's own in 10.0.0.0/8. `which` is
 * 0 or 1; a name with one address gives NULL for 1. */
const char *ex_address_of(wd_arena *arena, const char *name, unsigned which);

/** assets.csv */
void ex_write_assets(const ex_world *w);

#endif
