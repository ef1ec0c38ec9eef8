#include "make/ex_files.h"
#include "make/ex_hostlog.h"
#include "make/ex_product.h"
#include "make/ex_zeek.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Makes the evidence of examples/3cx, byte for byte the same each time:
 *
 *   make_example FOLDER                        the example
 *   make_example --cut-after-days N FOLDER     as it would look N days after the installation
 *   make_example --benign FOLDER               the same firm, never attacked
 *
 * The truth behind it stands in examples/3cx.md.
 */

/* The largest option set needs some 6 MiB. */
#define MEMORY ((size_t) 256 << 20)

static ex_options read_options(int argc, char **argv)
{
    ex_options o = {0};

    for (int i = 1; i < argc; i++) {
        uint64_t days = 0;
        if (strcmp(argv[i], "--benign") == 0) {
            o.benign = true;
        } else if (strcmp(argv[i], "--cut-after-days") == 0 && i + 1 < argc) {
            if (!wd_slice_to_u64(wd_slice_str(argv[++i]), &days) || days == 0 || days > 365) {
                ex_die("--cut-after-days takes 1 to 365, not %s", argv[i]);
            }
            o.cut_days = (unsigned) days;
        } else if (argv[i][0] != '-' && o.folder == NULL) {
            o.folder = argv[i];
        } else {
            ex_die("usage: make_example [--cut-after-days N | --benign] FOLDER");
        }
    }
    if (o.folder == NULL) {
        ex_die("usage: make_example [--cut-after-days N | --benign] FOLDER");
    }
    return o;
}

int main(int argc, char **argv)
{
    ex_options options = read_options(argc, argv);
    wd_arena *arena = wd_arena_new(MEMORY);

    if (arena == NULL) {
        ex_die("out of memory");
    }
    ex_world *w = ex_world_new(arena, &options);
    for (size_t i = 0; i < EX_HOSTS; i++) {
        ex_daily(&w->hosts[i]);
    }
    ex_story(w);
    ex_decoys(w);
    ex_write_assets(w);
    ex_zeek_write(w);
    for (size_t i = 0; i < EX_HOSTS; i++) {
        ex_hostlog_write(&w->hosts[i]);
    }
    ex_write_packages(w);
    ex_write_icons(w);
    ex_write_manifest(w);
    ex_write_capture(w);
    wd_arena_free(arena);
    return 0;
}
