#ifndef WD_DETECT_AGENTS_H
#define WD_DETECT_AGENTS_H

#include "core/slice.h"

/* What a User-Agent header claims (RFC 9110, 10.1.5: products, comments in parentheses). */

typedef enum wd_agent_system {
    WD_AGENT_SYSTEM_NONE, /* nothing claimed */
    WD_AGENT_WINDOWS,
    WD_AGENT_MAC,
    WD_AGENT_LINUX,
    WD_AGENT_ANDROID,
    WD_AGENT_IOS,
    WD_AGENT_OTHER, /* a browser that names a system nobody runs browsers on */
    WD_AGENT_SYSTEMS
} wd_agent_system;

/** Operating system that the header claims. */
wd_agent_system wd_agent_system_of(wd_slice agent);
const char *wd_agent_system_name(wd_agent_system s);

/** The first product is one letter away from the word that every browser starts with. */
bool wd_agent_is_misspelled(wd_slice agent);
/** A browser that was old ten years before today's software: no update for that long. */
bool wd_agent_is_ancient(wd_slice agent);

#endif
