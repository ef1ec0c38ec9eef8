#ifndef WD_KNOWLEDGE_INDICATOR_H
#define WD_KNOWLEDGE_INDICATOR_H

#include "core/vocab.h"

/*
 * An indicator is a value that somebody published about an attack, together with what makes it
 * usable: its role, who said so, when, and whether it may be put on a block list. Without the role
 * it is noise: lists of a real case held altered files, genuine files that ship beside them and the
 * vendor's own site in one column.
 */

typedef enum wd_ind_type {
    WD_IND_SHA256,
    WD_IND_SHA1,
    WD_IND_MD5,
    WD_IND_DOMAIN, /* the name and, unless `exact`, every name below it */
    WD_IND_URL,    /* host and path; * stands for any run; scheme and query are optional */
    WD_IND_IP,     /* IPv4 or IPv6, one address or a prefix ("192.0.2.0/24") */
    WD_IND_FILE,   /* a file name or path glob; a name alone proves nothing */
    WD_IND_CERT,   /* serial number of a certificate, hexadecimal */
    WD_IND_SIGNER, /* subject common name of a code signer */
    WD_IND_REGISTRY,
    WD_IND_JA3,
    WD_IND_JA4,
    WD_IND_USER_AGENT,
    WD_IND_EMAIL,
    WD_IND_COOKIE,
    WD_IND_MUTEX, /* any named kernel object */
    WD_IND_IMPHASH,
    WD_IND_TYPES
} wd_ind_type;

/** What the value is in the attack. The names in files are those of wd_role_name. */
typedef enum wd_role {
    WD_ROLE_UNKNOWN,      /* a feed that says only "bad" */
    WD_ROLE_ALTERED_FILE, /* vendor's file with something added */
    WD_ROLE_INSTALLER,    /* package that carries an altered file */
    WD_ROLE_LOADER,
    WD_ROLE_STEALER,
    WD_ROLE_BACKDOOR,
    WD_ROLE_DOWNLOADER,
    WD_ROLE_C2,
    WD_ROLE_DEAD_DROP, /* place on a shared service where an address or order is left */
    WD_ROLE_DELIVERY,  /* place the altered package came from */
    WD_ROLE_REGISTRANT,
    WD_ROLE_RELATED, /* of the same actor in another operation */
    WD_ROLE_TOOL,    /* public or administrator's tool that was used */
    WD_ROLE_GENUINE, /* genuine companion: shows that the product is there, not that it was altered
                      */
    WD_ROLE_DECOY,   /* harmless address that the implant also uses */
    WD_ROLE_VENDOR_SITE,
    WD_ROLE_SHARED_HOST, /* service that everybody uses */
    WD_ROLE_VICTIM,
    WD_ROLES
} wd_role;

/** What becomes of a block list that holds the value. */
typedef enum wd_safety {
    WD_SAFETY_BLOCK, /* nothing legitimate is lost */
    WD_SAFETY_WATCH, /* look at hits; blocking may cost something */
    WD_SAFETY_NEVER  /* blocking breaks honest use, or the value is harmless */
} wd_safety;

/** One published statement about one value. All slices live as long as the knowledge. */
typedef struct wd_indicator {
    wd_ind_type type;
    wd_role role;
    wd_safety safety;
    bool exact;      /* of a domain: not the names below it */
    int tier;        /* exposure tier that meeting it proves, -1 when none */
    wd_slice value;  /* as compared: lower case where case carries nothing */
    wd_slice source; /* publishers, as the entry names them */
    wd_time date;    /* of publication; WD_NO_TIME when the feed has none */
    wd_time first;   /* in use from .. to; the campaign's window unless the entry says otherwise */
    wd_time last;
    wd_slice name; /* of a hash: the file it belongs to */
    wd_slice note;
    wd_slice campaign; /* id of the pack, empty for a feed */
    wd_slice origin;   /* file it was read from */
    uint32_t line;     /* in that file, 0 when the format has none */
    uint32_t ordinal;  /* position in the order of loading; a stable id within one set of files */
} wd_indicator;

/**
 * All statements about one value. More than one source may speak, and they may disagree: then
 * `conflict` is set and nothing is merged. `safety` is the most cautious of them all.
 */
typedef struct wd_match {
    const wd_indicator *list;
    size_t n;
    wd_safety safety;
    bool conflict;  /* one calls it hostile, another harmless */
    bool name_only; /* only a file name agrees: worth no score at all */
} wd_match;

/** Constant names as in files and reports: "sha256", "altered_file", "block". */
const char *wd_ind_type_name(wd_ind_type t);
const char *wd_role_name(wd_role r);
const char *wd_safety_name(wd_safety s);
/** "altered file", "genuine companion", for people. */
const char *wd_role_words(wd_role r);
bool wd_ind_type_parse(wd_slice s, wd_ind_type *out);
bool wd_role_parse(wd_slice s, wd_role *out);
bool wd_safety_parse(wd_slice s, wd_safety *out);

/** Whether meeting the value speaks for the attack, or is explained by honest use. Neither for
 * unknown, tool, related and registrant. */
bool wd_role_hostile(wd_role r);
bool wd_role_harmless(wd_role r);

/** The best statement of a match for a title: hostile before unknown before harmless, then the
 * highest tier, then the earliest date. NULL when n = 0. */
const wd_indicator *wd_match_best(const wd_match *m);

/**
 * `raw` as it is compared: hashes, names, hosts and addresses in lower case, defanged dots and
 * schemes ("[.]", "hxxp") restored, one dot at the end of a name dropped, IPv6 in its short form.
 * Result in `arena`. Fails: WD_E_MALFORMED with the reason when `raw` cannot be of that type.
 */
WD_MUST_USE wd_status wd_indicator_normalise(wd_ind_type type, wd_slice raw, wd_arena *arena,
                                             wd_slice *out, wd_err *err);
/** Type by content, for lists that do not say it: a hash by its length, an address, a URL, a name.
 * False when it is none of these. */
bool wd_indicator_guess(wd_slice raw, wd_ind_type *out);

#endif
