#ifndef WD_TESTS_MAKE_EX_ZEEK_H
#define WD_TESTS_MAKE_EX_ZEEK_H

#include "make/ex_world.h"

/*
 * One sensor in front of the Windows sites, as Zeek 5 logs it: tab-separated conn, dns, ssl and
 * http logs whose uids agree. Where the proxy opens TLS (mirror port of the proxy), a connection
 * stands in http.log instead of ssl.log. While the sensor was down nothing is written; the logs
 * then end and begin anew with their header, as rotated logs put together do.
 */

/** One request of a host for a named server. */
typedef struct ex_visit {
    wd_time at;
    const char *name;
    uint16_t port;      /* 443, 80, ... */
    const char *uri;    /* with `agent`: readable, so it goes to http.log; NULL: TLS */
    const char *method; /* NULL: GET */
    const char *agent;  /* user agent */
    const char *mime;   /* of the answer; NULL: text/html */
    const char *ja3;    /* label of the TLS client; NULL: the system's own */
    uint64_t out, in;   /* bytes of payload */
    double seconds;     /* how long the connection lasted */
    bool cached;        /* the name was still in the host's cache: no look-up */
} ex_visit;

/** Records what the sensor saw of a visit: the look-up unless cached, and the connection. */
void ex_zeek_visit(ex_host *h, const ex_visit *v);
/** A look-up alone. */
void ex_zeek_lookup(ex_host *h, wd_time at, const char *name);
/** Time from an NTP server: tells that host and sensor are up. */
void ex_zeek_ntp(ex_host *h, wd_time at);

/** zeek/{conn,dns,ssl,http}.log */
void ex_zeek_write(ex_world *w);

#endif
