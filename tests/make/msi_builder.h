#ifndef WD_TESTS_MAKE_MSI_BUILDER_H
#define WD_TESTS_MAKE_MSI_BUILDER_H

#include "make/sign_pe.h"

/*
 * Builds small installer packages: a compound file of version 3 with the tables Property,
 * Directory, Component, File, Media and CustomAction, and one embedded cabinet without compression.
 * Nothing in it runs. Same input, same bytes out.
 */

#define MAKE_MSI_FILES 4

typedef struct make_msi_file {
    const char *name; /* long file name; NULL ends the list */
    wd_slice content;
} make_msi_file;

/** Start at {0}. */
typedef struct make_msi_spec {
    const char *product;
    const char *version;
    const char *company;
    const char *folder; /* of the files, below the program folder */
    make_msi_file files[MAKE_MSI_FILES];
    const char *custom_action; /* name of one, or NULL */
    wd_slice binary;           /* stream Binary.helper, when not empty */
    wd_slice free_sectors;     /* bytes in sectors that no chain reaches */
    const make_signer *signer; /* NULL leaves it unsigned */
    make_sign_options sign;
} make_msi_spec;

/** Writes the package; `free_at`, when given, gets the place of the free sectors. */
bool make_msi(const make_msi_spec *spec, wd_buf *out, size_t *free_at);

/** One stream of a bare compound file. Names are plain ASCII. */
typedef struct make_stream {
    const char *name;
    wd_slice content;
    bool table; /* packed name with the mark of tables */
} make_stream;
bool make_cfb(const make_stream *streams, size_t n, wd_slice free_sectors, wd_buf *out,
              size_t *free_at);

/** A cabinet of stored files ("MSCF", no compression). */
bool make_cab(const make_msi_file *files, size_t n, const char *const *keys, wd_buf *out);

#endif
