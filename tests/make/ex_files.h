#ifndef WD_TESTS_MAKE_EX_FILES_H
#define WD_TESTS_MAKE_EX_FILES_H

#include "make/ex_world.h"

/*
 * The files of the example that are no logs: what the vendor delivered, what hosts fetched, and the
 * capture of one site. All payload bytes are seeded noise or plain text; nothing in them runs.
 */

/** A ZIP archive in the making (stored members, fixed time): see PKWARE APPNOTE 6.3.10. */
typedef struct ex_zip {
    wd_buf body;
    wd_buf directory;
    unsigned members;
    wd_time at; /* of every member */
} ex_zip;
void ex_zip_add(ex_zip *z, const char *name, wd_slice bytes);
/** Ends the archive in `z->body`. */
void ex_zip_end(ex_zip *z);

/** CRC-32 of ISO 3309, as ZIP and PNG use it; `crc` 0 to begin. */
uint32_t ex_crc32(uint32_t crc, wd_slice bytes);

/** packages/: the installers, as ZIP archives of the program's folder. */
void ex_write_packages(const ex_world *w);

/** An icon as its file stands on the server; `number` 0: an honest icon without data behind its
 * last image. */
void ex_make_icon(wd_buf *out, unsigned number);
/** downloads/ */
void ex_write_icons(const ex_world *w);

/** hosts/WS-PUB-08/manifest: the moment until which the altered library waits. */
void ex_write_manifest(ex_world *w);

/** capture/site-b.pcap: one day of MAC-DES-05. */
void ex_write_capture(ex_world *w);

#endif
