#ifndef WD_DETECT_TAG_GRAMMAR_H
#define WD_DETECT_TAG_GRAMMAR_H

#include "core/slice.h"

/*
 * Formats in which honest vendors write into a signed file without breaking its signature, so that
 * each download can carry its own campaign or licence. A run of bytes is a tag only when the whole
 * run follows the grammar, down to the last padding byte: a magic word in front of other bytes
 * explains nothing.
 *
 *   omaha        "Gact2.0Omaha", u16 big-endian length (at most 8192), key=value&..., zeros
 *   omaha-wide   UTF-16LE: "Gact2.0Omaha" key=value&... "ahamO0.2tcaG", zeros
 *   edge         UTF-16LE: "MSEDGE_" text "_EGDESM", zeros
 *   mozilla      "__MOZCUSTOM__:" key=value&... percent-encoded, zeros or tabs, 1024 bytes at most
 *   signing-blob "---BEGIN_BLOB---" zeros or short text "---END_BLOB---", zeros (osslsigncode)
 *
 * Sources: google/omaha and chromium (updater tag), mozilla stub attribution, osslsigncode.
 */

/** Name of the format when the whole of `run` follows it; NULL otherwise. */
const char *wd_tag_of(wd_slice run);

/** The same for a certificate that belongs to no chain: a small one without anything unusual
 * ("certificate"), or one whose only large extension is a tag. NULL otherwise. */
const char *wd_tag_of_certificate(wd_slice der);

#endif
