#ifndef WD_DETECT_PE_FINDERS_H
#define WD_DETECT_PE_FINDERS_H

#include "detect/emit.h"
#include "detect/mentions.h"
#include "detect/pe_view.h"

/* The parts of wd_detect_pe, each of one family. They never fail for what the bytes say. */

/** FILE, SIGNATURE, UNCOVERED, TRAILING and the notes. */
WD_MUST_USE wd_status wd_pe_observe(const wd_emit *e, const wd_pe_view *v);
/** What is wrong with the signature, and which bytes it leaves open. */
WD_MUST_USE wd_status wd_pe_find_signature(const wd_emit *e, const wd_pe_view *v);

#endif
